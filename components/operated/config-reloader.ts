import type { Resources } from "../../config/schema";
import type { Platform } from "../platform/platform";

/** What each config-reloader asks for: the sidecar that the operator puts beside every Prometheus and Alertmanager. */
export const configReloaderResources = {
    requests: { cpu: "10m", memory: "50Mi" },
    limits: { memory: "50Mi" },
} satisfies Resources;

/** Port of its metrics in the pod, and the port's name. */
export const configReloaderPort = { name: "reloader-web", port: 8080 };

/** Adds the config-reloaders of a workload that the operator makes to the stack's demand. */
export function countConfigReloaders(platform: Platform, workload: string, replicas: number): void {
    platform.capacity.add({
        workload: `${workload}/config-reloader`,
        replicas,
        requests: configReloaderResources.requests,
    });
}
