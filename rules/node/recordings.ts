import type { RuleContext } from "../context";
import type { RuleGroup } from "../types";

/** Names of the series that alerts and dashboards on nodes read. */
export const nodeSeries = {
    cpuUse: "instance:node_cpu_utilisation:rate5m",
    cores: "instance:node_num_cpu:sum",
    loadPerCore: "instance:node_load1_per_cpu:ratio",
    memoryUse: "instance:node_memory_utilisation:ratio",
} as const;

/** Share of a node's CPU that is busy. */
export function cpuUse({ job }: Pick<RuleContext, "job">): string {
    const idle = job("nodeExporter", 'mode=~"idle|iowait|steal"');
    return `1 - avg without (cpu) (sum without (mode) (rate(node_cpu_seconds_total{${idle}}[5m])))`;
}

/** Use of every node, of its CPU, memory, disks and network. */
export function nodeRecordings(context: RuleContext): RuleGroup[] {
    const { job, scrapes } = context;
    const node = job("nodeExporter");
    const network = job("nodeExporter", 'device!="lo"');
    const rate = (metric: string, selector: string) => `rate(${metric}{${selector}}[5m])`;
    const rules = [
        {
            record: nodeSeries.cores,
            expr: `count without (cpu, mode) (node_cpu_seconds_total{${job("nodeExporter", 'mode="idle"')}})`,
        },
        { record: nodeSeries.cpuUse, expr: cpuUse(context) },
        { record: nodeSeries.loadPerCore, expr: `node_load1{${node}} / ${nodeSeries.cores}{${node}}` },
        {
            record: nodeSeries.memoryUse,
            expr: `1 - node_memory_MemAvailable_bytes{${node}} / node_memory_MemTotal_bytes{${node}}`,
        },
        { record: "instance:node_vmstat_pgmajfault:rate5m", expr: rate("node_vmstat_pgmajfault", node) },
        {
            record: "instance_device:node_disk_io_time_seconds:rate5m",
            expr: rate("node_disk_io_time_seconds_total", node),
        },
        {
            record: "instance_device:node_disk_io_time_weighted_seconds:rate5m",
            expr: rate("node_disk_io_time_weighted_seconds_total", node),
        },
        ...["receive_bytes", "transmit_bytes", "receive_drop", "transmit_drop"].map((kind) => ({
            record: `instance:node_network_${kind}_excluding_lo:rate5m`,
            expr: `sum without (device) (${rate(`node_network_${kind}_total`, network)})`,
        })),
        {
            record: "cluster:node_cpu:ratio_rate5m",
            expr: `avg by (job) (${nodeSeries.cpuUse}{${node}})`,
        },
        {
            record: ":node_memory_MemAvailable_bytes:sum",
            expr: `sum by (job) (node_memory_MemAvailable_bytes{${node}})`,
        },
    ];
    return [{ name: "node-recordings", rules: scrapes("nodeExporter") ? rules : [] }];
}
