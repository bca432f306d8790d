import type { LokiSettings } from "../../config/schema";

/** A part of a Loki: the whole in one process, or one of the three roles. */
export type LokiTarget = "all" | "write" | "read" | "backend";

/** Name of the workload, its Service and its ServiceAccount. */
export function lokiObjectName(target: LokiTarget): string {
    return target === "all" ? "loki" : `loki-${target}`;
}

/** ServiceAccounts of the pods that use the bucket: those that a role must trust. */
export function lokiServiceAccounts(settings: LokiSettings): string[] {
    const targets: LokiTarget[] = settings.kind === "single" ? ["all"] : ["write", "read", "backend"];
    return targets.map(lokiObjectName);
}
