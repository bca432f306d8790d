import type { AlertName } from "../../../config/alerts";
import { applicationsOf, type ApplicationFamily } from "../../../config/applications";
import { flat, grow, histogram, type Labels, ofJob, type Pair, type Series, series, settings } from "./series";

/** The one application of a family: its job, its namespace and the label of its alerts. */
function subject(family: ApplicationFamily) {
    const found = applicationsOf(settings.applications).find((one) => one.family === family);
    if (found === undefined) {
        throw new Error(`no application of family ${family}`);
    }
    const { job, name, target } = found;
    const labels = { job, namespace: target.namespace ?? "" };
    return {
        labels: { ...labels, application: name },
        make: (metric: string, values: string, more: Labels = {}): Series =>
            series(metric, { ...labels, ...more }, values),
    };
}

const shop = subject("flask");
const kafkas = subject("kafka");
const caches = subject("redis");
const databases = subject("cnpg");
const certificates = subject("cert-manager");
const node = ofJob("nodeExporter", { instance: "a" });

const pod = { pod: "shop-0" };
const up = (values: string) => shop.make("up", values, pod);
const requests = (values: string, status: string, path = "/urls") =>
    shop.make("flask_http_request_duration_seconds_count", values, { ...pod, status, path });
/** Probes answer well whatever users get. */
const probes = requests(grow(600), "200", "/health");

const errors = (bad: number, good: number): Pair => ({
    labels: shop.labels,
    fires: [requests(grow(bad), "500"), requests(grow(100 - bad), "200"), probes],
    quiet: [requests(grow(good), "500"), requests(grow(100 - good), "200"), requests(grow(90), "404"), probes],
});

const durations = (last: number) => [
    ...histogram(
        (metric, values, labels) => shop.make(metric, values, { ...pod, status: "200", path: "/urls", ...labels }),
        "flask_http_request_duration_seconds",
        [0.5, 1, 5],
        last,
    ),
    shop.make("flask_http_request_duration_seconds_bucket", grow(6000), { ...pod, path: "/ready", le: "0.5" }),
    shop.make("flask_http_request_duration_seconds_bucket", grow(6000), { ...pod, path: "/ready", le: "+Inf" }),
];

const ofProcess = (metric: string, bad: string, good: string): Pair => ({
    labels: { ...shop.labels, ...pod },
    fires: [shop.make(metric, bad, pod)],
    quiet: [shop.make(metric, good, pod)],
});

const group = { consumergroup: "selection-input", topic: "selections" };
/** Two partitions, each told of by two exporters. */
const lag = (each: number) =>
    ["0", "1"].flatMap((partition) =>
        ["exporter-0", "exporter-1"].map((pod) =>
            kafkas.make("kafka_consumergroup_lag", flat(each), { ...group, partition, pod }),
        ),
    );

const backends = (active: number) => [
    databases.make("cnpg_backends_total", flat(active), { pod: "db-1", state: "active" }),
    databases.make("cnpg_backends_total", flat(20), { pod: "db-1", state: "idle" }),
    databases.make("cnpg_pg_settings_setting", flat(200), { pod: "db-1", name: "max_connections" }),
    databases.make("cnpg_pg_settings_setting", flat(16), { pod: "db-1", name: "max_worker_processes" }),
];

const certificate = { exported_namespace: "web", name: "shop" };
/** An alert about it; the label of the rule comes last. */
const ofCertificate = { ...certificates.labels, ...certificate, namespace: "web" };
const certificateEnds = (values: string, labels: Labels = certificate) =>
    certificates.make("certmanager_certificate_expiration_timestamp_seconds", values, labels);
const certificateReady = (ready: boolean) =>
    ["True", "False", "Unknown"].map((condition) =>
        certificates.make("certmanager_certificate_ready_status", flat((condition === "True") === ready ? 1 : 0), {
            ...certificate,
            condition,
        }),
    );

/** What makes each alert on an application fire, and what nearly does. */
export const applications = {
    ServiceDown: {
        labels: { ...shop.labels, ...pod },
        fires: [up(flat(0))],
        quiet: [up(flat(1))],
    },
    HighErrorRate: errors(6, 4),
    HighErrorRateCritical: errors(30, 20),
    HighLatency: { labels: shop.labels, fires: durations(2), quiet: durations(1) },
    HighCPUUsage: {
        labels: { job: "node-exporter", instance: "a" },
        fires: [node("node_cpu_seconds_total", grow(3), { cpu: "0", mode: "idle" })],
        quiet: [node("node_cpu_seconds_total", grow(9), { cpu: "0", mode: "idle" })],
    },
    HighAppCPU: ofProcess("process_cpu_seconds_total", grow(54), grow(42)),
    HighMemory: ofProcess("process_resident_memory_bytes", flat(513e6), flat(511e6)),
    NoRequests: {
        labels: shop.labels,
        fires: [up(flat(1)), requests(flat(9), "200"), probes],
        quiet: [up(flat(1)), requests(grow(1), "200"), probes],
    },
    KafkaConsumerLag: { labels: { ...kafkas.labels, ...group }, fires: lag(501), quiet: lag(499) },
    RedisDown: {
        labels: { ...caches.labels, pod: "cache-0" },
        fires: [caches.make("redis_up", flat(0), { pod: "cache-0" })],
        quiet: [caches.make("redis_up", flat(1), { pod: "cache-0" })],
    },
    // Looked at from the epoch on; one that was never issued is another alert's.
    CertManagerCertificateExpiration: {
        labels: ofCertificate,
        fires: [certificateEnds(flat(1_209_000))],
        quiet: [certificateEnds(flat(1_218_000)), certificateEnds(flat(0), { ...certificate, name: "new" })],
    },
    CertManagerCertificateNotReady: {
        labels: ofCertificate,
        fires: certificateReady(false),
        quiet: certificateReady(true),
    },
    CNPGConnectionsNearLimit: {
        labels: { ...databases.labels, pod: "db-1" },
        fires: backends(145),
        quiet: backends(135),
    },
} satisfies Partial<Record<AlertName, Pair>>;
