import type { RuleContext } from "../context";
import type { AlertRule, RuleGroup } from "../types";

function pods(ksm: string): AlertRule[] {
    const phase = (matcher: string) => `max by (namespace, pod) (kube_pod_status_phase{${ksm},phase${matcher}})`;
    return [
        {
            alert: "KubePodCrashLooping",
            expr: `max_over_time(kube_pod_container_status_waiting_reason{${ksm},reason="CrashLoopBackOff"}[5m]) >= 1`,
            for: "15m",
            severity: "warning",
            summary: "Container {{ $labels.container }} of pod {{ $labels.pod }} crashes again and again",
            description:
                "Container {{ $labels.container }} of pod {{ $labels.pod }} in {{ $labels.namespace }} ends soon after each " +
                "start, and the kubelet waits longer and longer before the next one.",
        },
        {
            alert: "KubePodNotReady",
            // Not those that failed: they stay as a record of an eviction, or of a node that shut down, and others take their
            // place. A gated pod waits because somebody wants it to.
            expr:
                `(${phase('=~"Pending|Unknown"')} == 1 or ${phase('="Running"')} == 1 ` +
                `and max by (namespace, pod) (kube_pod_status_ready{${ksm},condition="true"}) == 0) ` +
                `unless on (namespace, pod) kube_pod_owner{${ksm},owner_kind="Job"} ` +
                `unless on (namespace, pod) kube_pod_status_reason{${ksm},reason="SchedulingGated"} == 1`,
            for: "15m",
            severity: "warning",
            summary: "Pod {{ $labels.pod }} isn't ready",
            description:
                "Pod {{ $labels.pod }} in {{ $labels.namespace }} is pending, lost, or runs without being ready for 15 minutes.",
        },
        {
            alert: "KubePodNotScheduled",
            expr: `kube_pod_status_unschedulable{${ksm}} == 1`,
            for: "30m",
            severity: "warning",
            summary: "No node takes pod {{ $labels.pod }}",
            description:
                "Pod {{ $labels.pod }} in {{ $labels.namespace }} waits for a node: none has room for what it requests, or " +
                "fits its rules.",
        },
        {
            alert: "KubeContainerWaiting",
            expr: `kube_pod_container_status_waiting_reason{${ksm},reason!="CrashLoopBackOff"} > 0`,
            for: "1h",
            severity: "warning",
            summary: "Container {{ $labels.container }} of pod {{ $labels.pod }} waits: {{ $labels.reason }}",
            description:
                "Container {{ $labels.container }} of pod {{ $labels.pod }} in {{ $labels.namespace }} hasn't started for " +
                "an hour, reason {{ $labels.reason }}.",
        },
    ];
}

function deployments(ksm: string): AlertRule[] {
    return [
        {
            alert: "KubeDeploymentGenerationMismatch",
            expr: `kube_deployment_status_observed_generation{${ksm}} != kube_deployment_metadata_generation{${ksm}}`,
            for: "15m",
            severity: "warning",
            summary: "A change of Deployment {{ $labels.deployment }} isn't taken up",
            description:
                "The controller hasn't seen the last change of Deployment {{ $labels.deployment }} in " +
                "{{ $labels.namespace }}, or a failed one wasn't undone.",
        },
        {
            alert: "KubeDeploymentReplicasMismatch",
            expr:
                `kube_deployment_spec_replicas{${ksm}} > kube_deployment_status_replicas_available{${ksm}} ` +
                `and changes(kube_deployment_status_replicas_updated{${ksm}}[10m]) == 0`,
            for: "15m",
            severity: "warning",
            summary: "Deployment {{ $labels.deployment }} has fewer replicas than wanted",
            description:
                "Deployment {{ $labels.deployment }} in {{ $labels.namespace }} wants {{ $value }} replicas, fewer are " +
                "available, and no rollout is on its way.",
        },
        {
            alert: "KubeDeploymentRolloutStuck",
            expr: `kube_deployment_status_condition{${ksm},condition="Progressing",status="false"} == 1`,
            for: "15m",
            severity: "warning",
            summary: "The rollout of Deployment {{ $labels.deployment }} is stuck",
            description:
                "The rollout of Deployment {{ $labels.deployment }} in {{ $labels.namespace }} made no progress within its " +
                "deadline.",
        },
    ];
}

