import type { AlertName } from "../../../config/alerts";
import type { JobKey } from "../../../config/jobs";
import { flat, grow, histogram, jobs, type Labels, ofJob, type Pair, type Series, series, slope } from "./series";

type Make = (metric: string, values: string, labels?: Labels) => Series;

/** One instance of a component. */
const instanceOf = (job: JobKey) => ({
    make: ofJob(job, { instance: "a" }),
    labels: { job: jobs[job], instance: "a" },
});

/** Pair of series with other values, all else alike. */
const pair = (labels: Labels, make: (bad: boolean) => Series[], at?: string): Pair => ({
    labels,
    fires: make(true),
    quiet: make(false),
    ...(at === undefined ? {} : { at }),
});

const absent = (job: JobKey): Pair => pair({}, (bad) => [instanceOf(job).make("up", flat(bad ? 0 : 1))]);

/** One of two instances is gone: the other doesn't hide it. */
const unreachable = (job: JobKey, labels: Labels = {}): Pair =>
    pair({ ...instanceOf(job).labels, ...labels }, (bad) => [
        instanceOf(job).make("up", flat(bad ? 0 : 1), labels),
        ofJob(job, { instance: "b" })("up", flat(1)),
    ]);

/** Latencies of an instance, below or above a bound. */
const latency = (make: Make, name: string, [low, high]: readonly [number, number], labels: Labels, bad: boolean) =>
    histogram(make, name, [low / 2, low, high], bad ? 2 : 0, labels);

const api = instanceOf("apiServer");
const read = { verb: "GET", scope: "resource" };
const certificate = "apiserver_client_certificate_expiration_seconds";

/** Requests of which some fail or are late, of 100 a minute. */
export function apiRequests(failed: number, late: number): Series[] {
    const duration = "apiserver_request_sli_duration_seconds";
    return [
        api.make("apiserver_request_total", grow(100 - failed), { verb: "GET", code: "200" }),
        api.make("apiserver_request_total", grow(failed), { verb: "GET", code: "503" }),
        // A watch lasts as long as it likes, and a namespace's list five seconds.
        api.make("apiserver_request_total", grow(50), { verb: "WATCH", code: "500" }),
        api.make(`${duration}_count`, grow(60), read),
        api.make(`${duration}_bucket`, grow(60 - late), { ...read, le: "1.0" }),
        api.make(`${duration}_count`, grow(40), { verb: "LIST", scope: "namespace" }),
        api.make(`${duration}_bucket`, grow(0), { verb: "LIST", scope: "namespace", le: "1.0" }),
        api.make(`${duration}_bucket`, grow(40), { verb: "LIST", scope: "namespace", le: "5.0" }),
    ];
}

const expiring = (last: number, good: number): Pair => {
    const bounds = [43_200, 86_400, 172_800, 345_600, 604_800, 2_592_000];
    const shown = (index: number) => [
        ...histogram(api.make, certificate, bounds, index),
        api.make(`${certificate}_count`, grow(60)),
    ];
    return { labels: { instance: "a" }, fires: shown(last), quiet: shown(good) };
};

const apiServers = {
    KubeAPIDown: absent("apiServer"),
    KubeAPIInstanceUnreachable: unreachable("apiServer"),
    KubeAPIErrorBudgetBurn: { labels: { verb: "read" }, fires: apiRequests(0, 10), quiet: apiRequests(0.4, 0.4) },
    KubeAPIErrorBudgetBurnCritical: { labels: { verb: "read" }, fires: apiRequests(20, 0), quiet: apiRequests(2, 2) },
    KubeAPITerminatedRequests: pair({ instance: "a" }, (bad) => [
        api.make("apiserver_request_terminations_total", grow(bad ? 40 : 10)),
        api.make("apiserver_request_total", grow(100), { verb: "GET", code: "200" }),
    ]),
    KubeAggregatedAPIErrors: pair({ name: "v1.shop", reason: "FailedDiscoveryCheck" }, (bad) => [
        api.make("aggregator_unavailable_apiservice_total", bad ? grow(1) : flat(3), {
            name: "v1.shop",
            reason: "FailedDiscoveryCheck",
        }),
    ]),
    KubeAggregatedAPIDown: pair({ name: "v1.shop" }, (bad) => [
        api.make("aggregator_unavailable_apiservice", flat(bad ? 1 : 0), { name: "v1.shop" }),
    ]),
    KubeClientCertificateExpiration: expiring(4, 5),
    KubeClientCertificateExpirationCritical: expiring(1, 2),
} satisfies Partial<Record<AlertName, Pair>>;

const components = {
    KubeControllerManagerDown: absent("controllerManager"),
    KubeControllerManagerInstanceUnreachable: unreachable("controllerManager"),
    KubeSchedulerDown: absent("scheduler"),
    KubeSchedulerInstanceUnreachable: unreachable("scheduler"),
    KubeProxyDown: absent("kubeProxy"),
    KubeProxyInstanceUnreachable: unreachable("kubeProxy"),
} satisfies Partial<Record<AlertName, Pair>>;

const pod = { namespace: "kube-system", pod: "coredns-1" };
const dns = ofJob("coreDns", pod);
const zone = { server: "dns://:53", zone: "." };

const shareOf = (metric: string, labels: Labels, bad: boolean) => [
    dns(metric, grow(bad ? 5 : 2), { ...labels, rcode: "SERVFAIL" }),
    dns(metric, grow(95), { ...labels, rcode: "NOERROR" }),
];

