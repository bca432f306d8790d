import * as units from "@grafana/grafana-foundation-sdk/units";
import type { LokiSettings } from "../../config/schema";
import type { NumberArgs, PanelArgs, Section } from "../panels";
import { orZero, rate, type Select } from "./promql";
import { up } from "./up";

function processes(settings: LokiSettings): number {
    return settings.kind === "single"
        ? 1
        : settings.write.replicas + settings.read.replicas + settings.backend.replicas;
}

function gatewaysUp(select: Select, replicas: number): NumberArgs {
    const texts = { title: "Gateways up", description: "Gateways whose nginx answers its exporter" };
    return up(select, "lokiGateway", replicas, texts, "nginx_up");
}

function gatewayRequests(select: Select): PanelArgs {
    return {
        title: "Gateway requests",
        description: "Requests that the gateways take in, those of their probes included",
        unit: units.RequestsPerSecond,
        queries: [
            { expr: `sum by (pod) (${rate(select("nginx_http_requests_total", "lokiGateway"))})`, legend: "{{pod}}" },
        ],
    };
}

/** Whether log lines arrive, are kept and leave in time. */
export function loki(select: Select, settings: LokiSettings): Section {
    const requests = (matchers?: string) =>
        `sum(${rate(select("loki_request_duration_seconds_count", "loki", matchers))})`;
    return {
        title: "Loki",
        numbers: [
            up(select, "loki", processes(settings), {
                title: "Loki processes up",
                description: "Loki processes that answer a scrape, of all roles",
            }),
            ...(settings.kind === "single" ? [] : [gatewaysUp(select, settings.gateway.replicas)]),
            {
                title: "Request errors",
                description: "Share of requests that Loki itself failed to answer",
                unit: units.PercentUnit,
                queries: [{ expr: orZero(`${requests(`status_code=~"5.."`)} / ${requests()}`), legend: "errors" }],
                limits: { good: "low", warn: 0.001, bad: 0.01 },
            },
            {
                title: "Discarded lines",
                description: "Lines that Loki refused in the last hour, for a limit or for their age",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(`sum(increase(${select("loki_discarded_samples_total", "loki")}[1h]))`),
                        legend: "lines",
                    },
                ],
                limits: { good: "low", warn: 1, bad: 1000 },
            },
            {
                title: "Active streams",
                description: "Combinations of labels with fresh lines",
                unit: units.SiShort,
                queries: [{ expr: `sum(${select("loki_ingester_memory_streams", "loki")})`, legend: "streams" }],
            },
            {
                title: "Bytes received",
                description: "Log text that the distributors take in",
                unit: units.BytesPerSecondIEC,
                queries: [
                    {
                        expr: orZero(`sum(${rate(select("loki_distributor_bytes_received_total", "loki"))})`),
                        legend: "bytes",
                    },
                ],
            },
            {
                title: "Last retention run",
                description:
                    "Time since the Compactor last deleted what is past its retention; it runs every few minutes",
                unit: units.Seconds,
                queries: [
                    {
                        expr: `time() - max(${select(
                            "loki_compactor_apply_retention_last_successful_run_timestamp_seconds",
                            "loki",
                        )} > 0)`,
                        legend: "age",
                    },
                ],
                limits: { good: "low", warn: 7200, bad: 86_400 },
                noValue: "none yet",
            },
        ],
        graphs: [
            ...(settings.kind === "single" ? [] : [gatewayRequests(select)]),
            {
                title: "Chunks flushed",
                description: "Chunks that the writers put into the store, by why they were closed",
                unit: units.CountsPerSecond,
                queries: [
                    {
                        expr: `sum by (reason) (${rate(select("loki_ingester_chunks_flushed_total", "loki"))})`,
                        legend: "{{reason}}",
                    },
                ],
            },
            {
                title: "Requests, by status",
                description: "Requests that Loki's processes answer, those among themselves included",
                unit: units.RequestsPerSecond,
                queries: [
                    {
                        expr: `sum by (status_code) (${rate(select("loki_request_duration_seconds_count", "loki"))})`,
                        legend: "{{status_code}}",
                    },
                ],
            },
            {
                title: "Discarded lines, by reason",
                description: "rate_limited and per_stream_rate_limit call for a higher limit or a quieter application",
                unit: units.MessagesPerSecond,
                queries: [
                    {
                        expr: `sum by (reason) (${rate(select("loki_discarded_samples_total", "loki"))})`,
                        legend: "{{reason}}",
                    },
                ],
            },
        ],
    };
}
