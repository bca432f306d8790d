import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Section } from "../panels";
import { orZero, rate, type Select } from "./promql";
import { up } from "./up";

/** Whether every node's log lines are collected. */
export function alloy(select: Select): Section {
    return {
        title: "Alloy",
        numbers: [
            up(select, "alloy", 1, { title: "Agents up", description: "Nodes whose agent answers a scrape" }),
            {
                title: "Agents down",
                description: "Nodes whose logs aren't collected right now",
                unit: units.Short,
                queries: [{ expr: orZero(`count(${select("up", "alloy")} == 0)`), legend: "down" }],
                limits: { good: "low", bad: 1 },
            },
            {
                title: "Dropped lines",
                description:
                    "Lines given up in the last hour, after all retries or for a reason that a retry can't mend",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(`sum(increase(${select("loki_write_dropped_entries_total", "alloy")}[1h]))`),
                        legend: "lines",
                    },
                ],
                limits: { good: "low", bad: 1 },
            },
            {
                title: "Unhealthy components",
                description: "Parts of an agent's pipeline that report trouble",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(
                            `sum(${select("alloy_component_controller_running_components", "alloy", `health_type!="healthy"`)})`,
                        ),
                        legend: "components",
                    },
                ],
                limits: { good: "low", bad: 1 },
            },
        ],
        graphs: [
            {
                title: "Lines sent",
                description: "Lines that Loki has confirmed, by agent",
                unit: units.MessagesPerSecond,
                queries: [
                    {
                        expr: `sum by (pod) (${rate(select("loki_write_sent_entries_total", "alloy"))})`,
                        legend: "{{pod}}",
                    },
                ],
            },
            {
                title: "Retries",
                description: "Batches sent again: Loki is away or refuses for a limit",
                unit: units.CountsPerSecond,
                queries: [
                    {
                        expr: `sum by (pod) (${rate(select("loki_write_batch_retries_total", "alloy"))})`,
                        legend: "{{pod}}",
                    },
                ],
            },
            {
                title: "Dropped lines, by reason",
                description: "ingester_error is an outage longer than all retries",
                unit: units.MessagesPerSecond,
                queries: [
                    {
                        expr: `sum by (reason) (${rate(select("loki_write_dropped_entries_total", "alloy"))})`,
                        legend: "{{reason}}",
                    },
                ],
            },
        ],
    };
}
