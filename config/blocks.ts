import type { MetricsSettings } from "./schema";
import { DAY, formatDuration, parseDuration } from "./units";

/** The block length that Prometheus, Thanos's sidecar and its Compactor are made for. Milliseconds. */
export const usualBlockLength = 2 * 3_600_000;

/** How long the Compactor leaves a block that it has replaced, so that every store gateway notices. Milliseconds. */
export const replacedBlocksStay = 48 * 3_600_000;

/** Shares of a block's length: with the usual one they are Thanos's own 30, 15 and 5 minutes. */
const shares = { consistencyDelay: 1 / 4, storeSync: 1 / 8, listingKept: 1 / 24 };

/** What follows from the length of the blocks. */
export interface BlockTimes {
    /** Time from one block of a Prometheus to its next. Milliseconds. */
    readonly length: number;
    /** Age below which the Compactor leaves a block alone, as Thanos's flags take it. */
    readonly consistencyDelay: string;
    /** How often a store gateway looks for new blocks, as Thanos's flags take it. */
    readonly storeSync: string;
    /** How long a store gateway's cache has the list of blocks, as Thanos's files take it: it sees no block earlier. */
    readonly listingKept: string;
}

/** What Thanos has to know of Prometheus's blocks. */
export interface Blocks extends BlockTimes {
    /** Whether those of one Prometheus may overlap: late samples are blocks of their own. */
    readonly overlap: boolean;
}

/** Times by which Thanos works with blocks of this length. */
export function blockTimes({ blockLength }: Pick<MetricsSettings, "blockLength">): BlockTimes {
    const length = parseDuration(blockLength);
    return {
        length,
        consistencyDelay: formatDuration(length * shares.consistencyDelay),
        storeSync: formatDuration(length * shares.storeSync),
        listingKept: formatDuration(length * shares.listingKept),
    };
}

/**
 * Length of the longest block that a Prometheus compacts its own to, in milliseconds: each of ten steps is three times the one
 * before it, up to a tenth of the retention and 31 days.
 *
 * https://github.com/prometheus/prometheus/blob/v3.13.2/cmd/prometheus/main.go, "Max block size settings"
 */
export function longestBlock(metrics: Pick<MetricsSettings, "retention" | "blockLength">): number {
    const { length } = blockTimes(metrics);
    const most = Math.min(parseDuration(metrics.retention) / 10, 31 * DAY);
    const steps = Array.from({ length: 10 }, (_, step) => length * 3 ** step);
    return steps.filter((step) => step <= most).at(-1) ?? length;
}

/** Blocks as these settings make them. */
export function blocksOf(metrics: Pick<MetricsSettings, "blockLength" | "outOfOrderTimeWindow">): Blocks {
    return { ...blockTimes(metrics), overlap: parseDuration(metrics.outOfOrderTimeWindow) > 0 };
}
