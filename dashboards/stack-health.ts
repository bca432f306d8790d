import {
    DashboardBuilder,
    DashboardCursorSync,
    DatasourceVariableBuilder,
    QueryVariableBuilder,
    RowBuilder,
    VariableRefresh,
    VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { jobNames } from "../config/jobs";
import type { AreaSettings } from "../config/schema";
import { chosenDatasource, panelsOf, type Section } from "./panels";
import { alertmanager } from "./stack-health/alertmanager";
import { alloy } from "./stack-health/alloy";
import { grafana } from "./stack-health/grafana";
import { loki } from "./stack-health/loki";
import { prometheus } from "./stack-health/prometheus";
import { selector } from "./stack-health/promql";
import { resources } from "./stack-health/resources";
import { thanos } from "./stack-health/thanos";
import type { ProvisionedDashboard } from "./types";

/** What of the settings the dashboard follows from. */
export type StackHealthSettings = Pick<
    AreaSettings,
    "platform" | "metrics" | "longTerm" | "logs" | "collection" | "alerting"
>;

/** The rows for what is on, in the order in which data flows. */
export function stackHealthSections(settings: StackHealthSettings): Section[] {
    const jobs = jobNames(settings.metrics);
    const select = selector(jobs);
    const { longTerm, logs, collection, alerting, metrics } = settings;
    return [
        prometheus(select, metrics),
        ...(longTerm.kind === "none" ? [] : [thanos(select, jobs, { metrics, longTerm })]),
        ...(logs.kind === "none" ? [] : [loki(select, logs)]),
        ...(collection.logs.kind === "none" ? [] : [alloy(select)]),
        ...(alerting.kind === "none" ? [] : [alertmanager(select, alerting)]),
        grafana(select),
        ...(metrics.kubelet ? [resources(settings, select)] : []),
    ];
}

/**
 * The stack's own health: one row for each part that is on.
 *
 * The variable `cluster` also matches series without that label: Prometheus adds it only to what leaves it.
 */
export function stackHealth(settings: StackHealthSettings): ProvisionedDashboard {
    const builder = new DashboardBuilder("Perch: health of the monitoring stack")
        .uid("perch-stack-health")
        .description("Whether metrics, logs and alerts arrive, are kept and can be asked for")
        .tags(["perch"])
        .readonly()
        .timezone("browser")
        .time({ from: "now-6h", to: "now" })
        .refresh("1m")
        .tooltip(DashboardCursorSync.Crosshair)
        .withVariable(
            new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus").current({
                text: "default",
                value: "default",
            }),
        )
        .withVariable(
            new QueryVariableBuilder("cluster")
                .label("Cluster")
                .datasource(chosenDatasource)
                .query(`label_values(up{job="${jobNames(settings.metrics).prometheus}"}, cluster)`)
                .refresh(VariableRefresh.OnTimeRangeChanged)
                .sort(VariableSort.AlphabeticalAsc)
                .includeAll(true)
                .allValue(".*")
                .current({ text: "All", value: "$__all" }),
        );
    for (const section of stackHealthSections(settings)) {
        builder.withRow(new RowBuilder(section.title));
        panelsOf(section).forEach((panel) => builder.withPanel(panel));
    }
    const dashboard = builder.build();
    // A link to a panel names its number.
    dashboard.panels?.forEach((panel, index) => (panel.id = index + 1));
    return { name: "stack-health", folder: "Perch", dashboard };
}
