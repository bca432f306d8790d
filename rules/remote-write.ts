import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const server = "Prometheus {{ $labels.pod }} in {{ $labels.namespace }}";
const to = "{{ $labels.remote_name }}";

/** What Prometheus writes to other servers, and to the stack's own VictoriaMetrics. */
export function remoteWrite({ own, settings, threshold }: RuleContext): RuleGroup[] {
    const { remoteWrite: servers, victoriaMetrics } = settings.metrics;
    if (Object.keys(servers).length === 0 && !victoriaMetrics.enabled) {
        return [];
    }
    const metric = (name: string) => `prometheus_remote_storage_${name}{${own("prometheus")}}`;
    const rate = (name: string) => `rate(${metric(name)}[5m])`;
    const highest = (name: string) => `max_over_time(${metric(name)}[5m])`;
    const failed = rate("samples_failed_total");
    const rules: AlertRule[] = [
        {
            alert: "PrometheusRemoteStorageFailures",
            expr: `${failed} / (${failed} + ${rate("samples_total")}) > ${threshold("PrometheusRemoteStorageFailures")}`,
            for: "15m",
            severity: "critical",
            summary: `Prometheus {{ $labels.pod }} fails to write to ${to}`,
            description:
                `${server} fails at {{ $value | humanizePercentage }} of the samples that it writes to ${to}, and doesn't ` +
                "try them again: they are lost there.",
        },
        {
            alert: "PrometheusRemoteWriteBehind",
            expr:
                // Of what this queue was given: a server that gets few series isn't behind when there is none to send.
                `${highest("queue_highest_timestamp_seconds")} - ${highest("queue_highest_sent_timestamp_seconds")} ` +
                `> ${threshold("PrometheusRemoteWriteBehind")}`,
            for: "15m",
            severity: "critical",
            summary: `Prometheus {{ $labels.pod }} is {{ $value | humanizeDuration }} behind with ${to}`,
            description:
                `What ${server} writes to ${to} is {{ $value | humanizeDuration }} old. What is older than its write-ahead ` +
                "log, some two hours, is lost there.",
        },
        {
            alert: "PrometheusRemoteWriteDesiredShards",
            expr: `${highest("shards_desired")} > ${highest("shards_max")}`,
            for: "15m",
            severity: "warning",
            summary: `Prometheus {{ $labels.pod }} may not write to ${to} as fast as it has to`,
            description:
                `${server} would need {{ $value | humanize }} calls at once to write to ${to} all that there is, which is ` +
                "more than it may make.",
        },
    ];
    return [{ name: "prometheus-remote-write", rules }];
}
