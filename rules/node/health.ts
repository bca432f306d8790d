import type { RuleContext } from "../context";
import type { AlertRule, RuleGroup } from "../types";
import { nodeSeries } from "./recordings";

type Make = (node: string, context: RuleContext) => AlertRule[];

const network: Make = (node, { job, threshold }) => {
    const errors = (
        alert: "NodeNetworkReceiveErrs" | "NodeNetworkTransmitErrs",
        kind: "receive" | "transmit",
        word: string,
    ): AlertRule => ({
        alert,
        expr:
            `rate(node_network_${kind}_errs_total{${node}}[5m]) / rate(node_network_${kind}_packets_total{${node}}[5m]) ` +
            `> ${threshold(alert)}`,
        for: "1h",
        severity: "warning",
        summary: `Interface {{ $labels.device }} of node {{ $labels.instance }} ${word} packets with errors`,
        description:
            `{{ $value | humanizePercentage }} of the packets that interface {{ $labels.device }} of node ` +
            `{{ $labels.instance }} ${word} are broken.`,
    });
    return [
        errors("NodeNetworkReceiveErrs", "receive", "receives"),
        errors("NodeNetworkTransmitErrs", "transmit", "sends"),
        {
            alert: "NodeNetworkInterfaceFlapping",
            expr:
                `changes(node_network_up{${job("nodeExporter", 'device!~"veth.+|tunl.+"')}}[10m]) ` +
                `> ${threshold("NodeNetworkInterfaceFlapping")}`,
            for: "2m",
            severity: "warning",
            summary: "Interface {{ $labels.device }} of node {{ $labels.instance }} goes up and down",
            description: "Interface {{ $labels.device }} of node {{ $labels.instance }} changes between up and down.",
        },
        {
            alert: "NodeHighNumberConntrackEntriesUsed",
            expr:
                `node_nf_conntrack_entries{${node}} / node_nf_conntrack_entries_limit{${node}} ` +
                `> ${threshold("NodeHighNumberConntrackEntriesUsed")}`,
            for: "5m",
            severity: "warning",
            summary: "Node {{ $labels.instance }} tracks almost as many connections as it can",
            description:
                "Node {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its connection table. When that is " +
                "full, new connections fail.",
        },
        {
            alert: "NodeBondingDegraded",
            expr: `node_bonding_slaves{${node}} - node_bonding_active{${node}} != 0`,
            for: "5m",
            severity: "warning",
            summary: "Bond {{ $labels.master }} of node {{ $labels.instance }} lacks {{ $value }} links",
            description:
                "{{ $value }} links of bond {{ $labels.master }} of node {{ $labels.instance }} are down: what it is for, " +
                "surviving the loss of one, may be gone.",
        },
    ];
};

const clock: Make = (node, { threshold }) => {
    const offset = `node_timex_offset_seconds{${node}}`;
    const limit = threshold("NodeClockSkewDetected");
    return [
        {
            alert: "NodeClockSkewDetected",
            // As long as the offset shrinks, the clock is being corrected.
            expr:
                `(${offset} > ${limit} and deriv(${offset}[5m]) >= 0) ` +
                `or (${offset} < -${limit} and deriv(${offset}[5m]) <= 0)`,
            for: "10m",
            severity: "warning",
            summary: "The clock of node {{ $labels.instance }} is {{ $value | humanizeDuration }} off",
            description:
                "The clock of node {{ $labels.instance }} is {{ $value | humanizeDuration }} off and isn't being corrected.",
        },
        {
            alert: "NodeClockNotSynchronising",
            expr:
                `min_over_time(node_timex_sync_status{${node}}[5m]) == 0 ` +
                `and node_timex_maxerror_seconds{${node}} >= 16`,
            for: "10m",
            severity: "warning",
            summary: "The clock of node {{ $labels.instance }} isn't synchronised",
            description:
                "Nothing keeps the clock of node {{ $labels.instance }} right: no time service runs, or none answers.",
        },
    ];
};

