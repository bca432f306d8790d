import type { RuleContext } from "../context";
import { shareOfRate } from "../promql";
import type { AlertRule, RuleGroup } from "../types";

function condition(ksm: string, flapping: number): AlertRule[] {
    const inUse = `on (node) kube_node_spec_unschedulable{${ksm}} == 0`;
    return [
        {
            alert: "KubeNodeNotReady",
            expr: `kube_node_status_condition{${ksm},condition="Ready",status="true"} == 0 and ${inUse}`,
            for: "15m",
            severity: "warning",
            summary: "Node {{ $labels.node }} isn't ready",
            description: "Node {{ $labels.node }} isn't ready for 15 minutes: its pods move, if others have room.",
        },
        {
            alert: "KubeNodePressure",
            expr:
                `kube_node_status_condition{${ksm},condition=~"MemoryPressure|DiskPressure|PIDPressure",status="true"} == 1 ` +
                `and ${inUse}`,
            for: "10m",
            severity: "info",
            summary: "Node {{ $labels.node }} has {{ $labels.condition }}",
            description:
                "Node {{ $labels.node }} says {{ $labels.condition }}: it may evict pods and takes no new ones.",
        },
        {
            alert: "KubeNodeUnreachable",
            expr:
                `kube_node_spec_taint{${ksm},key="node.kubernetes.io/unreachable",effect="NoSchedule"} == 1 ` +
                `unless on (node) kube_node_spec_taint{${ksm},key=~"ToBeDeletedByClusterAutoscaler|` +
                `aws-node-termination-handler/.*|cloud.google.com/impending-node-termination"}`,
            for: "15m",
            severity: "warning",
            summary: "Node {{ $labels.node }} can't be reached",
            description:
                "The control plane hears nothing of node {{ $labels.node }}. Some of its pods may start elsewhere.",
        },
        {
            alert: "KubeNodeReadinessFlapping",
            expr:
                `sum by (node) (changes(kube_node_status_condition{${ksm},condition="Ready",status="true"}[15m])) ` +
                `> ${flapping} and ${inUse}`,
            for: "15m",
            severity: "warning",
            summary: "Node {{ $labels.node }} is ready and not ready in turns",
            description:
                "Node {{ $labels.node }} changed between ready and not ready {{ $value }} times in 15 minutes.",
        },
    ];
}

function tooManyPods(ksm: string, threshold: number): AlertRule {
    return {
        alert: "KubeletTooManyPods",
        expr:
            `count by (node) (max by (namespace, pod, node) (kube_pod_info{${ksm},node!=""}) and on (namespace, pod) ` +
            `kube_pod_status_phase{${ksm},phase="Running"} == 1) ` +
            // A node of Fargate takes one pod, and is there for that one alone.
            `/ max by (node) (kube_node_status_capacity{${ksm},resource="pods"} != 1) > ${threshold}`,
        for: "15m",
        severity: "info",
        summary: "Node {{ $labels.node }} runs {{ $value | humanizePercentage }} of the pods that it takes",
        description: "Node {{ $labels.node }} runs {{ $value | humanizePercentage }} of the pods that it takes.",
    };
}

function stateMetrics(context: RuleContext): AlertRule[] {
    const { job, settings, threshold } = context;
    const errors = (kind: "list" | "watch", alert: "KubeStateMetricsListErrors" | "KubeStateMetricsWatchErrors") => {
        const [failed, all] = [job("kubeStateMetrics", 'result="error"'), job("kubeStateMetrics")];
        return {
            alert,
            expr: `${shareOfRate(`kube_state_metrics_${kind}_total`, failed, all, "namespace")} > ${threshold(alert)}`,
            for: "15m",
            severity: "critical",
            summary: `kube-state-metrics fails at {{ $value | humanizePercentage }} of its ${kind} requests`,
            description:
                `{{ $value | humanizePercentage }} of the ${kind} requests of kube-state-metrics in {{ $labels.namespace }} ` +
                "fail: what it says of the cluster's objects is incomplete or old, and alerts on them with it.",
        } satisfies AlertRule;
    };
    return [
        {
            alert: "KubeStateMetricsDown",
            // Its own figures are another target of the same job, which may answer while that of the objects doesn't.
            expr: `absent(up{${job("kubeStateMetrics", 'endpoint!="telemetry"')}} == 1)`,
            for: "15m",
            severity: "critical",
            summary: "kube-state-metrics doesn't tell of the cluster's objects",
            description: "Nothing is known of the cluster's objects: no alert on a workload, quota or node can fire.",
        },
        errors("list", "KubeStateMetricsListErrors"),
        errors("watch", "KubeStateMetricsWatchErrors"),
        ...(settings.metrics.kubeStateMetrics.shards > 1 ? shards(context) : []),
    ];
}

/** What only shards can have: an object of which none tells, or several. */
function shards({ own, settings }: RuleContext): AlertRule[] {
    const { shards: wanted } = settings.metrics.kubeStateMetrics;
    const selector = own("kubeStateMetrics");
    return [
        {
            alert: "KubeStateMetricsShardingMismatch",
            expr: `max by (namespace, pod) (kube_state_metrics_total_shards{${selector}}) != ${wanted}`,
            for: "15m",
            severity: "critical",
            summary: `kube-state-metrics {{ $labels.pod }} counts {{ $value }} shards instead of ${wanted}`,
            description:
                `kube-state-metrics {{ $labels.pod }} in {{ $labels.namespace }} counts {{ $value }} shards instead of ` +
                `${wanted}: some objects are told of twice, others not at all.`,
        },
        {
            alert: "KubeStateMetricsShardsMissing",
            expr:
                `${wanted} - (count(count by (shard_ordinal) (kube_state_metrics_shard_ordinal{${selector}})) ` +
                "or vector(0)) > 0",
            for: "15m",
            severity: "critical",
            labels: { namespace: settings.platform.namespace },
            summary: `{{ $value }} of ${wanted} shards of kube-state-metrics are missing`,
            description: `Nothing is known of the objects of {{ $value }} of ${wanted} shards of kube-state-metrics.`,
        },
    ];
}

/** Nodes as Kubernetes sees them. */
export function kubernetesNodes(context: RuleContext): RuleGroup[] {
    const { job, scrapes, threshold } = context;
    const ksm = job("kubeStateMetrics");
    const there = scrapes("kubeStateMetrics");
    return [
        {
            name: "kubernetes-nodes",
            rules: there
                ? [
                      ...condition(ksm, threshold("KubeNodeReadinessFlapping")),
                      tooManyPods(ksm, threshold("KubeletTooManyPods")),
                  ]
                : [],
        },
        { name: "kube-state-metrics", rules: there ? stateMetrics(context) : [] },
    ];
}
