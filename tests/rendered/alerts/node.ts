import type { AlertName } from "../../../config/alerts";
import { flat, grow, inTurns, type Labels, ofJob, type Pair, type Series, slope } from "./series";

const node = ofJob("nodeExporter", { instance: "a" });
const nodeJob = { job: "node-exporter", instance: "a" };
const disk = { device: "/dev/sda1", mountpoint: "/", fstype: "ext4" };
const array = { device: "md0" };

const supplies = {
    space: ["node_filesystem_avail_bytes", "node_filesystem_size_bytes"],
    inodes: ["node_filesystem_files_free", "node_filesystem_files"],
} as const;

function left(supply: keyof typeof supplies, values: string, readonly = 0): Series[] {
    const [free, total] = supplies[supply];
    return [
        node(free, values, disk),
        node(total, flat(100), disk),
        node("node_filesystem_readonly", flat(readonly), disk),
    ];
}

const onDisk = (fires: Series[], quiet: Series[]): Pair => ({ labels: { ...nodeJob, ...disk }, fires, quiet });

/** Pair of series with other values, all else alike. */
function pair(labels: Labels, make: (bad: boolean) => Series[]): Pair {
    return { labels: { ...nodeJob, ...labels }, fires: make(true), quiet: make(false) };
}

const errors = (kind: "receive" | "transmit") =>
    pair({ device: "eth0" }, (bad) => [
        node(`node_network_${kind}_errs_total`, grow(bad ? 20 : 5), { device: "eth0" }),
        node(`node_network_${kind}_packets_total`, grow(1000), { device: "eth0" }),
    ]);

const descriptors = (bad: number, good: number) =>
    pair({}, (is) => [node("node_filefd_allocated", flat(is ? bad : good)), node("node_filefd_maximum", flat(100))]);

/** What makes each alert of node-exporter's fire, and what nearly does. */
export const nodes = {
    NodeFilesystemSpaceFillingUp: onDisk(left("space", slope(14, -0.02)), left("space", flat(14))),
    NodeFilesystemSpaceFillingUpCritical: onDisk(left("space", slope(9.9, -0.04)), left("space", slope(9.9, -0.005))),
    NodeFilesystemAlmostOutOfSpace: onDisk(left("space", flat(4)), left("space", flat(4), 1)),
    NodeFilesystemAlmostOutOfSpaceCritical: onDisk(left("space", flat(2)), left("space", flat(4))),
    NodeFilesystemFilesFillingUp: onDisk(left("inodes", slope(39, -0.05)), left("inodes", flat(39))),
    NodeFilesystemFilesFillingUpCritical: onDisk(left("inodes", slope(19, -0.1)), left("inodes", slope(19, -0.01))),
    NodeFilesystemAlmostOutOfFiles: onDisk(left("inodes", flat(4)), left("inodes", flat(6))),
    NodeFilesystemAlmostOutOfFilesCritical: onDisk(left("inodes", flat(2)), left("inodes", flat(4))),
    NodeNetworkReceiveErrs: errors("receive"),
    NodeNetworkTransmitErrs: errors("transmit"),
    NodeNetworkInterfaceFlapping: {
        labels: { ...nodeJob, device: "eth0" },
        fires: [node("node_network_up", inTurns, { device: "eth0" })],
        // The interface of a pod comes and goes with it.
        quiet: [
            node("node_network_up", inTurns, { device: "veth1" }),
            node("node_network_up", "1x110 0x3 1x300", { device: "eth0" }),
        ],
    },
    NodeHighNumberConntrackEntriesUsed: pair({}, (bad) => [
        node("node_nf_conntrack_entries", flat(bad ? 80 : 70)),
        node("node_nf_conntrack_entries_limit", flat(100)),
    ]),
    NodeBondingDegraded: pair({ master: "bond0" }, (bad) => [
        node("node_bonding_slaves", flat(2), { master: "bond0" }),
        node("node_bonding_active", flat(bad ? 1 : 2), { master: "bond0" }),
    ]),
    // Off, but on its way back.
    NodeClockSkewDetected: pair({}, (bad) => [node("node_timex_offset_seconds", bad ? flat(-0.06) : slope(-10, 0.01))]),
    NodeClockNotSynchronising: pair({}, (bad) => [
        node("node_timex_sync_status", flat(0)),
        node("node_timex_maxerror_seconds", flat(bad ? 16 : 1)),
    ]),
    NodeRAIDDegraded: pair(array, (bad) => [
        node("node_md_disks_required", flat(2), array),
        node("node_md_disks", flat(bad ? 1 : 2), { ...array, state: "active" }),
    ]),
    NodeRAIDDiskFailure: {
        labels: { ...nodeJob, ...array, state: "failed" },
        fires: [node("node_md_disks", flat(1), { ...array, state: "failed" })],
        quiet: [
            node("node_md_disks", flat(0), { ...array, state: "failed" }),
            node("node_md_disks", flat(2), { ...array, state: "active" }),
        ],
    },
    NodeDiskIOSaturation: pair({ device: "sda" }, (bad) => [
        node("node_disk_io_time_weighted_seconds_total", grow(bad ? 660 : 540), { device: "sda" }),
    ]),
    NodeFileDescriptorLimit: descriptors(75, 65),
    NodeFileDescriptorLimitCritical: descriptors(95, 85),
    NodeCPUHighUsage: pair({}, (bad) =>
        ["0", "1"].flatMap((cpu) => [
            node("node_cpu_seconds_total", grow(bad ? 3 : 9), { cpu, mode: "idle" }),
            node("node_cpu_seconds_total", grow(bad ? 57 : 51), { cpu, mode: "user" }),
        ]),
    ),
    NodeSystemSaturation: pair({}, (bad) => [
        node("node_load1", flat(bad ? 5 : 3)),
        ...["0", "1"].map((cpu) => node("node_cpu_seconds_total", grow(60), { cpu, mode: "idle" })),
    ]),
    NodeMemoryMajorPagesFaults: pair({}, (bad) => [node("node_vmstat_pgmajfault", grow(bad ? 36_000 : 24_000))]),
    NodeMemoryHighUtilization: pair({}, (bad) => [
        node("node_memory_MemTotal_bytes", flat(100)),
        node("node_memory_MemAvailable_bytes", flat(bad ? 5 : 15)),
    ]),
} satisfies Partial<Record<AlertName, Pair>>;
