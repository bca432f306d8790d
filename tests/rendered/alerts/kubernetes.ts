import type { AlertName } from "../../../config/alerts";
import { ksm, ksmJob, shop, stateOf } from "./objects";
import { flat, grow, histogram, inTurns, type Labels, ofJob, type Pair, type Series, series, slope } from "./series";
import { resources, workloads } from "./workloads";

const kubelet = ofJob("kubelet", { metrics_path: "/metrics", node: "a", instance: "10.0.0.1:10250" });
const kubeletJob = { job: "kubelet", metrics_path: "/metrics", node: "a", instance: "10.0.0.1:10250" };
const claim = shop({ persistentvolumeclaim: "data" });

const supplies = {
    space: ["kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"],
    inodes: ["kubelet_volume_stats_inodes_free", "kubelet_volume_stats_inodes"],
} as const;

function left(supply: keyof typeof supplies, values: string, labels: Labels = claim): Series[] {
    const [free, total] = supplies[supply];
    return [kubelet(free, values, labels), kubelet(total, flat(100), labels)];
}

const readOnly = ksm("kube_persistentvolumeclaim_access_mode", flat(1), { ...claim, access_mode: "ReadOnlyMany" });
const scratch = shop({ persistentvolumeclaim: "scratch" });
/** A claim that runs full, and says by its label that it may. */
const excluded = (supply: keyof typeof supplies) => [
    ...left(supply, slope(3, -0.01), scratch),
    ksm("kube_persistentvolumeclaim_labels", flat(1), { ...scratch, label_excluded_from_alerts: "true" }),
];
const ownClaim = { namespace: "monitoring", persistentvolumeclaim: "data-loki-0" };

const volumes = {
    KubePersistentVolumeFillingUp: {
        labels: claim,
        fires: left("space", slope(14, -0.01)),
        quiet: [
            ...left("space", flat(14)),
            ...left("space", slope(60, -0.1), shop({ persistentvolumeclaim: "big" })),
            ...excluded("space"),
        ],
    },
    KubePersistentVolumeFillingUpCritical: {
        labels: claim,
        fires: left("space", flat(2)),
        // Of the stack's own volumes VolumeFillingUp tells; a volume for reading alone is as full as it was made.
        quiet: [...left("space", flat(2), ownClaim), ...left("space", flat(2)), readOnly, ...excluded("space")],
    },
    KubePersistentVolumeInodesFillingUp: {
        labels: claim,
        fires: left("inodes", slope(14, -0.01)),
        quiet: [...left("inodes", flat(14)), ...excluded("inodes")],
    },
    KubePersistentVolumeInodesFillingUpCritical: {
        labels: claim,
        fires: left("inodes", flat(2)),
        // A file system that counts no inodes.
        quiet: [
            kubelet("kubelet_volume_stats_inodes_free", flat(0), claim),
            kubelet("kubelet_volume_stats_inodes", flat(0), claim),
            ...excluded("inodes"),
        ],
    },
    KubePersistentVolumeErrors: stateOf(
        "kube_persistentvolume_status_phase",
        { persistentvolume: "pv", phase: "Failed" },
        flat(1),
        flat(0),
    ),
} satisfies Partial<Record<AlertName, Pair>>;

const inUse = ksm("kube_node_spec_unschedulable", flat(0), { node: "a" });
const cordoned = ksm("kube_node_spec_unschedulable", flat(1), { node: "a" });
const ready = { node: "a", condition: "Ready", status: "true" };
const pressure = { node: "a", condition: "DiskPressure", status: "true" };
const unreachable = { node: "a", key: "node.kubernetes.io/unreachable", effect: "NoSchedule" };

function podsOnNode(capacity: number, node = "a", pods = ["one", "two", "three"]): Series[] {
    return [
        ...pods.flatMap((name) => [
            ksm("kube_pod_info", flat(1), shop({ pod: name, node })),
            ksm("kube_pod_status_phase", flat(1), shop({ pod: name, phase: "Running" })),
        ]),
        ksm("kube_node_status_capacity", flat(capacity), { node, resource: "pods" }),
    ];
}

