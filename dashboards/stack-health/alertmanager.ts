import * as units from "@grafana/grafana-foundation-sdk/units";
import type { AlertmanagerSettings } from "../../config/schema";
import type { Section } from "../panels";
import { orZero, rate, type Select } from "./promql";
import { up } from "./up";

/** Whether alerts are told. */
export function alertmanager(select: Select, { replicas }: AlertmanagerSettings): Section {
    return {
        title: "Alertmanager",
        numbers: [
            up(select, "alertmanager", replicas, {
                title: "Alertmanagers up",
                description: "Alertmanagers that answer a scrape; any one of them still notifies",
            }),
            {
                title: "Cluster members",
                description: "Fewest peers that any of them sees; fewer than there are means duplicate notifications",
                unit: units.Short,
                queries: [
                    { expr: `min(${select("alertmanager_cluster_members", "alertmanager")})`, legend: "members" },
                ],
                limits: { good: "high", ...(replicas > 1 ? { warn: replicas } : {}), bad: 1 },
            },
            {
                title: "Failed notifications",
                description: "Notifications that failed in the last hour; each is tried again",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(
                            `sum(increase(${select("alertmanager_notifications_failed_total", "alertmanager")}[1h]))`,
                        ),
                        legend: "failures",
                    },
                ],
                limits: { good: "low", bad: 1 },
            },
            {
                title: "Configuration loaded",
                description: "Whether every Alertmanager runs on its latest configuration",
                unit: units.BoolYesNo,
                queries: [
                    {
                        expr: `min(${select("alertmanager_config_last_reload_successful", "alertmanager")})`,
                        legend: "loaded",
                    },
                ],
                limits: { good: "high", bad: 1 },
            },
        ],
        graphs: [
            {
                title: "Notifications",
                description: "Notifications sent, by integration",
                unit: units.MessagesPerSecond,
                queries: [
                    {
                        expr: `sum by (integration) (${rate(select("alertmanager_notifications_total", "alertmanager"))})`,
                        legend: "{{integration}}",
                    },
                ],
            },
            {
                title: "Failures",
                description: "Notifications that failed, by integration and reason",
                unit: units.MessagesPerSecond,
                queries: [
                    {
                        expr: `sum by (integration, reason) (${rate(
                            select("alertmanager_notifications_failed_total", "alertmanager"),
                        )})`,
                        legend: "{{integration}} {{reason}}",
                    },
                ],
            },
            {
                title: "Alerts",
                description: "Alerts by state, as the Alertmanager that knows most of them sees it",
                unit: units.Short,
                queries: [
                    { expr: `max by (state) (${select("alertmanager_alerts", "alertmanager")})`, legend: "{{state}}" },
                ],
            },
        ],
    };
}
