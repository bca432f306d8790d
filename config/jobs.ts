import type { MetricsSettings } from "./schema";

/** What the stack scrapes of itself and of the cluster. */
export type JobKey =
    | "alertmanager"
    | "alloy"
    | "configReloader"
    | "grafana"
    | "kubeStateMetrics"
    | "kubelet"
    | "loki"
    | "lokiGateway"
    | "nodeExporter"
    | "prometheus"
    | "prometheusOperator"
    | "thanosCompact"
    | "thanosQuery"
    | "thanosSidecar"
    | "thanosStore";

/**
 * Values of the label `job`: the one table that monitors, rules and dashboards take them from. A mismatch would
 * silence an alert without a word.
 */
export function jobNames(metrics: Pick<MetricsSettings, "jobName">): Record<JobKey, string> {
    return {
        alertmanager: "alertmanager",
        alloy: "alloy",
        configReloader: "config-reloader",
        grafana: "grafana",
        kubeStateMetrics: "kube-state-metrics",
        kubelet: "kubelet",
        loki: "loki",
        lokiGateway: "loki-gateway",
        nodeExporter: "node-exporter",
        prometheus: metrics.jobName,
        prometheusOperator: "prometheus-operator",
        thanosCompact: "thanos-compact",
        thanosQuery: "thanos-query",
        thanosSidecar: "thanos-sidecar",
        thanosStore: "thanos-store",
    };
}
