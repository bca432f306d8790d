import * as units from "@grafana/grafana-foundation-sdk/units";
import type { MetricsSettings } from "../../config/schema";
import type { Section } from "../panels";
import { increase, orZero, rate, type Select } from "./promql";
import { up } from "./up";

/** Whether samples arrive and rules are evaluated. */
export function prometheus(select: Select, { replicas }: MetricsSettings): Section {
    return {
        title: "Prometheus",
        numbers: [
            up(select, "prometheus", replicas, {
                title: "Prometheus up",
                description: "Prometheus servers that answer a scrape",
            }),
            {
                title: "Targets down",
                description: "Targets, of the stack or of applications, whose latest scrape failed",
                unit: units.Short,
                queries: [{ expr: orZero(`count(up{cluster=~"$cluster"} == 0)`), legend: "down" }],
                limits: { good: "low", bad: 1 },
            },
            {
                title: "Rule failures",
                description: "Rule evaluations that failed: an alert that can't be evaluated never fires",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(
                            `sum(${increase(select("prometheus_rule_evaluation_failures_total", "prometheus"))})`,
                        ),
                        legend: "failures",
                    },
                ],
                limits: { good: "low", bad: 1 },
            },
            {
                title: "Alerts not delivered",
                description: "Alerts that Prometheus failed to hand to an Alertmanager",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(`sum(${increase(select("prometheus_notifications_errors_total", "prometheus"))})`),
                        legend: "errors",
                    },
                ],
                limits: { good: "low", bad: 1 },
            },
            {
                title: "Head series",
                description: "Series in memory; memory grows with them, by some 3 to 8 KiB each",
                unit: units.SiShort,
                queries: [{ expr: `max(${select("prometheus_tsdb_head_series", "prometheus")})`, legend: "series" }],
                limits: { good: "low", warn: 1_000_000, bad: 2_000_000 },
            },
            {
                title: "Blocks on disk",
                description: "Size of the blocks of the fullest server, without the write-ahead log",
                unit: units.BytesIEC,
                queries: [
                    { expr: `max(${select("prometheus_tsdb_storage_blocks_bytes", "prometheus")})`, legend: "size" },
                ],
            },
        ],
        graphs: [
            {
                title: "Ingestion",
                description: "Samples that each server takes in",
                unit: units.CountsPerSecond,
                queries: [
                    {
                        expr: `sum by (pod) (${rate(select("prometheus_tsdb_head_samples_appended_total", "prometheus"))})`,
                        legend: "{{pod}}",
                    },
                ],
            },
            {
                title: "Series in memory",
                description: "A steep rise is a label with too many values",
                unit: units.SiShort,
                queries: [
                    {
                        expr: `sum by (pod) (${select("prometheus_tsdb_head_series", "prometheus")})`,
                        legend: "{{pod}}",
                    },
                ],
            },
            {
                title: "Targets down, by job",
                description: "Which jobs have targets that can't be scraped",
                unit: units.Short,
                queries: [{ expr: `count by (job) (up{cluster=~"$cluster"} == 0)`, legend: "{{job}}" }],
            },
        ],
    };
}
