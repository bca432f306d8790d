import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";

/** A dashboard and where Grafana shows it. */
export interface ProvisionedDashboard {
    /** File and ConfigMap name, a DNS label: contract, as its uid is. */
    readonly name: string;
    /** Folder in Grafana. */
    readonly folder: string;
    readonly dashboard: Dashboard;
}
