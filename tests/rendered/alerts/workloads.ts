import type { AlertName } from "../../../config/alerts";
import { ksm, ksmJob, shop, stateOf } from "./objects";
import { flat, grow, inTurns, ofJob, type Pair, type Series } from "./series";

const cadvisor = ofJob("kubelet", { metrics_path: "/metrics/cadvisor" });

const pod = shop({ pod: "web-0", uid: "1" });
const container = shop({ pod: "web-0", container: "web" });
const deployment = shop({ deployment: "web" });
const statefulSet = shop({ statefulset: "db" });
const daemonSet = shop({ daemonset: "agent" });
const job = shop({ job_name: "backup" });
const hpa = shop({ horizontalpodautoscaler: "web" });
const pdb = shop({ poddisruptionbudget: "web" });

const phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"] as const;

/** A pod as kube-state-metrics tells of it; where nothing is said, it has no condition Ready yet. */
function inPhase(
    name: string,
    phase: (typeof phases)[number],
    { ready, owner = "ReplicaSet" }: { ready?: 0 | 1; owner?: string } = {},
): Series[] {
    const labels = shop({ pod: name, uid: name });
    return [
        ...phases.map((one) => ksm("kube_pod_status_phase", flat(one === phase ? 1 : 0), { ...labels, phase: one })),
        ksm("kube_pod_owner", flat(1), { ...labels, owner_kind: owner }),
        ...(ready === undefined
            ? []
            : [
                  ksm("kube_pod_status_ready", flat(ready), { ...labels, condition: "true" }),
                  ksm("kube_pod_status_ready", flat(1 - ready), { ...labels, condition: "false" }),
              ]),
    ];
}

/** A StatefulSet of three pods, so many of them of the new revision, that has one revision and is to have another. */
const rollout = (statefulset: string, [current, update]: [string, string], updated: string) => {
    const labels = shop({ statefulset });
    return [
        ksm("kube_statefulset_status_current_revision", flat(1), { ...labels, revision: current }),
        ksm("kube_statefulset_status_update_revision", flat(1), { ...labels, revision: update }),
        ksm("kube_statefulset_replicas", flat(3), labels),
        ksm("kube_statefulset_status_replicas_updated", updated, labels),
    ];
};

/** What makes each alert on workloads fire, and what nearly does. */
export const workloads = {
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
        fires: inPhase("web-0", "Running", { ready: 0 }),
        alsoFires: [inPhase("web-0", "Pending"), inPhase("web-0", "Unknown", { ready: 0 })],
        quiet: [
            ...inPhase("web-0", "Running", { ready: 1 }),
            ...inPhase("web-1", "Failed", { ready: 0 }),
            ...inPhase("web-2", "Succeeded", { ready: 0 }),
            ...inPhase("backup-0", "Pending", { owner: "Job" }),
            ...inPhase("backup-1", "Running", { owner: "Job", ready: 0 }),
            ...inPhase("gated", "Pending"),
            ksm("kube_pod_status_reason", flat(1), shop({ pod: "gated", reason: "SchedulingGated" })),
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
        fires: rollout("db", ["a", "b"], flat(1)),
        quiet: [
            ...rollout("db", ["b", "b"], flat(3)),
            // By OnDelete: the status keeps the old revision when every pod has the new one.
            ...rollout("cache", ["a", "b"], flat(3)),
            // Still on its way.
            ...rollout("queue", ["a", "b"], inTurns),
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

/** What makes each alert on CPU, memory and quotas fire, and what nearly does. */
export const resources = {
    KubeCPUOvercommit: { labels: {}, fires: demand("cpu", 4, 5), quiet: demand("cpu", 4, 3) },
    KubeMemoryOvercommit: { labels: {}, fires: demand("memory", 8e9, 9e9), quiet: demand("memory", 8e9, 7e9) },
    KubeCPUQuotaOvercommit: { labels: {}, fires: quotaOf("cpu", 4, 7), quiet: quotaOf("cpu", 4, 5) },
    KubeMemoryQuotaOvercommit: { labels: {}, fires: quotaOf("memory", 8e9, 13e9), quiet: quotaOf("memory", 8e9, 11e9) },
    KubeQuotaAlmostFull: { labels: { ...ksmJob, ...quota }, fires: usage(95), quiet: usage(85) },
    KubeQuotaFullyUsed: { labels: { ...ksmJob, ...quota }, fires: usage(100), quiet: usage(99) },
    KubeQuotaExceeded: { labels: { ...ksmJob, ...quota }, fires: usage(101), quiet: usage(100) },
    CPUThrottlingHigh: { labels: container, fires: throttled(30), quiet: throttled(20) },
} satisfies Partial<Record<AlertName, Pair>>;
