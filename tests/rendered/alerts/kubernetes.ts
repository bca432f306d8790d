import type { AlertName } from "../../../config/alerts";
import { flat, grow, histogram, inTurns, type Labels, ofJob, type Pair, type Series, series, slope } from "./series";

const ksm = ofJob("kubeStateMetrics");
const kubelet = ofJob("kubelet", { metrics_path: "/metrics", node: "a", instance: "10.0.0.1:10250" });
const cadvisor = ofJob("kubelet", { metrics_path: "/metrics/cadvisor" });
const ksmJob = { job: "kube-state-metrics" };
const kubeletJob = { job: "kubelet", metrics_path: "/metrics", node: "a", instance: "10.0.0.1:10250" };

/** Labels of an object in namespace shop. */
const shop = (labels: Labels) => ({ namespace: "shop", ...labels });

/** Pair of one series of kube-state-metrics that has another value. */
function stateOf(metric: string, labels: Labels, bad: string, good: string, others: Series[] = [], at?: string): Pair {
    return {
        labels: { ...ksmJob, ...labels },
        fires: [ksm(metric, bad, labels), ...others],
        quiet: [ksm(metric, good, labels), ...others],
        ...(at === undefined ? {} : { at }),
    };
}

const pod = shop({ pod: "web-0", uid: "1" });
const container = shop({ pod: "web-0", container: "web" });
const deployment = shop({ deployment: "web" });
const statefulSet = shop({ statefulset: "db" });
const daemonSet = shop({ daemonset: "agent" });
const job = shop({ job_name: "backup" });
const hpa = shop({ horizontalpodautoscaler: "web" });
const pdb = shop({ poddisruptionbudget: "web" });
const claim = shop({ persistentvolumeclaim: "data" });

