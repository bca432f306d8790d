import { stringify } from "yaml";
import type { ProvisionedDashboard } from "../../dashboards/types";
import type { ConfigFiles } from "../workload/files";
import { folders } from "./folders";

/** `Perch system` as a folder name and an identifier: `perch-system`. */
function slug(text: string): string {
    return text
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
}

/** One provider for each folder that Grafana shows. */
export function renderDashboardProviders(dashboards: readonly ProvisionedDashboard[]): string {
    const titles = [...new Set(dashboards.map(({ folder }) => folder))];
    const providers = titles.map((folder) => ({
        name: slug(folder),
        folder,
        folderUid: slug(folder),
        type: "file",
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: `${folders.dashboards}/${slug(folder)}` },
    }));
    return stringify({ apiVersion: 1, providers }, { lineWidth: 0 });
}

/** A ConfigMap for each dashboard, below its provider's folder; Grafana notices a change by itself. */
export function dashboardFiles(dashboards: readonly ProvisionedDashboard[]): ConfigFiles[] {
    return dashboards.map(({ name, folder, dashboard }) => ({
        name: `grafana-dashboard-${name}`,
        mountPath: `${folders.dashboards}/${slug(folder)}/${name}`,
        files: { [`${name}.json`]: JSON.stringify(dashboard) },
        reloads: true,
    }));
}
