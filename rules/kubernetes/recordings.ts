import type { RuleContext } from "../context";
import { quantile } from "../promql";
import type { RecordingRule, RuleGroup } from "../types";

/** The Deployment behind a ReplicaSet is what people know a pod by; other owners stand for themselves. */
const podOwner = (ksm: string): RecordingRule => ({
    record: "namespace_workload_pod:kube_pod_owner:relabel",
    expr:
        `max by (namespace, workload, pod, workload_type) (label_replace(label_replace(kube_pod_owner{${ksm},` +
        `owner_kind="ReplicaSet"}, "replicaset", "$1", "owner_name", "(.*)") * on (namespace, replicaset) ` +
        `group_left (workload) topk by (namespace, replicaset) (1, label_replace(kube_replicaset_owner{${ksm},` +
        `owner_kind="Deployment"}, "workload", "$1", "owner_name", "(.*)")), "workload_type", "Deployment", "", "")` +
        ` or label_replace(label_replace(kube_pod_owner{${ksm},owner_kind=~"DaemonSet|StatefulSet|Job"}, ` +
        `"workload", "$1", "owner_name", "(.*)"), "workload_type", "$1", "owner_kind", "(.*)"))`,
});

/** What the pods that count ask for, by container and by namespace: a finished one asks for nothing any more. */
function requested(kind: "requests" | "limits", resource: "cpu" | "memory", ksm: string): RecordingRule[] {
    const metric = `kube_pod_container_resource_${kind}`;
    const perPod = `cluster:namespace:pod_${resource}:active:${metric}`;
    return [
        {
            record: perPod,
            expr:
                `${metric}{${ksm},resource="${resource}"} * on (namespace, pod) group_left () ` +
                `max by (namespace, pod) (kube_pod_status_phase{${ksm},phase=~"Pending|Running"} == 1)`,
        },
        { record: `namespace_${resource}:${metric}:sum`, expr: `sum by (namespace) (${perPod}{${ksm}})` },
    ];
}

/** How long kubelets take to list their containers, by node. */
function plegQuantiles(kubelet: string): RecordingRule[] {
    const record = "node_quantile:kubelet_pleg_relist_duration_seconds:histogram_quantile";
    const quantiles = [0.5, 0.9, 0.99].map(
        (share) =>
            `label_replace(${quantile(share, "kubelet_pleg_relist_duration_seconds", kubelet, "job, instance, node")}, ` +
            `"quantile", "${share}", "", "")`,
    );
    return [{ record, expr: quantiles.join(" or ") }];
}

/** What dashboards and the other rules read again and again: usage by container, requests and limits by namespace. */
export function kubernetesRecordings({ job, scrapes }: RuleContext): RuleGroup[] {
    const ksm = job("kubeStateMetrics");
    const containers = job("kubelet", 'metrics_path="/metrics/cadvisor",container!="",image!=""');
    const pods = "namespace, pod, container, node";
    const usage: RecordingRule[] = [
        {
            record: "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m",
            expr: `sum by (${pods}) (rate(container_cpu_usage_seconds_total{${containers}}[5m]))`,
        },
        ...["working_set_bytes", "rss", "cache"].map((kind) => ({
            record: `node_namespace_pod_container:container_memory_${kind}`,
            expr: `max by (${pods}) (container_memory_${kind}{${containers}})`,
        })),
    ];
    const demand = (["cpu", "memory"] as const).flatMap((resource) =>
        (["requests", "limits"] as const).flatMap((kind) => requested(kind, resource, ksm)),
    );
    const nodeOfPod: RecordingRule = {
        record: "node_namespace_pod:kube_pod_info:",
        expr: `topk by (namespace, pod) (1, max by (node, namespace, pod) (kube_pod_info{${ksm},node!=""}))`,
    };
    return [
        {
            name: "kubernetes-containers-recordings",
            rules: scrapes("kubelet") ? [...usage, ...plegQuantiles(job("kubelet", 'metrics_path="/metrics"'))] : [],
        },
        {
            name: "kubernetes-objects-recordings",
            rules: scrapes("kubeStateMetrics") ? [...demand, podOwner(ksm), nodeOfPod] : [],
        },
    ];
}