function statefulSets(ksm: string): AlertRule[] {
    return [
        {
            alert: "KubeStatefulSetReplicasMismatch",
            expr:
                `kube_statefulset_replicas{${ksm}} > kube_statefulset_status_replicas_ready{${ksm}} ` +
                `and changes(kube_statefulset_status_replicas_updated{${ksm}}[10m]) == 0`,
            for: "15m",
            severity: "warning",
            summary: "StatefulSet {{ $labels.statefulset }} has fewer replicas than wanted",
            description:
                "StatefulSet {{ $labels.statefulset }} in {{ $labels.namespace }} wants {{ $value }} replicas, fewer are " +
                "ready, and no rollout is on its way.",
        },
        {
            alert: "KubeStatefulSetGenerationMismatch",
            expr: `kube_statefulset_status_observed_generation{${ksm}} != kube_statefulset_metadata_generation{${ksm}}`,
            for: "15m",
            severity: "warning",
            summary: "A change of StatefulSet {{ $labels.statefulset }} isn't taken up",
            description:
                "The controller hasn't seen the last change of StatefulSet {{ $labels.statefulset }} in " +
                "{{ $labels.namespace }}, or a failed one wasn't undone.",
        },
        {
            alert: "KubeStatefulSetUpdateNotRolledOut",
            expr:
                `max by (namespace, statefulset) (kube_statefulset_status_current_revision{${ksm}} ` +
                `unless on (namespace, statefulset, revision) kube_statefulset_status_update_revision{${ksm}}) ` +
                // With OnDelete the current revision stays the old one for good, though every pod is of the new one.
                `and on (namespace, statefulset) kube_statefulset_replicas{${ksm}} ` +
                `!= kube_statefulset_status_replicas_updated{${ksm}} ` +
                `and on (namespace, statefulset) changes(kube_statefulset_status_replicas_updated{${ksm}}[5m]) == 0`,
            for: "15m",
            severity: "warning",
            summary: "The update of StatefulSet {{ $labels.statefulset }} is stuck",
            description:
                "Pods of StatefulSet {{ $labels.statefulset }} in {{ $labels.namespace }} are of an older revision, and none " +
                "was replaced lately.",
        },
    ];
}

function daemonSets(ksm: string): AlertRule[] {
    const desired = `kube_daemonset_status_desired_number_scheduled{${ksm}}`;
    return [
        {
            alert: "KubeDaemonSetRolloutStuck",
            expr:
                `(${desired} > kube_daemonset_status_number_available{${ksm}} ` +
                `or ${desired} > kube_daemonset_status_updated_number_scheduled{${ksm}}) ` +
                `and changes(kube_daemonset_status_updated_number_scheduled{${ksm}}[5m]) == 0`,
            for: "15m",
            severity: "warning",
            summary: "The rollout of DaemonSet {{ $labels.daemonset }} is stuck",
            description:
                "Of the {{ $value }} pods of DaemonSet {{ $labels.daemonset }} in {{ $labels.namespace }} some are old or " +
                "not available, and none was replaced lately.",
        },
        {
            alert: "KubeDaemonSetNotScheduled",
            expr: `${desired} - kube_daemonset_status_current_number_scheduled{${ksm}} > 0`,
            for: "10m",
            severity: "warning",
            summary: "DaemonSet {{ $labels.daemonset }} lacks {{ $value }} pods",
            description:
                "{{ $value }} pods of DaemonSet {{ $labels.daemonset }} in {{ $labels.namespace }} aren't on the node where " +
                "they belong.",
        },
        {
            alert: "KubeDaemonSetMisScheduled",
            expr: `kube_daemonset_status_number_misscheduled{${ksm}} > 0`,
            for: "15m",
            severity: "warning",
            summary: "{{ $value }} pods of DaemonSet {{ $labels.daemonset }} run where they shouldn't",
            description:
                "{{ $value }} pods of DaemonSet {{ $labels.daemonset }} in {{ $labels.namespace }} run on nodes that its " +
                "rules exclude.",
        },
    ];
}