const workloads = {
    KubePodCrashLooping: {
        ...stateOf(
            "kube_pod_container_status_waiting_reason",
            { ...container, reason: "CrashLoopBackOff" },
            flat(1),
            // Back for a moment, and then for good.
            "1x5 _x420",
        ),
    },
    KubePodNotReady: {
        labels: shop({ pod: "web-0" }),
        fires: [ksm("kube_pod_status_phase", flat(1), { ...pod, phase: "Pending" })],
        quiet: [
            ksm("kube_pod_status_phase", flat(1), { ...pod, phase: "Failed" }),
            ksm("kube_pod_owner", flat(1), { ...pod, owner_kind: "Job" }),
            ksm("kube_pod_status_phase", flat(0), shop({ pod: "web-1", phase: "Pending" })),
        ],
    },
    KubePodNotScheduled: stateOf("kube_pod_status_unschedulable", pod, flat(1), "1x20 _x420", [], "35m"),
    KubeContainerWaiting: stateOf(
        "kube_pod_container_status_waiting_reason",
        { ...container, reason: "ImagePullBackOff" },
        flat(1),
        flat(0),
        [ksm("kube_pod_container_status_waiting_reason", flat(1), { ...container, reason: "CrashLoopBackOff" })],
    ),
    KubeDeploymentGenerationMismatch: stateOf(
        "kube_deployment_status_observed_generation",
        deployment,
        flat(1),
        flat(2),
        [ksm("kube_deployment_metadata_generation", flat(2), deployment)],
    ),
    KubeDeploymentReplicasMismatch: {
        labels: { ...ksmJob, ...deployment },
        fires: [
            ksm("kube_deployment_spec_replicas", flat(3), deployment),
            ksm("kube_deployment_status_replicas_available", flat(2), deployment),
            ksm("kube_deployment_status_replicas_updated", flat(3), deployment),
        ],
        quiet: [
            ksm("kube_deployment_spec_replicas", flat(300), deployment),
            ksm("kube_deployment_status_replicas_available", flat(200), deployment),
            // A rollout that goes on.
            ksm("kube_deployment_status_replicas_updated", grow(1), deployment),
        ],
    },
    KubeDeploymentRolloutStuck: stateOf(
        "kube_deployment_status_condition",
        { ...deployment, condition: "Progressing", status: "false" },
        flat(1),
        flat(0),
    ),
    KubeStatefulSetReplicasMismatch: {
        labels: { ...ksmJob, ...statefulSet },
        fires: [
            ksm("kube_statefulset_replicas", flat(3), statefulSet),
            ksm("kube_statefulset_status_replicas_ready", flat(2), statefulSet),
            ksm("kube_statefulset_status_replicas_updated", flat(3), statefulSet),
        ],
        quiet: [
            ksm("kube_statefulset_replicas", flat(3), statefulSet),
            ksm("kube_statefulset_status_replicas_ready", flat(3), statefulSet),
            ksm("kube_statefulset_status_replicas_updated", flat(3), statefulSet),
        ],
    },
    KubeStatefulSetGenerationMismatch: stateOf(
        "kube_statefulset_status_observed_generation",
        statefulSet,
        flat(1),
        flat(2),
        [ksm("kube_statefulset_metadata_generation", flat(2), statefulSet)],
    ),
    KubeStatefulSetUpdateNotRolledOut: {
        labels: statefulSet,
        fires: [
            ksm("kube_statefulset_status_current_revision", flat(1), { ...statefulSet, revision: "a" }),
            ksm("kube_statefulset_status_update_revision", flat(1), { ...statefulSet, revision: "b" }),
            ksm("kube_statefulset_status_replicas_updated", flat(1), statefulSet),
        ],
        quiet: [
            ksm("kube_statefulset_status_current_revision", flat(1), { ...statefulSet, revision: "b" }),
            ksm("kube_statefulset_status_update_revision", flat(1), { ...statefulSet, revision: "b" }),
            ksm("kube_statefulset_status_replicas_updated", flat(3), statefulSet),
        ],
    },
    KubeDaemonSetRolloutStuck: {
        labels: { ...ksmJob, ...daemonSet },
        fires: [
            ksm("kube_daemonset_status_desired_number_scheduled", flat(3), daemonSet),
            ksm("kube_daemonset_status_number_available", flat(3), daemonSet),
            ksm("kube_daemonset_status_updated_number_scheduled", flat(2), daemonSet),
        ],
        quiet: [
            ksm("kube_daemonset_status_desired_number_scheduled", flat(300), daemonSet),
            ksm("kube_daemonset_status_number_available", flat(299), daemonSet),
            ksm("kube_daemonset_status_updated_number_scheduled", grow(1), daemonSet),
        ],
    },
    KubeDaemonSetNotScheduled: {
        labels: { ...ksmJob, ...daemonSet },
        fires: [
            ksm("kube_daemonset_status_desired_number_scheduled", flat(3), daemonSet),
            ksm("kube_daemonset_status_current_number_scheduled", flat(2), daemonSet),
        ],
        quiet: [
            ksm("kube_daemonset_status_desired_number_scheduled", flat(3), daemonSet),
            ksm("kube_daemonset_status_current_number_scheduled", flat(3), daemonSet),
        ],
    },
    KubeDaemonSetMisScheduled: stateOf("kube_daemonset_status_number_misscheduled", daemonSet, flat(1), flat(0)),
    KubeJobNotCompleted: {
        labels: job,
        // The clock of these tests starts at zero: two hours from now it has run for thirteen or eleven.
        fires: [ksm("kube_job_status_start_time", flat(-39_600), job), ksm("kube_job_status_active", flat(1), job)],
        quiet: [
            ksm("kube_job_status_start_time", flat(-32_400), job),
            ksm("kube_job_status_active", flat(1), job),
            ksm("kube_job_status_start_time", flat(-90_000), shop({ job_name: "done" })),
            ksm("kube_job_status_active", flat(0), shop({ job_name: "done" })),
        ],
    },
    KubeJobFailed: stateOf("kube_job_failed", { ...job, condition: "true" }, flat(1), flat(0)),
    KubeHpaReplicasMismatch: {
        labels: { ...ksmJob, ...hpa },
        fires: [
            ksm("kube_horizontalpodautoscaler_status_desired_replicas", flat(4), hpa),
            ksm("kube_horizontalpodautoscaler_status_current_replicas", flat(3), hpa),
            ksm("kube_horizontalpodautoscaler_spec_min_replicas", flat(1), hpa),
            ksm("kube_horizontalpodautoscaler_spec_max_replicas", flat(9), hpa),
        ],
        quiet: [
            ksm("kube_horizontalpodautoscaler_status_desired_replicas", flat(900), hpa),
            ksm("kube_horizontalpodautoscaler_status_current_replicas", grow(1), hpa),
            ksm("kube_horizontalpodautoscaler_spec_min_replicas", flat(1), hpa),
            ksm("kube_horizontalpodautoscaler_spec_max_replicas", flat(999), hpa),
        ],
    },
    KubeHpaMaxedOut: {
        labels: { ...ksmJob, ...hpa },
        fires: [
            ksm("kube_horizontalpodautoscaler_status_current_replicas", flat(9), hpa),
            ksm("kube_horizontalpodautoscaler_spec_min_replicas", flat(1), hpa),
            ksm("kube_horizontalpodautoscaler_spec_max_replicas", flat(9), hpa),
        ],
        // One that may not scale at all is always at its maximum.
        quiet: [
            ksm("kube_horizontalpodautoscaler_status_current_replicas", flat(2), hpa),
            ksm("kube_horizontalpodautoscaler_spec_min_replicas", flat(2), hpa),
            ksm("kube_horizontalpodautoscaler_spec_max_replicas", flat(2), hpa),
        ],
    },
    KubePdbNotEnoughHealthyPods: stateOf("kube_poddisruptionbudget_status_desired_healthy", pdb, flat(2), flat(1), [
        ksm("kube_poddisruptionbudget_status_current_healthy", flat(1), pdb),
    ]),
} satisfies Partial<Record<AlertName, Pair>>;