const disks: Make = (node, { job, threshold }) => {
    const arrays = job("nodeExporter", 'device=~"md.+"');
    return [
        {
            alert: "NodeRAIDDegraded",
            expr:
                `node_md_disks_required{${arrays}} - ignoring (state) ` +
                `node_md_disks{${job("nodeExporter", 'device=~"md.+",state="active"')}} > 0`,
            for: "15m",
            severity: "critical",
            summary: "RAID {{ $labels.device }} of node {{ $labels.instance }} lacks {{ $value }} disks",
            description:
                "RAID {{ $labels.device }} of node {{ $labels.instance }} lacks {{ $value }} disks and has no spare for them.",
        },
        {
            alert: "NodeRAIDDiskFailure",
            expr: `node_md_disks{${job("nodeExporter", 'device=~"md.+",state="failed"')}} > 0`,
            for: "15m",
            severity: "warning",
            summary: "{{ $value }} disks of RAID {{ $labels.device }} of node {{ $labels.instance }} failed",
            description:
                "{{ $value }} disks of RAID {{ $labels.device }} of node {{ $labels.instance }} failed: replace them.",
        },
        {
            alert: "NodeDiskIOSaturation",
            expr:
                `instance_device:node_disk_io_time_weighted_seconds:rate5m{${node}} ` +
                `> ${threshold("NodeDiskIOSaturation")}`,
            for: "30m",
            severity: "warning",
            summary: "Disk {{ $labels.device }} of node {{ $labels.instance }} is overloaded",
            description:
                "On average {{ $value | humanize }} requests wait at disk {{ $labels.device }} of node {{ $labels.instance }}.",
        },
    ];
};

const descriptors: Make = (node, { threshold }) => {
    const rule = (
        alert: "NodeFileDescriptorLimit" | "NodeFileDescriptorLimitCritical",
        severity: AlertRule["severity"],
    ): AlertRule => ({
        alert,
        expr: `node_filefd_allocated{${node}} / node_filefd_maximum{${node}} > ${threshold(alert)}`,
        for: "15m",
        severity,
        summary: "Node {{ $labels.instance }} has {{ $value | humanizePercentage }} of its file descriptors open",
        description:
            "Node {{ $labels.instance }} has {{ $value | humanizePercentage }} of its file descriptors open. Without any " +
            "left no program opens a file or a connection.",
    });
    return [rule("NodeFileDescriptorLimit", "warning"), rule("NodeFileDescriptorLimitCritical", "critical")];
};

const load: Make = (node, { threshold }) => [
    {
        alert: "NodeCPUHighUsage",
        expr: `${nodeSeries.cpuUse}{${node}} > ${threshold("NodeCPUHighUsage")}`,
        for: "15m",
        severity: "info",
        summary: "The CPU of node {{ $labels.instance }} is {{ $value | humanizePercentage }} busy",
        description: "The CPU of node {{ $labels.instance }} is {{ $value | humanizePercentage }} busy for 15 minutes.",
    },
    {
        alert: "NodeSystemSaturation",
        expr: `${nodeSeries.loadPerCore}{${node}} > ${threshold("NodeSystemSaturation")}`,
        for: "15m",
        severity: "warning",
        summary: "Node {{ $labels.instance }} has a load of {{ $value | humanize }} for each core",
        description:
            "For each core of node {{ $labels.instance }} {{ $value | humanize }} processes run or wait: it answers late.",
    },
    {
        alert: "NodeMemoryMajorPagesFaults",
        expr: `instance:node_vmstat_pgmajfault:rate5m{${node}} > ${threshold("NodeMemoryMajorPagesFaults")}`,
        for: "15m",
        severity: "warning",
        summary: "Node {{ $labels.instance }} reads its memory from disk",
        description:
            "Node {{ $labels.instance }} has {{ $value | humanize }} major page faults a second: memory is short, and " +
            "programs wait for pages from disk.",
    },
    {
        alert: "NodeMemoryHighUtilization",
        expr: `${nodeSeries.memoryUse}{${node}} > ${threshold("NodeMemoryHighUtilization")}`,
        for: "15m",
        severity: "warning",
        summary: "Node {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory",
        description:
            "Node {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory. Without any left the kernel " +
            "kills processes.",
    },
];

/** Nodes as node-exporter sees them. */
export function nodeHealth(context: RuleContext): RuleGroup[] {
    const node = context.job("nodeExporter");
    const rules = [network, clock, disks, descriptors, load].flatMap((make) => make(node, context));
    return [{ name: "node-health", rules: context.scrapes("nodeExporter") ? rules : [] }];
}
