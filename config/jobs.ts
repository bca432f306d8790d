import { type ControlPlaneJob, controlPlaneJobs, shownAt } from "./platforms";
import type { AreaSettings, MetricsSettings } from "./schema";

/** What the stack scrapes of itself and of the cluster. */
export type JobKey =
    | ControlPlaneJob
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
    | "memcached"
    | "nodeExporter"
    | "prometheus"
    | "prometheusAdapter"
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
        admissionWebhook: "prometheus-operator-admission-webhook",
        alertmanager: "alertmanager",
        alloy: "alloy",
        apiServer: "apiserver",
        blackboxExporter: "blackbox-exporter",
        configReloader: "config-reloader",
        controllerManager: "kube-controller-manager",
        coreDns: "coredns",
        etcd: "etcd",
        grafana: "grafana",
        kubeStateMetrics: "kube-state-metrics",
        kubelet: "kubelet",
        kubeProxy: "kube-proxy",
        loki: "loki",
        lokiGateway: "loki-gateway",
        memcached: "memcached",
        nodeExporter: "node-exporter",
        prometheus: metrics.jobName,
        prometheusAdapter: "prometheus-adapter",
        prometheusOperator: "prometheus-operator",
        scheduler: "kube-scheduler",
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
export type ScrapedSettings = Pick<
    AreaSettings,
    "alerting" | "autoscaling" | "cluster" | "collection" | "logs" | "longTerm" | "metrics"
>;

/** What decides which components of Kubernetes are scraped. */
export interface ControlPlaneScraped {
    readonly cluster: Pick<AreaSettings["cluster"], "platform">;
    readonly metrics: Pick<AreaSettings["metrics"], "controlPlane" | "kubelet">;
}

/** Whether a component of Kubernetes is scraped: it is wanted, and what shows it is scraped. */
function isScraped({ cluster, metrics }: ControlPlaneScraped, job: ControlPlaneJob): boolean {
    const { controlPlane, kubelet } = metrics;
    const wanted = job === "etcd" ? controlPlane.etcd.kind !== "none" : controlPlane[job];
    return wanted && (shownAt(cluster, job) !== "kubelet" || kubelet);
}

/** The components of Kubernetes that a stack scrapes. */
export function scrapedControlPlane(settings: ControlPlaneScraped): ControlPlaneJob[] {
    return controlPlaneJobs.filter((job) => isScraped(settings, job));
}

/** Jobs whose series come in the answers of kubelets: they have no target, and so no `up`, of their own. */
export function jobsInKubelets({ cluster }: Pick<ControlPlaneScraped, "cluster">): ControlPlaneJob[] {
    return controlPlaneJobs.filter((job) => shownAt(cluster, job) === "kubelet");
}

/** The jobs that a stack scrapes: a rule on any other would never fire, or with `absent()` always. */
export function scrapedJobs(settings: ScrapedSettings): ReadonlySet<JobKey> {
    const { alerting, autoscaling, collection, logs, longTerm, metrics } = settings;
    const thanos = longTerm.kind === "thanos";
    const controlPlane = scrapedControlPlane(settings);
    const scraped: Record<Exclude<JobKey, ControlPlaneJob>, boolean> = {
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
        memcached: thanos && longTerm.caches.kind === "memcached",
        nodeExporter: metrics.nodeExporter.enabled,
        prometheus: true,
        prometheusAdapter: autoscaling.kind === "prometheusAdapter",
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
    const others = (Object.keys(scraped) as (keyof typeof scraped)[]).filter((job) => scraped[job]);
    return new Set<JobKey>([...others, ...controlPlane]);
}
