import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const server = "VictoriaMetrics in {{ $labels.namespace }}";

/** The sum of a metric by server. */
const byPod = (metric: string, selector: string) => `sum by (namespace, pod) (${metric}{${selector}})`;

function disk(selector: string, { threshold }: RuleContext): AlertRule[] {
    const free = byPod("vm_free_disk_space_bytes", selector);
    const used = byPod("vm_data_size_bytes", selector);
    return [
        {
            alert: "VictoriaMetricsDiskFillingUp",
            expr: `${free} / (${free} + ${used}) < ${threshold("VictoriaMetricsDiskFillingUp")}`,
            for: "30m",
            severity: "warning",
            summary: "The disk of VictoriaMetrics has {{ $value | humanizePercentage }} left",
            description:
                `The disk of ${server} has {{ $value | humanizePercentage }} left: it merges its files badly then, and ` +
                "takes nothing more when it is full.",
        },
        {
            alert: "VictoriaMetricsReadOnly",
            expr: `max by (namespace, pod) (vm_storage_is_read_only{${selector}}) == 1`,
            for: "1m",
            severity: "critical",
            summary: "VictoriaMetrics takes no samples: its disk is full",
            description:
                `${server} takes no samples, for its disk is full. Prometheus keeps them for as long as its write-ahead log ` +
                "reaches back, some two hours; then they are lost.",
        },
    ];
}

function samples(selector: string, { threshold }: RuleContext): AlertRule[] {
    const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}{${selector}}[5m]))`;
    return [
        {
            alert: "VictoriaMetricsRowsIgnored",
            expr: `sum by (namespace, pod, reason) (increase(vm_rows_ignored_total{${selector}}[15m])) > 0`,
            for: "15m",
            severity: "warning",
            summary: "VictoriaMetrics ignores samples: {{ $labels.reason }}",
            description:
                `${server} ignored {{ $value | humanize }} samples in 15 minutes, reason {{ $labels.reason }}: they are ` +
                "lost.",
        },
        {
            alert: "VictoriaMetricsSlowInserts",
            expr:
                `${rate("vm_slow_row_inserts_total", "namespace, pod")} / ` +
                `${rate("vm_rows_inserted_total", "namespace, pod")} > ${threshold("VictoriaMetricsSlowInserts")}`,
            for: "15m",
            severity: "warning",
            summary: "VictoriaMetrics inserts {{ $value | humanizePercentage }} of its samples slowly",
            description:
                `${server} looks up the series of {{ $value | humanizePercentage }} of its samples on the disk: they don't ` +
                "fit into its memory any more, or many are new.",
        },
        {
            alert: "VictoriaMetricsRequestErrors",
            expr: `sum by (namespace, pod, path) (increase(vm_http_request_errors_total{${selector}}[5m])) > 0`,
            for: "15m",
            severity: "warning",
            summary: "VictoriaMetrics fails at requests to {{ $labels.path }}",
            description: `${server} failed at {{ $value | humanize }} requests to {{ $labels.path }} in 5 minutes.`,
        },
    ];
}

/** VictoriaMetrics: whether it is there, takes what it is sent and has room for it. */
export function victoriaMetrics(context: RuleContext): RuleGroup[] {
    const { own, scrapes, settings } = context;
    if (!scrapes("victoriaMetrics")) {
        return [];
    }
    const selector = own("victoriaMetrics");
    const down: AlertRule = {
        alert: "VictoriaMetricsDown",
        expr: `absent(up{${selector}} == 1)`,
        for: "5m",
        severity: "critical",
        labels: { namespace: settings.platform.namespace },
        summary: "VictoriaMetrics doesn't answer",
        description:
            "VictoriaMetrics can't be scraped: nobody can query the series that are kept there, and after some two hours " +
            "samples are lost.",
    };
    return [{ name: "victoria-metrics", rules: [down, ...disk(selector, context), ...samples(selector, context)] }];
}