const quota = shop({ resourcequota: "q", resource: "requests.cpu" });

/** Two nodes of four cores and 8 GiB, and pods that request this much. */
function demand(resource: "cpu" | "memory", node: number, requests: number): Series[] {
    return [
        ...["a", "b"].map((name) =>
            ksm("kube_node_status_allocatable", flat(node), { node: name, resource, unit: "any" }),
        ),
        ksm("kube_pod_container_resource_requests", flat(requests), { ...container, resource, unit: "any" }),
        ksm("kube_pod_status_phase", flat(1), shop({ pod: "web-0", phase: "Running" })),
        // Finished: it asks for nothing any more.
        ksm("kube_pod_container_resource_requests", flat(requests), shop({ pod: "old", container: "x", resource })),
        ksm("kube_pod_status_phase", flat(0), shop({ pod: "old", phase: "Running" })),
    ];
}

function quotaOf(resource: "cpu" | "memory", node: number, hard: number): Series[] {
    return [
        ksm("kube_node_status_allocatable", flat(node), { node: "a", resource }),
        ksm(
            "kube_resourcequota",
            flat(hard),
            shop({ resourcequota: "q", resource: `requests.${resource}`, type: "hard" }),
        ),
        ksm(
            "kube_resourcequota",
            flat(1),
            shop({ resourcequota: "q", resource: `requests.${resource}`, type: "used" }),
        ),
    ];
}

const usage = (used: number) => [
    ksm("kube_resourcequota", flat(used), { ...quota, type: "used" }),
    ksm("kube_resourcequota", flat(100), { ...quota, type: "hard" }),
];

const throttled = (periods: number) => [
    cadvisor("container_cpu_cfs_throttled_periods_total", grow(periods), container),
    cadvisor("container_cpu_cfs_periods_total", grow(100), container),
];

