import { blockTimes, longestBlock } from "../blocks";
import { volumeBytes } from "../retention";
import type { MetricsSettings } from "../schema";
import { shardsOf } from "../shards";
import { KIBI, MEBI, parseBytes, parseDuration } from "../units";
import { measured, sampleBytes, type Assumed } from "./assumed";
import { cpuRequest, gibibytes, memoryRequest } from "./quantities";
import type { Sizes } from "./sizes";

/**
 * Bytes of a sample in the write-ahead log: a value of 8, differences of time and series of 1 to 2 each, and half of
 * that after compression ("you can expect the WAL size to be halved", Prometheus's documentation).
 */
const walSampleBytes = { plain: 12, compressed: 6 };

/**
 * Memory of a series in the head: 3 to 4 KiB. Queries and the replay of the write-ahead log take half of it again; the
 * 6 GB that Red Hat measured at 911,000 series agree.
 */
const seriesBytes = { least: 3 * KIBI, most: 4 * KIBI };
const QUERY_AND_REPLAY = 1.5;

/** What Prometheus takes without any load: millicores and bytes; our own. */
const idle = { cpu: 100, memory: 200 * MEBI };

/**
 * What one Prometheus is to carry at most: 30 GiB of memory and nine cores by the formulas below. Own: beyond it a start,
 * which replays the write-ahead log, takes too long.
 */
const most = { series: 5_000_000, samplesPerSecond: 250_000 };

/** A shard's load above an even share: targets differ in size, and their hashes fall unevenly. Own. */
const UNEVEN = 1.2;

/** Shards of Prometheus for a load. */
export function shardsFor({ series, samplesPerSecond }: Pick<Assumed, "series" | "samplesPerSecond">): number {
    return Math.ceil(Math.max(series / most.series, samplesPerSecond / most.samplesPerSecond));
}

/** The load of one of some shards. */
export function loadOfShard(load: Assumed, shards: number): Assumed {
    const share = (amount: number) => (shards === 1 ? amount : Math.ceil((amount / shards) * UNEVEN));
    return { ...load, series: share(load.series), samplesPerSecond: share(load.samplesPerSecond) };
}

/** Bytes of samples over some milliseconds. */
const bytesOver = (time: number, { samplesPerSecond }: Pick<Assumed, "samplesPerSecond">, bytesPerSample: number) =>
    (time / 1000) * samplesPerSecond * bytesPerSample;

/**
 * Bytes of Prometheus's blocks: retention x samples a second x bytes a sample (Prometheus's documentation). A block goes as a
 * whole, once its end is past the retention; and the size cap counts a compacted block beside those that it replaces.
 *
 * https://github.com/prometheus/prometheus/blob/v3.13.2/tsdb/db.go, `reloadBlocks` and `BeyondSizeRetention`
 */
function blockBytes(load: Assumed, metrics: Pick<MetricsSettings, "retention" | "blockLength">): number {
    const longest = longestBlock(metrics);
    const compacted = longest > blockTimes(metrics).length ? longest : 0;
    return bytesOver(parseDuration(metrics.retention) + longest + compacted, load, load.bytesPerSample);
}

/** Bytes of the head on disk, each of up to two blocks' time: the write-ahead log, and chunks that are full. */
function headBytes(load: Assumed, metrics: Pick<MetricsSettings, "blockLength" | "walCompression">): number {
    const walBytes = metrics.walCompression ? walSampleBytes.compressed : walSampleBytes.plain;
    return bytesOver(2 * blockTimes(metrics).length, load, walBytes + load.bytesPerSample);
}

/**
 * Prometheus: a core for 30,000 samples a second, 6 KiB of memory a series, and a volume whose size cap is above all that the
 * cap counts: time is what ends the blocks.
 */
export function prometheusSizes(load: Assumed, metrics: MetricsSettings): NonNullable<Sizes["metrics"]> {
    const cpu = idle.cpu + (1000 * load.samplesPerSecond) / measured.samplesPerCore;
    const head = load.series * seriesBytes.most * QUERY_AND_REPLAY;
    const { resources } = metrics;
    return {
        resources: {
            requests: { cpu: cpuRequest(cpu, resources), memory: memoryRequest(idle.memory + head, resources) },
        },
        volume: { size: gibibytes(volumeBytes(blockBytes(load, metrics) + headBytes(load, metrics))) },
    };
}

/** Series for which Prometheus has memory, by its request. */
export function seriesInMemory({ resources }: Pick<MetricsSettings, "resources">): number {
    const head = parseBytes(resources.requests.memory) - idle.memory;
    return Math.max(1, Math.floor(head / (seriesBytes.most * QUERY_AND_REPLAY)));
}

/** Bytes of memory below which the head alone, at its smallest, doesn't fit; of an even share of the series. */
export function leastMemory({ series }: Pick<Assumed, "series">, shards: number): number {
    return (series / shards) * seriesBytes.least;
}

/** Bytes of blocks below which the retention doesn't fit, at the least byte a sample; of an even share of the samples. */
export function leastBlocks(
    load: Pick<Assumed, "samplesPerSecond">,
    metrics: Pick<MetricsSettings, "retention" | "shards">,
): number {
    return ((parseDuration(metrics.retention) / 1000) * load.samplesPerSecond * sampleBytes.least) / shardsOf(metrics);
}
