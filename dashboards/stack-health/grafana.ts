import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Section } from "../panels";
import { rate, type Select } from "./promql";

/** Whether Grafana and its data sources answer. */
export function grafana(select: Select): Section {
    return {
        title: "Grafana",
        numbers: [],
        graphs: [
            {
                title: "Requests, by status",
                description: "Requests that Grafana answers",
                unit: units.RequestsPerSecond,
                queries: [
                    {
                        expr: `sum by (status_code) (${rate(
                            select("grafana_http_request_duration_seconds_count", "grafana"),
                        )})`,
                        legend: "{{status_code}}",
                    },
                ],
            },
            {
                title: "Slow requests",
                description: "How long all but the slowest hundredth of the requests take",
                unit: units.Seconds,
                queries: [
                    {
                        expr: `histogram_quantile(0.99, sum by (le) (${rate(
                            select("grafana_http_request_duration_seconds_bucket", "grafana"),
                        )}))`,
                        legend: "p99",
                    },
                ],
            },
            {
                title: "Data source requests",
                description: "What Grafana asks of its data sources, and how they answer",
                unit: units.RequestsPerSecond,
                queries: [
                    {
                        expr: `sum by (datasource, code) (${rate(select("grafana_datasource_request_total", "grafana"))})`,
                        legend: "{{datasource}} {{code}}",
                    },
                ],
            },
        ],
    };
}