const resources = {
    KubeCPUOvercommit: { labels: {}, fires: demand("cpu", 4, 5), quiet: demand("cpu", 4, 3) },
    KubeMemoryOvercommit: { labels: {}, fires: demand("memory", 8e9, 9e9), quiet: demand("memory", 8e9, 7e9) },
    KubeCPUQuotaOvercommit: { labels: {}, fires: quotaOf("cpu", 4, 7), quiet: quotaOf("cpu", 4, 5) },
    KubeMemoryQuotaOvercommit: { labels: {}, fires: quotaOf("memory", 8e9, 13e9), quiet: quotaOf("memory", 8e9, 11e9) },
    KubeQuotaAlmostFull: { labels: { ...ksmJob, ...quota }, fires: usage(95), quiet: usage(85) },
    KubeQuotaFullyUsed: { labels: { ...ksmJob, ...quota }, fires: usage(100), quiet: usage(99) },
    KubeQuotaExceeded: { labels: { ...ksmJob, ...quota }, fires: usage(101), quiet: usage(100) },
    CPUThrottlingHigh: { labels: container, fires: throttled(30), quiet: throttled(20) },
} satisfies Partial<Record<AlertName, Pair>>;

const supplies = {
    space: ["kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"],
    inodes: ["kubelet_volume_stats_inodes_free", "kubelet_volume_stats_inodes"],
} as const;

function left(supply: keyof typeof supplies, values: string, labels: Labels = claim): Series[] {
    const [free, total] = supplies[supply];
    return [kubelet(free, values, labels), kubelet(total, flat(100), labels)];
}

const readOnly = ksm("kube_persistentvolumeclaim_access_mode", flat(1), { ...claim, access_mode: "ReadOnlyMany" });
const ownClaim = { namespace: "monitoring", persistentvolumeclaim: "data-loki-0" };

const volumes = {
    KubePersistentVolumeFillingUp: {
        labels: claim,
        fires: left("space", slope(14, -0.01)),
        quiet: [...left("space", flat(14)), ...left("space", slope(60, -0.1), shop({ persistentvolumeclaim: "big" }))],
    },
    KubePersistentVolumeFillingUpCritical: {
        labels: claim,
        fires: left("space", flat(2)),
        // Of the stack's own volumes VolumeFillingUp tells; a volume for reading alone is as full as it was made.
        quiet: [...left("space", flat(2), ownClaim), ...left("space", flat(2)), readOnly],
    },
    KubePersistentVolumeInodesFillingUp: {
        labels: claim,
        fires: left("inodes", slope(14, -0.01)),
        quiet: left("inodes", flat(14)),
    },
    KubePersistentVolumeInodesFillingUpCritical: {
        labels: claim,
        fires: left("inodes", flat(2)),
        // A file system that counts no inodes.
        quiet: [
            kubelet("kubelet_volume_stats_inodes_free", flat(0), claim),
            kubelet("kubelet_volume_stats_inodes", flat(0), claim),
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

function podsOnNode(capacity: number): Series[] {
    return [
        ...["one", "two", "three"].flatMap((name) => [
            ksm("kube_pod_info", flat(1), shop({ pod: name, node: "a" })),
            ksm("kube_pod_status_phase", flat(1), shop({ pod: name, phase: "Running" })),
        ]),
        ksm("kube_node_status_capacity", flat(capacity), { node: "a", resource: "pods" }),
    ];
}

const ksmErrors = (kind: "list" | "watch", failed: number) => [
    ksm(`kube_state_metrics_${kind}_total`, grow(failed), { namespace: "monitoring", result: "error" }),
    ksm(`kube_state_metrics_${kind}_total`, grow(1000), { namespace: "monitoring", result: "success" }),
];

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
    KubeletTooManyPods: { labels: { node: "a" }, fires: podsOnNode(3), quiet: podsOnNode(4) },
    KubeStateMetricsDown: {
        labels: {},
        fires: [ksm("up", flat(0), { namespace: "monitoring" })],
        quiet: [ksm("up", flat(1), { namespace: "monitoring" })],
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
