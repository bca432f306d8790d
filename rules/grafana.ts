import type { RuleContext } from "./context";
import { shareOfRate } from "./promql";
import type { AlertRule, RuleGroup } from "./types";

/** Handlers that pass a query on: what fails there is mostly the query or the data source. */
const passedOn = "/api/datasources/proxy/:id.*|/api/datasources/uid/:uid/resources.*|/api/ds/query";

function requestsFailing({ own, threshold }: RuleContext): AlertRule {
    const counter = "grafana_http_request_duration_seconds_count";
    const failed = own("grafana", `handler!~"${passedOn}",status_code=~"5.."`);
    const all = own("grafana", `handler!~"${passedOn}"`);
    return {
        alert: "GrafanaRequestsFailing",
        expr: `${shareOfRate(counter, failed, all, "namespace, handler")} > ${threshold("GrafanaRequestsFailing")}`,
        for: "5m",
        severity: "warning",
        summary: "Grafana fails at {{ $value | humanizePercentage }} of the requests to {{ $labels.handler }}",
        description:
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.handler }} of Grafana in " +
            "{{ $labels.namespace }} end in a server error.",
    };
}

function alloyDroppingLogs({ own }: RuleContext): AlertRule {
    const dropped = `increase(loki_write_dropped_entries_total{${own("alloy")}}[15m])`;
    // A new pod reads once more what the kubelet has, and Loki refuses what of it is too old: known lines, most of them.
    const settled = `time() - process_start_time_seconds{${own("alloy")}} > 1800`;
    return {
        alert: "AlloyDroppingLogs",
        expr: `sum by (namespace, pod, reason) (${dropped}) > 0 and on (namespace, pod) (${settled})`,
        for: "5m",
        severity: "warning",
        summary: "The log agent {{ $labels.pod }} drops log lines: {{ $labels.reason }}",
        description:
            "{{ $labels.pod }} in {{ $labels.namespace }} dropped {{ $value | humanize }} log lines in 15 minutes, reason " +
            "{{ $labels.reason }}. They are lost.",
    };
}

/** Grafana, and the log agents that feed it. */
export function grafana(context: RuleContext): RuleGroup[] {
    const requests = "grafana_http_request_duration_seconds_count";
    return [
        {
            name: "grafana-recordings",
            rules: [
                {
                    record: `namespace_job_handler_statuscode:${requests}:rate5m`,
                    expr: `sum by (namespace, job, handler, status_code) (rate(${requests}{${context.own("grafana")}}[5m]))`,
                },
            ],
        },
        { name: "grafana", rules: [requestsFailing(context)] },
        { name: "alloy", rules: context.scrapes("alloy") ? [alloyDroppingLogs(context)] : [] },
    ];
}
