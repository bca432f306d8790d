import type { RuleContext } from "../context";
import type { AlertRule, RuleGroup } from "../types";

type Resource = "cpu" | "memory";

const words = { cpu: "CPU", memory: "memory" } as const;

function overcommit(alert: "KubeCPUOvercommit" | "KubeMemoryOvercommit", resource: Resource, ksm: string): AlertRule {
    const nodes = `kube_node_status_allocatable{${ksm},resource="${resource}"}`;
    const withoutLargest = `(sum(${nodes}) - max(${nodes}))`;
    return {
        alert,
        // On a single node there is nothing to fall back on, which isn't news.
        expr:
            `sum(namespace_${resource}:kube_pod_container_resource_requests:sum) - ${withoutLargest} > 0 ` +
            `and ${withoutLargest} > 0`,
        for: "10m",
        severity: "warning",
        summary: `The loss of a node would leave too little ${words[resource]} for all pods`,
        description:
            `The pods request ${resource === "cpu" ? "{{ $value | humanize }} cores" : "{{ $value | humanize1024 }}B"} more ` +
            `${words[resource]} than the nodes have without the largest one: if that one fails, some pods find no node.`,
    };
}

function quotaOvercommit(
    alert: "KubeCPUQuotaOvercommit" | "KubeMemoryQuotaOvercommit",
    resource: Resource,
    ksm: string,
    threshold: number,
): AlertRule {
    return {
        alert,
        expr:
            `sum(min without (resource) (kube_resourcequota{${ksm},type="hard",resource=~"${resource}|requests.${resource}"}))` +
            ` / sum(kube_node_status_allocatable{${ksm},resource="${resource}"}) > ${threshold}`,
        for: "5m",
        severity: "warning",
        summary: `The quotas allow {{ $value | humanizePercentage }} of the nodes' ${words[resource]}`,
        description:
            `All quotas together allow {{ $value | humanizePercentage }} of the ${words[resource]} that the nodes have: not ` +
            "every namespace can use what it was promised.",
    };
}

function quotas(ksm: string, almost: number): AlertRule[] {
    const used = `kube_resourcequota{${ksm},type="used"} / ignoring (type) (kube_resourcequota{${ksm},type="hard"} > 0)`;
    const rule = (alert: AlertRule["alert"], condition: string, severity: AlertRule["severity"]): AlertRule => ({
        alert,
        expr: `${used} ${condition}`,
        for: "15m",
        severity,
        summary:
            "Namespace {{ $labels.namespace }} uses {{ $value | humanizePercentage }} of its {{ $labels.resource }} quota",
        description:
            "Namespace {{ $labels.namespace }} uses {{ $value | humanizePercentage }} of {{ $labels.resource }} in quota " +
            "{{ $labels.resourcequota }}. Beyond it nothing new is admitted.",
    });
    return [
        rule("KubeQuotaAlmostFull", `> ${almost} < 1`, "info"),
        rule("KubeQuotaFullyUsed", "== 1", "info"),
        rule("KubeQuotaExceeded", "> 1", "warning"),
    ];
}

function throttling(containers: string, threshold: number): AlertRule {
    const periods = (kind: string) =>
        `sum by (namespace, pod, container) (increase(container_cpu_cfs_${kind}_total{${containers}}[5m]))`;
    return {
        alert: "CPUThrottlingHigh",
        expr: `${periods("throttled_periods")} / ${periods("periods")} > ${threshold}`,
        for: "15m",
        severity: "info",
        summary: "Container {{ $labels.container }} of pod {{ $labels.pod }} is throttled",
        description:
            "In {{ $value | humanizePercentage }} of its CPU periods container {{ $labels.container }} of pod " +
            "{{ $labels.pod }} in {{ $labels.namespace }} reached its limit and had to wait.",
    };
}

/** What the cluster has to give, and who may take how much. */
export function resources({ job, scrapes, threshold }: RuleContext): RuleGroup[] {
    const ksm = job("kubeStateMetrics");
    const containers = job("kubelet", 'metrics_path="/metrics/cadvisor",container!=""');
    const rules = [
        ...(scrapes("kubeStateMetrics")
            ? [
                  overcommit("KubeCPUOvercommit", "cpu", ksm),
                  overcommit("KubeMemoryOvercommit", "memory", ksm),
                  quotaOvercommit("KubeCPUQuotaOvercommit", "cpu", ksm, threshold("KubeCPUQuotaOvercommit")),
                  quotaOvercommit("KubeMemoryQuotaOvercommit", "memory", ksm, threshold("KubeMemoryQuotaOvercommit")),
                  ...quotas(ksm, threshold("KubeQuotaAlmostFull")),
              ]
            : []),
        ...(scrapes("kubelet") ? [throttling(containers, threshold("CPUThrottlingHigh"))] : []),
    ];
    return [{ name: "kubernetes-resources", rules }];
}
