import type { MetricsSettings } from "./schema";
import { MEBI, parseBytes } from "./units";

/** Share of Prometheus's volume for its blocks; the rest is for the write-ahead log and for compaction. */
const BLOCKS_SHARE = 0.85;

/** Size cap of the samples on Prometheus's disk, in bytes: the one given, or 85 % of the volume. */
export function retentionBytes(metrics: Pick<MetricsSettings, "retentionSize" | "volume">): number {
    return metrics.retentionSize === undefined
        ? parseBytes(metrics.volume.size) * BLOCKS_SHARE
        : parseBytes(metrics.retentionSize);
}

/** {@link retentionBytes} in the form that Prometheus takes, such as `2611MiB`. */
export function retentionSize(metrics: Pick<MetricsSettings, "retentionSize" | "volume">): string {
    const bytes = retentionBytes(metrics);
    return bytes % MEBI === 0 || bytes >= MEBI ? `${Math.floor(bytes / MEBI)}MiB` : `${Math.floor(bytes / 1024)}KiB`;
}
