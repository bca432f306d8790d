import type { AreaSettings, MetricsSettings } from "./schema";

/** What the stack scrapes of itself and of the cluster. */
export type JobKey =
    | "admissionWebhook"
    | "alertmanager"
    | "alloy"
    | "blackboxExporter"
    | "configReloader"
    | "grafana"
    | "kubeStateMetrics"
    | "kubelet"
    | "loki"
    | "lokiGateway"
    | "nodeExporter"
    | "prometheus"
    | "prometheusAdapter"
    | "prometheusOperator"
    | "telegraf"
    | "thanosCompact"
    | "thanosQuery"
    | "thanosSidecar"
    | "thanosStore"
    | "victoriaMetrics";

/**
 * Values of the label `job`: the one table that monitors, rules and dashboards take them from. A mismatch would
 * silence an alert without a word.
 */
export function jobNames(metrics: Pick<MetricsSettings, "jobName">): Record<JobKey, string> {
    return {
        admissionWebhook: "prometheus-operator-admission-webhook",
        alertmanager: "alertmanager",
        alloy: "alloy",
        blackboxExporter: "blackbox-exporter",
        configReloader: "config-reloader",
        grafana: "grafana",
        kubeStateMetrics: "kube-state-metrics",
        kubelet: "kubelet",
        loki: "loki",
        lokiGateway: "loki-gateway",
        nodeExporter: "node-exporter",
        prometheus: metrics.jobName,
        prometheusAdapter: "prometheus-adapter",
        prometheusOperator: "prometheus-operator",
        telegraf: "telegraf",
        thanosCompact: "thanos-compact",
        thanosQuery: "thanos-query",
        thanosSidecar: "thanos-sidecar",
        thanosStore: "thanos-store",
        victoriaMetrics: "victoria-metrics",
    };
}

/** What decides which jobs there are. */
export type ScrapedSettings = Pick<
    AreaSettings,
    "alerting" | "autoscaling" | "collection" | "logs" | "longTerm" | "metrics"
>;

/** The jobs that a stack scrapes: a rule on any other would never fire, or with `absent()` always. */
export function scrapedJobs(settings: ScrapedSettings): ReadonlySet<JobKey> {
    const { alerting, autoscaling, collection, logs, longTerm, metrics } = settings;
    const thanos = longTerm.kind === "thanos";
    const scraped: Record<JobKey, boolean> = {
        admissionWebhook: metrics.operator.admissionWebhook.enabled,
        alertmanager: alerting.kind === "alertmanager",
        alloy: collection.logs.kind === "alloy" && logs.kind !== "none",
        blackboxExporter: metrics.blackbox.enabled,
        configReloader: true,
        grafana: true,
        kubeStateMetrics: metrics.kubeStateMetrics.enabled,
        kubelet: metrics.kubelet,
        loki: logs.kind !== "none",
        lokiGateway: logs.kind === "simpleScalable",
        nodeExporter: metrics.nodeExporter.enabled,
        prometheus: true,
        prometheusAdapter: autoscaling.kind === "prometheusAdapter",
        prometheusOperator: true,
        telegraf: metrics.telegraf.enabled,
        thanosCompact: thanos && longTerm.compactor !== "none",
        thanosQuery: thanos,
        thanosSidecar: thanos,
        thanosStore: thanos,
        victoriaMetrics: metrics.victoriaMetrics.enabled,
    };
    return new Set((Object.keys(scraped) as JobKey[]).filter((job) => scraped[job]));
}
