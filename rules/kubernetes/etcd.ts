import type { RuleContext } from "../context";
import { quantile, shareOfRate } from "../promql";
import type { AlertRule, RuleGroup } from "../types";

/** Answers that are the server's fault; a lease that is gone or a key that has changed are the client's. */
const failures = 'grpc_code=~"Unknown|ResourceExhausted|Internal|Unavailable|DataLoss|DeadlineExceeded"';

/** Below this many bytes in use a file that is half empty is no loss. */
const WORTH_DEFRAGMENTING = 104_857_600;

const member = "{{ $labels.instance }}";
const percentage = "{{ $value | humanizePercentage }}";
const lasting = "{{ $value | humanizeDuration }}";

function members(etcd: string, { threshold }: RuleContext): AlertRule[] {
    return [
        {
            alert: "etcdMembersDown",
            expr: `count(up{${etcd}} == 0) > 0`,
            for: "20m",
            severity: "warning",
            summary: "{{ $value }} members of etcd are down",
            description: "{{ $value }} members of etcd don't answer Prometheus.",
        },
        {
            alert: "etcdInsufficientMembers",
            expr: `sum(up{${etcd}}) < (count(up{${etcd}}) + 1) / 2`,
            for: "3m",
            severity: "critical",
            summary: "Only {{ $value }} members of etcd answer",
            description: "Only {{ $value }} members of etcd answer: less than half and one, so nothing can be written.",
        },
        {
            alert: "etcdNoLeader",
            expr: `etcd_server_has_leader{${etcd}} == 0`,
            for: "1m",
            severity: "critical",
            summary: `The member of etcd ${member} has no leader`,
            description: `The member of etcd ${member} knows no leader: nothing can be written there.`,
        },
        {
            alert: "etcdHighNumberOfLeaderChanges",
            expr:
                `max(increase(etcd_server_leader_changes_seen_total{${etcd}}[15m])) ` +
                `> ${threshold("etcdHighNumberOfLeaderChanges")}`,
            for: "5m",
            severity: "warning",
            summary: "The leader of etcd changed {{ $value | humanize }} times in 15 minutes",
            description:
                "The leader of etcd changed {{ $value | humanize }} times in 15 minutes: its network or disks are slow.",
        },
        {
            alert: "etcdMemberCommunicationSlow",
            expr:
                `${quantile(0.99, "etcd_network_peer_round_trip_time_seconds", etcd, "instance, To")} ` +
                `> ${threshold("etcdMemberCommunicationSlow")}`,
            for: "10m",
            severity: "warning",
            summary: `The member of etcd ${member} is far from another`,
            description: `A message of the member of etcd ${member} to {{ $labels.To }} and back takes ${lasting} (99th percentile).`,
        },
        {
            alert: "etcdHighNumberOfFailedProposals",
            expr:
                `increase(etcd_server_proposals_failed_total{${etcd}}[15m]) ` +
                `> ${threshold("etcdHighNumberOfFailedProposals")}`,
            for: "15m",
            severity: "warning",
            summary: `{{ $value | humanize }} proposals of the member of etcd ${member} failed`,
            description: `{{ $value | humanize }} proposals of the member of etcd ${member} failed within 15 minutes.`,
        },
    ];
}

function requests(etcd: string, { job, threshold }: RuleContext): AlertRule[] {
    const by = "instance, grpc_service, grpc_method";
    const slow = quantile(
        0.99,
        "grpc_server_handling_seconds",
        job("etcd", 'grpc_method!="Defragment",grpc_type="unary"'),
        by,
    );
    return [
        {
            alert: "etcdHighNumberOfFailedGRPCRequests",
            expr:
                `${shareOfRate("grpc_server_handled_total", job("etcd", failures), etcd, by)} ` +
                `> ${threshold("etcdHighNumberOfFailedGRPCRequests")}`,
            for: "5m",
            severity: "critical",
            summary: `${percentage} of the requests {{ $labels.grpc_method }} fail at etcd`,
            description: `${percentage} of the requests {{ $labels.grpc_method }} fail at the member of etcd ${member}.`,
        },
        {
            alert: "etcdGRPCRequestsSlow",
            expr: `${slow} > ${threshold("etcdGRPCRequestsSlow")}`,
            for: "10m",
            severity: "critical",
            summary: `etcd is slow at {{ $labels.grpc_method }}`,
            description: `A request {{ $labels.grpc_method }} takes the member of etcd ${member} ${lasting} (99th percentile).`,
        },
    ];
}

function disks(etcd: string, { threshold }: RuleContext): AlertRule[] {
    const latency = (
        alert: "etcdHighCommitDurations" | "etcdHighFsyncDurations",
        histogram: string,
        what: string,
    ): AlertRule => ({
        alert,
        expr: `${quantile(0.99, histogram, etcd, "instance")} > ${threshold(alert)}`,
        for: "10m",
        severity: "warning",
        summary: `The disk of the member of etcd ${member} is slow`,
        description: `${what} takes the member of etcd ${member} ${lasting} (99th percentile).`,
    });
    return [
        latency("etcdHighFsyncDurations", "etcd_disk_wal_fsync_duration_seconds", "To write its log to the disk"),
        latency("etcdHighCommitDurations", "etcd_disk_backend_commit_duration_seconds", "To commit to its database"),
    ];
}

function database(etcd: string, { threshold }: RuleContext): AlertRule[] {
    const size = `etcd_mvcc_db_total_size_in_bytes{${etcd}}`;
    const used = `etcd_mvcc_db_total_size_in_use_in_bytes{${etcd}}`;
    const quota = `etcd_server_quota_backend_bytes{${etcd}}`;
    return [
        {
            alert: "etcdDatabaseQuotaLowSpace",
            expr: `${size} / ${quota} > ${threshold("etcdDatabaseQuotaLowSpace")}`,
            for: "10m",
            severity: "critical",
            summary: `The database of the member of etcd ${member} is ${percentage} full`,
            description: `The database of the member of etcd ${member} is ${percentage} full. When it is full, etcd refuses writes.`,
        },
        {
            alert: "etcdExcessiveDatabaseGrowth",
            expr: `predict_linear(${size}[4h], 4 * 3600) > ${quota}`,
            for: "10m",
            severity: "warning",
            summary: `The database of the member of etcd ${member} grows fast`,
            description: `At the speed of the last four hours the database of the member of etcd ${member} is full in four more.`,
        },
        {
            alert: "etcdDatabaseHighFragmentationRatio",
            expr: `${used} / ${size} < ${threshold("etcdDatabaseHighFragmentationRatio")} and ${used} > ${WORTH_DEFRAGMENTING}`,
            for: "10m",
            severity: "warning",
            summary: `The database of the member of etcd ${member} is mostly empty space`,
            description: `Only ${percentage} of the file of the database of the member of etcd ${member} are in use.`,
        },
    ];
}

/** etcd, where Prometheus may ask it. */
export function etcd(context: RuleContext): RuleGroup[] {
    const select = context.job("etcd");
    const rules = () => [members, requests, disks, database].flatMap((part) => part(select, context));
    return [{ name: "etcd", rules: context.scrapes("etcd") ? rules() : [] }];
}