function jobs(ksm: string, longest: number): AlertRule[] {
    return [
        {
            alert: "KubeJobNotCompleted",
            expr:
                `time() - max by (namespace, job_name) (kube_job_status_start_time{${ksm}} ` +
                `and kube_job_status_active{${ksm}} > 0) > ${longest}`,
            for: "1m",
            severity: "warning",
            summary: "Job {{ $labels.job_name }} runs for {{ $value | humanizeDuration }}",
            description:
                "Job {{ $labels.job_name }} in {{ $labels.namespace }} runs for {{ $value | humanizeDuration }} and isn't " +
                "complete.",
        },
        {
            alert: "KubeJobFailed",
            expr: `kube_job_failed{${ksm},condition="true"} > 0`,
            for: "15m",
            severity: "warning",
            summary: "Job {{ $labels.job_name }} failed",
            description:
                "Job {{ $labels.job_name }} in {{ $labels.namespace }} failed and is still there. The alert ends when the Job " +
                "is deleted.",
        },
    ];
}

function scaling(ksm: string): AlertRule[] {
    const current = `kube_horizontalpodautoscaler_status_current_replicas{${ksm}}`;
    const least = `kube_horizontalpodautoscaler_spec_min_replicas{${ksm}}`;
    const most = `kube_horizontalpodautoscaler_spec_max_replicas{${ksm}}`;
    return [
        {
            alert: "KubeHpaReplicasMismatch",
            expr:
                `kube_horizontalpodautoscaler_status_desired_replicas{${ksm}} != ${current} ` +
                `and ${current} > ${least} and ${current} < ${most} and changes(${current}[15m]) == 0`,
            for: "15m",
            severity: "warning",
            summary: "Autoscaler {{ $labels.horizontalpodautoscaler }} doesn't get the replicas that it wants",
            description:
                "Autoscaler {{ $labels.horizontalpodautoscaler }} in {{ $labels.namespace }} wants {{ $value }} replicas for " +
                "15 minutes and has another number.",
        },
        {
            alert: "KubeHpaMaxedOut",
            expr: `${current} == ${most} unless ${most} == ${least}`,
            for: "15m",
            severity: "warning",
            summary: "Autoscaler {{ $labels.horizontalpodautoscaler }} is at its maximum",
            description:
                "Autoscaler {{ $labels.horizontalpodautoscaler }} in {{ $labels.namespace }} is at its maximum of {{ $value }} " +
                "replicas: more load finds no more pods.",
        },
        {
            alert: "KubePdbNotEnoughHealthyPods",
            expr:
                `kube_poddisruptionbudget_status_desired_healthy{${ksm}} ` +
                `- kube_poddisruptionbudget_status_current_healthy{${ksm}} > 0`,
            for: "15m",
            severity: "warning",
            summary: "Disruption budget {{ $labels.poddisruptionbudget }} lacks {{ $value }} healthy pods",
            description:
                "Disruption budget {{ $labels.poddisruptionbudget }} in {{ $labels.namespace }} lacks {{ $value }} healthy " +
                "pods. No node that holds one of its pods can be drained.",
        },
    ];
}

/** Pods and what makes them, as kube-state-metrics tells. */
export function workloads({ job, scrapes, threshold }: RuleContext): RuleGroup[] {
    const ksm = job("kubeStateMetrics");
    const rules = [
        ...pods(ksm),
        ...deployments(ksm),
        ...statefulSets(ksm),
        ...daemonSets(ksm),
        ...jobs(ksm, threshold("KubeJobNotCompleted")),
        ...scaling(ksm),
    ];
    return [{ name: "kubernetes-workloads", rules: scrapes("kubeStateMetrics") ? rules : [] }];
}
