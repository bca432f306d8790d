import type { MetricsSettings } from "./schema";
import { MEBI, parseBytes } from "./units";

/**
 * Share of Prometheus's volume for what its size cap counts: blocks, write-ahead log and chunks of the head. The rest is for
 * what is being written, such as a compacted block or a checkpoint.
 */
const CAP_SHARE = 0.85;

/** Size cap of the samples on Prometheus's disk, in bytes: the one given, or 85 % of the volume. */
export function retentionBytes(metrics: Pick<MetricsSettings, "retentionSize" | "volume">): number {
    return metrics.retentionSize === undefined
        ? parseBytes(metrics.volume.size) * CAP_SHARE
        : parseBytes(metrics.retentionSize);
}

/** Bytes of a volume whose size cap is above this many. */
export const volumeBytes = (counted: number) => counted / CAP_SHARE;

/** {@link retentionBytes} in the form that Prometheus takes, such as `2611MiB`. */
export function retentionSize(metrics: Pick<MetricsSettings, "retentionSize" | "volume">): string {
    const bytes = retentionBytes(metrics);
    return bytes % MEBI === 0 || bytes >= MEBI ? `${Math.floor(bytes / MEBI)}MiB` : `${Math.floor(bytes / 1024)}KiB`;
}
