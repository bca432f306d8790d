import { stackHealth, type StackHealthSettings } from "./stack-health";
import type { ProvisionedDashboard } from "./types";

export type { ProvisionedDashboard } from "./types";

/** Every dashboard that the settings call for. */
export function dashboards(settings: StackHealthSettings): ProvisionedDashboard[] {
    return [stackHealth(settings)];
}
