import type { MetricsSettings } from "./schema";

/** Whether the targets are divided among several Prometheus, of which none sees all series. */
export function isSharded({ shards }: Pick<MetricsSettings, "shards">): boolean {
    return shards > 1;
}

/** Prometheus servers of all shards together. */
export function prometheusServers({ shards, replicas }: Pick<MetricsSettings, "shards" | "replicas">): number {
    return shards * replicas;
}