/** Targets of kube-state-metrics, a pair for each shard: those of the objects don't say where they are. */
const upOfShards = (of: "objects" | "own", values: readonly number[]) =>
    values.map((value, index) =>
        ksm(
            "up",
            flat(value),
            of === "objects"
                ? { instance: `10.0.0.${index}:8080` }
                : { instance: `10.0.0.${index}:8081`, namespace: "monitoring", endpoint: "telemetry" },
        ),
    );

const ksmErrors = (kind: "list" | "watch", failed: number) => [
    ksm(`kube_state_metrics_${kind}_total`, grow(failed), { namespace: "monitoring", result: "error" }),
    ksm(`kube_state_metrics_${kind}_total`, grow(1000), { namespace: "monitoring", result: "success" }),
];

/** Pods of kube-state-metrics by their number, the last of which counts this many. */
const shards = (ordinals: readonly number[], total: number, namespace = "monitoring") =>
    ordinals.flatMap((ordinal, index) => {
        const labels = { namespace, pod: `kube-state-metrics-${ordinal}` };
        const counted = index === ordinals.length - 1 ? total : 2;
        return [
            ksm("kube_state_metrics_total_shards", flat(counted), labels),
            ksm("kube_state_metrics_shard_ordinal", flat(ordinal), { ...labels, shard_ordinal: String(ordinal) }),
        ];
    });

const nodes = {
    KubeNodeNotReady: {
        labels: { ...ksmJob, ...ready },
        fires: [ksm("kube_node_status_condition", flat(0), ready), inUse],
        quiet: [ksm("kube_node_status_condition", flat(0), ready), cordoned],
    },
    KubeNodePressure: {
        labels: { ...ksmJob, ...pressure },
        fires: [ksm("kube_node_status_condition", flat(1), pressure), inUse],
        quiet: [ksm("kube_node_status_condition", flat(0), pressure), inUse],
    },
    KubeNodeUnreachable: {
        labels: { ...ksmJob, ...unreachable },
        fires: [ksm("kube_node_spec_taint", flat(1), unreachable)],
        quiet: [
            ksm("kube_node_spec_taint", flat(1), unreachable),
            ksm("kube_node_spec_taint", flat(1), {
                node: "a",
                key: "ToBeDeletedByClusterAutoscaler",
                effect: "NoSchedule",
            }),
        ],
    },
    KubeNodeReadinessFlapping: {
        labels: { node: "a" },
        fires: [ksm("kube_node_status_condition", inTurns, ready), inUse],
        quiet: [ksm("kube_node_status_condition", "1x60 0x20 1x420", ready), inUse],
        at: "85m",
    },
    KubeletTooManyPods: {
        labels: { node: "a" },
        fires: podsOnNode(3),
        // Fargate makes a node for a single pod.
        quiet: [...podsOnNode(4), ...podsOnNode(1, "fargate", ["alone"])],
    },
    KubeStateMetricsDown: {
        labels: {},
        fires: [...upOfShards("objects", [0, 0]), ...upOfShards("own", [1, 1])],
        alsoFires: [upOfShards("own", [1]), []],
        quiet: [...upOfShards("objects", [0, 1]), ...upOfShards("own", [0, 0])],
    },
    KubeStateMetricsListErrors: {
        labels: { namespace: "monitoring" },
        fires: ksmErrors("list", 20),
        quiet: ksmErrors("list", 5),
    },
    KubeStateMetricsWatchErrors: {
        labels: { namespace: "monitoring" },
        fires: ksmErrors("watch", 20),
        quiet: ksmErrors("watch", 5),
    },
    KubeStateMetricsShardingMismatch: {
        labels: { namespace: "monitoring", pod: "kube-state-metrics-1" },
        fires: shards([0, 1], 3),
        quiet: shards([0, 1], 2),
    },
    KubeStateMetricsShardsMissing: {
        labels: { namespace: "monitoring" },
        fires: shards([1], 2),
        // Another stack's are no help, and no harm.
        quiet: [...shards([0, 1], 2), ...shards([0], 1, "other")],
    },
} satisfies Partial<Record<AlertName, Pair>>;

