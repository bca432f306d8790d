import type { RelabelingSettings } from "../schema/relabelings";

/** Series of a web application that alerts on its requests read. */
export interface RequestSeries {
    /** Histogram of the requests' durations in seconds, without `_bucket`. */
    readonly duration: string;
    /** Its label with the HTTP status. */
    readonly statusLabel: string;
    /** Its label with the path. */
    readonly pathLabel: string;
    /** Paths that probes and Prometheus itself call: no traffic. */
    readonly ignoredPaths: readonly string[];
    /** CPU seconds of a process, a counter. */
    readonly cpu: string;
    /** Memory of a process in bytes. */
    readonly memory: string;
}

/** Alerts that belong to an application, by the family of rules that has them: rules/applications. */
export type ApplicationFamily = "flask" | "kafka" | "redis" | "cnpg" | "cert-manager";

/** What is known of an application before a stack file says anything of it. */
export interface Preset {
    /** What it is, and which exporter tells of it, for docs. */
    readonly what: string;
    /** `service`: the pods behind its Services, as a ServiceMonitor; `pods`: its pods, as a PodMonitor. */
    readonly kind: "service" | "pods";
    /** Name of the port, or its number at the pods. */
    readonly port: string | number;
    /** @default "/metrics" */
    readonly path?: string;
    /** Labels of the pods or Services.  @default `app.kubernetes.io/name` with the application's name */
    readonly labels?: (name: string) => Readonly<Record<string, string>>;
    /** Samples that nobody needs.  @default every sample is taken */
    readonly metricRelabelings?: readonly RelabelingSettings[];
    /** @default no alerts of its own */
    readonly family?: ApplicationFamily;
    /** Only where the family reads requests. */
    readonly series?: RequestSeries;
}

const named = (name: string) => () => ({ "app.kubernetes.io/name": name });

/** What an exporter written in Go tells of itself: nothing about the application. */
const ownSeries: readonly RelabelingSettings[] = [
    { kind: "drop", sourceLabels: ["__name__"], regex: "(go|process|promhttp)_.*" },
];

/** An exporter for nginx, F5's or the agent's in a gateway's pod. */
const nginx = { kind: "pods", port: 9113, metricRelabelings: ownSeries } as const;

/** redis_exporter, which Valkey speaks to as well. */
const redis = { kind: "pods", port: 9121, metricRelabelings: ownSeries, family: "redis" } as const;

/**
 * Applications that Perch knows: the one table of how they are scraped. Ports are those of the exporters' defaults, and
 * where an application tells its own metrics, of that.
 */
export const presets = {
    engine: {
        what: "a service behind a Service, such as an Engine",
        kind: "service",
        port: "metrics",
        labels: (name) => ({ "app.kubernetes.io/name": name, "app.kubernetes.io/component": "engine" }),
    },
    flask: {
        what: "a Flask application with prometheus-flask-exporter",
        kind: "pods",
        port: 5000,
        family: "flask",
        // https://github.com/rycus86/prometheus_flask_exporter, prometheus_flask_exporter/__init__.py
        series: {
            duration: "flask_http_request_duration_seconds",
            statusLabel: "status",
            pathLabel: "path",
            ignoredPaths: ["/health", "/ready", "/metrics"],
            cpu: "process_cpu_seconds_total",
            memory: "process_resident_memory_bytes",
        },
    },
    nginx: { what: "nginx with nginx-prometheus-exporter beside it", ...nginx },
    nginxGateway: {
        what: "the nginx pods of NGINX Gateway Fabric 2",
        ...nginx,
        // `<release>-<GatewayClass>`, of its installation guide's names: all that the pods of every Gateway have in common.
        // https://github.com/nginx/nginx-gateway-fabric, NewNginxProvisioner in internal/controller/provisioner/provisioner.go
        labels: () => ({ "app.kubernetes.io/managed-by": "ngf-nginx" }),
    },
    valkey: { what: "Valkey with redis_exporter beside it", ...redis, labels: named("valkey") },
    redis: { what: "Redis with redis_exporter beside it", ...redis, labels: named("redis") },
    cnpg: {
        what: "PostgreSQL of the CloudNativePG operator, each instance",
        kind: "pods",
        port: "metrics",
        labels: () => ({ "cnpg.io/podRole": "instance" }),
        metricRelabelings: [{ kind: "drop", sourceLabels: ["__name__"], regex: "(go|promhttp)_.*" }],
        family: "cnpg",
    },
    postgresql: {
        what: "PostgreSQL with postgres_exporter beside it",
        kind: "pods",
        port: 9187,
        labels: named("postgresql"),
        metricRelabelings: ownSeries,
    },
    kafka: {
        what: "Kafka by kafka_exporter, as the chart prometheus-kafka-exporter runs it",
        kind: "pods",
        port: 9308,
        // https://github.com/prometheus-community/helm-charts, charts/prometheus-kafka-exporter/templates/deployment.yaml
        labels: () => ({ app: "prometheus-kafka-exporter" }),
        metricRelabelings: ownSeries,
        family: "kafka",
    },
    traefik: {
        what: "Traefik, as K3s and its chart run it",
        kind: "pods",
        port: "metrics",
        labels: named("traefik"),
        metricRelabelings: [{ kind: "drop", sourceLabels: ["__name__"], regex: "go_.*" }],
    },
    certManager: {
        what: "cert-manager, its controller",
        kind: "pods",
        port: 9402,
        labels: () => ({ "app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller" }),
        metricRelabelings: ownSeries,
        family: "cert-manager",
    },
    zitadel: { what: "Zitadel", kind: "pods", port: 8080, path: "/debug/metrics", labels: named("zitadel") },
    acdManager: {
        what: "the manager of ACD",
        kind: "pods",
        port: "metrics",
        labels: named("acd-manager"),
    },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as PresetName[];