const coreDns = {
    CoreDNSDown: absent("coreDns"),
    CoreDNSInstanceUnreachable: unreachable("coreDns", pod),
    CoreDNSErrorsHigh: pair({ namespace: "kube-system" }, (bad) => shareOf("coredns_dns_responses_total", {}, bad)),
    CoreDNSLatencyHigh: pair({ namespace: "kube-system", ...zone }, (bad) =>
        latency(dns, "coredns_dns_request_duration_seconds", [4, 8], zone, bad),
    ),
    CoreDNSForwardErrorsHigh: pair({ namespace: "kube-system", to: "9.9.9.9:53" }, (bad) =>
        shareOf("coredns_proxy_request_duration_seconds_count", { to: "9.9.9.9:53" }, bad),
    ),
    CoreDNSForwardHealthcheckBroken: pair(pod, (bad) => [
        dns("coredns_forward_healthcheck_broken_total", bad ? grow(1) : flat(7)),
    ]),
    CoreDNSPanics: pair(pod, (bad) => [dns("coredns_panics_total", bad ? grow(1) : flat(7))]),
} satisfies Partial<Record<AlertName, Pair>>;

const member = instanceOf("etcd");
const just = { instance: "a" };
const put = { grpc_service: "etcdserverpb.KV", grpc_method: "Put" };
const MiB = 1_048_576;

/** Three members of etcd, of which some are up. */
const members = (upOnes: number) =>
    ["a", "b", "c"].map((instance, index) => ofJob("etcd", { instance })("up", flat(index < upOnes ? 1 : 0)));

const database = (size: string, used: string) => [
    member.make("etcd_mvcc_db_total_size_in_bytes", size),
    member.make("etcd_mvcc_db_total_size_in_use_in_bytes", used),
    member.make("etcd_server_quota_backend_bytes", flat(2048 * MiB)),
];

const etcd = {
    etcdMembersDown: { labels: {}, fires: members(2), quiet: members(3) },
    etcdInsufficientMembers: { labels: {}, fires: members(1), quiet: members(2) },
    etcdNoLeader: pair(member.labels, (bad) => [member.make("etcd_server_has_leader", flat(bad ? 0 : 1))]),
    etcdHighNumberOfLeaderChanges: pair({}, (bad) => [
        member.make("etcd_server_leader_changes_seen_total", grow(bad ? 0.5 : 0.1)),
    ]),
    etcdHighNumberOfFailedGRPCRequests: pair({ ...just, ...put }, (bad) => [
        member.make("grpc_server_handled_total", grow(bad ? 10 : 2), { ...put, grpc_code: "Unavailable" }),
        // A lease that is gone is the client's fault.
        member.make("grpc_server_handled_total", grow(20), { ...put, grpc_code: "NotFound" }),
        member.make("grpc_server_handled_total", grow(70), { ...put, grpc_code: "OK" }),
    ]),
    etcdGRPCRequestsSlow: pair({ ...just, ...put }, (bad) =>
        latency(member.make, "grpc_server_handling_seconds", [0.15, 0.3], { ...put, grpc_type: "unary" }, bad),
    ),
    etcdMemberCommunicationSlow: pair({ ...just, To: "b" }, (bad) =>
        latency(member.make, "etcd_network_peer_round_trip_time_seconds", [0.15, 0.3], { To: "b" }, bad),
    ),
    etcdHighNumberOfFailedProposals: pair(member.labels, (bad) => [
        member.make("etcd_server_proposals_failed_total", grow(bad ? 1 : 0.2)),
    ]),
    etcdHighFsyncDurations: pair(just, (bad) =>
        latency(member.make, "etcd_disk_wal_fsync_duration_seconds", [0.5, 1], {}, bad),
    ),
    etcdHighCommitDurations: pair(just, (bad) =>
        latency(member.make, "etcd_disk_backend_commit_duration_seconds", [0.25, 0.5], {}, bad),
    ),
    etcdDatabaseQuotaLowSpace: pair(member.labels, (bad) =>
        database(flat((bad ? 2000 : 1900) * MiB), flat(1500 * MiB)),
    ),
    etcdExcessiveDatabaseGrowth: pair(member.labels, (bad) =>
        database(slope(1000 * MiB, (bad ? 5 : 1) * MiB), flat(900 * MiB)),
    ),
    // A small one may be as empty as it likes.
    etcdDatabaseHighFragmentationRatio: {
        labels: member.labels,
        fires: database(flat(500 * MiB), flat(200 * MiB)),
        quiet: database(flat(200 * MiB), flat(50 * MiB)),
    },
} satisfies Partial<Record<AlertName, Pair>>;

const firing = (severity: string, namespace: string) =>
    series("ALERTS", { alertname: `Some-${severity}`, alertstate: "firing", severity, namespace }, flat(1));

/** What makes each alert on Kubernetes' own components fire, and what nearly does; and what holds back those of severity info. */
export const controlPlane = {
    ...apiServers,
    ...components,
    ...coreDns,
    ...etcd,
    InfoInhibitor: {
        labels: { namespace: "shop" },
        fires: [firing("info", "shop"), firing("critical", "other")],
        quiet: [firing("info", "shop"), firing("warning", "shop"), firing("critical", "other")],
    },
} satisfies Partial<Record<AlertName, Pair>>;