const kubeletEach = { node: "a", instance: "10.0.0.1:10250" };

const ofKubelet = (metric: string, bad: string, good: string, labels: Labels = {}): Pair => ({
    labels: { ...kubeletJob, ...labels },
    fires: [kubelet(metric, bad, labels)],
    quiet: [kubelet(metric, good, labels)],
});

const build = (node: string, minor: string, patch: string) =>
    series(
        "kubernetes_build_info",
        { ...kubeletJob, node, instance: node, major: "1", minor, git_version: `v1.${minor}.${patch}` },
        flat(1),
    );

const requests = (failed: number) => [
    kubelet("rest_client_requests_total", grow(failed), { code: "500" }),
    kubelet("rest_client_requests_total", grow(1000), { code: "200" }),
];

const kubelets = {
    KubeletInstanceUnreachable: ofKubelet("up", flat(0), flat(1)),
    KubeletDown: { ...ofKubelet("up", flat(0), flat(1)), labels: {} },
    KubeVersionMismatch: {
        labels: {},
        fires: [build("a", "33", "1"), build("b", "34", "1")],
        quiet: [build("a", "34", "1"), build("b", "34", "2")],
    },
    KubeClientErrors: { labels: kubeletEach, fires: requests(20), quiet: requests(5) },
    KubeNodeEviction: {
        labels: { ...kubeletEach, eviction_signal: "memory.available" },
        fires: [kubelet("kubelet_evictions", grow(1), { eviction_signal: "memory.available" })],
        quiet: [kubelet("kubelet_evictions", flat(7), { eviction_signal: "memory.available" })],
    },
    KubeletPlegDurationHigh: {
        labels: kubeletEach,
        fires: histogram(kubelet, "kubelet_pleg_relist_duration_seconds", [1, 9, 20], 2),
        quiet: histogram(kubelet, "kubelet_pleg_relist_duration_seconds", [1, 9, 20], 1),
    },
    KubeletPodStartUpLatencyHigh: {
        labels: kubeletEach,
        fires: histogram(kubelet, "kubelet_pod_worker_duration_seconds", [10, 59, 120], 2),
        quiet: histogram(kubelet, "kubelet_pod_worker_duration_seconds", [10, 59, 120], 1),
    },
    KubeletClientCertificateExpiration: ofKubelet(
        "kubelet_certificate_manager_client_ttl_seconds",
        flat(600_000),
        flat(700_000),
    ),
    KubeletClientCertificateExpirationCritical: ofKubelet(
        "kubelet_certificate_manager_client_ttl_seconds",
        flat(80_000),
        flat(90_000),
    ),
    KubeletServerCertificateExpiration: ofKubelet(
        "kubelet_certificate_manager_server_ttl_seconds",
        flat(600_000),
        flat(700_000),
    ),
    KubeletServerCertificateExpirationCritical: ofKubelet(
        "kubelet_certificate_manager_server_ttl_seconds",
        flat(80_000),
        flat(90_000),
    ),
    KubeletClientCertificateRenewalErrors: ofKubelet(
        "kubelet_certificate_manager_client_expiration_renew_errors",
        grow(1),
        flat(3),
    ),
    KubeletServerCertificateRenewalErrors: ofKubelet("kubelet_server_expiration_renew_errors", grow(1), flat(3)),
} satisfies Partial<Record<AlertName, Pair>>;

/** What makes each alert on workloads, quotas, volumes, nodes and kubelets fire, and what nearly does. */
export const kubernetes = { ...workloads, ...resources, ...volumes, ...nodes, ...kubelets };
