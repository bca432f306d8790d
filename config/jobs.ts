import type { AreaSettings, MetricsSettings } from "./schema";

/** What the stack scrapes of itself and of the cluster. */
export type JobKey =
    | "alertmanager"
    | "alloy"
    | "blackboxExporter"
    | "configReloader"
    | "grafana"
    | "kubeStateMetrics"
    | "kubelet"
    | "loki"
    | "lokiGateway"
    | "memcached"
    | "nodeExporter"
    | "prometheus"
    | "prometheusOperator"
    | "telegraf"
    | "thanosCompact"
    | "thanosQuery"
    | "thanosQueryFrontend"
    | "thanosRule"
    | "thanosSidecar"
    | "thanosStore"
    | "victoriaMetrics";

/**
 * Values of the label `job`: the one table that monitors, rules and dashboards take them from. A mismatch would
 * silence an alert without a word.
 */
export function jobNames(metrics: Pick<MetricsSettings, "jobName">): Record<JobKey, string> {
    return {
        alertmanager: "alertmanager",
        alloy: "alloy",
        blackboxExporter: "blackbox-exporter",
        configReloader: "config-reloader",
        grafana: "grafana",
        kubeStateMetrics: "kube-state-metrics",
        kubelet: "kubelet",
        loki: "loki",
        lokiGateway: "loki-gateway",
        memcached: "memcached",
        nodeExporter: "node-exporter",
        prometheus: metrics.jobName,
        prometheusOperator: "prometheus-operator",
        telegraf: "telegraf",
        thanosCompact: "thanos-compact",
        thanosQuery: "thanos-query",
        thanosQueryFrontend: "thanos-query-frontend",
        thanosRule: "thanos-rule",
        thanosSidecar: "thanos-sidecar",
        thanosStore: "thanos-store",
        victoriaMetrics: "victoria-metrics",
    };
}

/** What decides which jobs there are. */
export type ScrapedSettings = Pick<AreaSettings, "alerting" | "collection" | "logs" | "longTerm" | "metrics">;

/** The jobs that a stack scrapes: a rule on any other would never fire, or with `absent()` always. */
export function scrapedJobs(settings: ScrapedSettings): ReadonlySet<JobKey> {
    const { alerting, collection, logs, longTerm, metrics } = settings;
    const thanos = longTerm.kind === "thanos";
    const scraped: Record<JobKey, boolean> = {
        alertmanager: alerting.kind === "alertmanager",
        alloy: collection.logs.kind === "alloy" && logs.kind !== "none",
        blackboxExporter: metrics.blackbox.enabled,
        configReloader: true,
        grafana: true,
        kubeStateMetrics: metrics.kubeStateMetrics.enabled,
        kubelet: metrics.kubelet,
        loki: logs.kind !== "none",
        lokiGateway: logs.kind === "simpleScalable",
        memcached: thanos && longTerm.caches.kind === "memcached",
        nodeExporter: metrics.nodeExporter.enabled,
        prometheus: true,
        prometheusOperator: true,
        telegraf: metrics.telegraf.enabled,
        thanosCompact: thanos && longTerm.compactor !== "none",
        thanosQuery: thanos,
        thanosQueryFrontend: thanos && longTerm.queryFrontend !== "none",
        thanosRule: thanos && longTerm.ruler !== "none",
        thanosSidecar: thanos,
        thanosStore: thanos,
        victoriaMetrics: metrics.victoriaMetrics.enabled,
    };
    return new Set((Object.keys(scraped) as JobKey[]).filter((job) => scraped[job]));
}
