import type { MetricsSettings } from "./schema";

type Shards = Pick<MetricsSettings, "shards">;

/** Shards of Prometheus: one where nothing is said. */
export function shardsOf({ shards }: Shards): number {
    return shards ?? 1;
}

/** Whether the targets are divided among several Prometheus, of which none sees all series. */
export function isSharded(settings: Shards): boolean {
    return shardsOf(settings) > 1;
}

/** Prometheus servers of all shards together. */
export function prometheusServers(settings: Shards & Pick<MetricsSettings, "replicas">): number {
    return shardsOf(settings) * settings.replicas;
}
