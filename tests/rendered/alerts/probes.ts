import type { AlertName } from "../../../config/alerts";
import { flat, grow, type Labels, namespace, ofPod, type Pair, type Series, series, slope } from "./series";

const site = { job: "site", namespace, instance: "https://example.com" };
const probed = (metric: string, values: string): Series => series(metric, site, values);

/** Time of promtool's tests begins at 0: a certificate that is valid for these seconds when the test looks, after 2 hours. */
const validFor = (seconds: number) => [probed("probe_ssl_earliest_cert_expiry", flat(7200 + seconds))];

const day = 86_400;

const probes = {
    ProbeFailed: {
        labels: site,
        fires: [probed("probe_success", flat(0))],
        // Of somebody else's probes the stack says nothing.
        quiet: [probed("probe_success", flat(1)), series("probe_success", { ...site, job: "other" }, flat(0))],
    },
    ProbeSlow: {
        labels: site,
        fires: [probed("probe_duration_seconds", flat(4))],
        quiet: [probed("probe_duration_seconds", flat(2))],
    },
    ProbeCertificateExpiration: { labels: site, fires: validFor(20 * day), quiet: validFor(22 * day) },
    ProbeCertificateExpirationCritical: { labels: site, fires: validFor(2 * day), quiet: validFor(4 * day) },
} satisfies Partial<Record<AlertName, Pair>>;

const pod = "victoria-metrics-0";
const server = ofPod("victoriaMetrics", pod);
const serverPod: Labels = { namespace, pod };

const disk = (free: number) => [
    server("vm_free_disk_space_bytes", flat(free), { path: "/storage" }),
    ...["storage/small", "indexdb/file"].map((type) => server("vm_data_size_bytes", flat(40), { type })),
];

const inserts = (slow: number) => [
    server("vm_slow_row_inserts_total", grow(slow)),
    server("vm_rows_inserted_total", grow(60), { type: "promremotewrite" }),
    server("vm_rows_inserted_total", grow(40), { type: "prometheus" }),
];

const counted = (metric: string, labels: Labels): Pair => ({
    labels: { ...serverPod, ...labels },
    fires: [server(metric, slope(0, 5), labels)],
    quiet: [server(metric, flat(7), labels)],
});

const servers = {
    VictoriaMetricsDown: {
        labels: { namespace },
        fires: [server("up", flat(0))],
        quiet: [server("up", flat(1))],
    },
    VictoriaMetricsDiskFillingUp: { labels: serverPod, fires: disk(10), quiet: disk(30) },
    VictoriaMetricsReadOnly: {
        labels: serverPod,
        fires: [server("vm_storage_is_read_only", flat(1), { path: "/storage" })],
        quiet: [server("vm_storage_is_read_only", flat(0), { path: "/storage" })],
    },
    VictoriaMetricsRowsIgnored: counted("vm_rows_ignored_total", { reason: "too_many_labels" }),
    VictoriaMetricsSlowInserts: { labels: serverPod, fires: inserts(8), quiet: inserts(4) },
    VictoriaMetricsRequestErrors: counted("vm_http_request_errors_total", { path: "/api/v1/write" }),
    BlackboxExporterDown: {
        labels: { namespace },
        fires: [],
        quiet: [ofPod("blackboxExporter", "blackbox-exporter-0")("up", flat(1))],
    },
} satisfies Partial<Record<AlertName, Pair>>;

/** What is probed, VictoriaMetrics and the blackbox exporter. */
export const probesAndServers = { ...probes, ...servers };
