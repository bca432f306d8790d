import type { AreaSettings } from "./schema";

/** Whether any part of the stack serves HTTPS to the API server. */
export function needsCertificates({ metrics, autoscaling }: Pick<AreaSettings, "metrics" | "autoscaling">): boolean {
    return metrics.operator.admissionWebhook.enabled || autoscaling.kind === "prometheusAdapter";
}

/** An authority outlives what it signs: it is valid this many times as long, and renewed when one such time is left. */
export const AUTHORITY_LIFETIMES = 3;
