import { blockTimes } from "../blocks";
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

/** Blocks' room again for their indexes and for compaction: the 20 % that Red Hat adds. */
const DISK_HEADROOM = 1.2;

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

/**
 * Bytes of Prometheus's blocks: retention x samples a second x bytes a sample (Prometheus's documentation), and two
 * blocks more, as a block goes as a whole and its upload may be late.
 */
function blockBytes(
    { samplesPerSecond, bytesPerSample }: Pick<Assumed, "samplesPerSecond" | "bytesPerSample">,
    metrics: Pick<MetricsSettings, "retention" | "blockLength">,
): number {
    const kept = parseDuration(metrics.retention) + 2 * blockTimes(metrics).length;
    return (kept / 1000) * samplesPerSecond * bytesPerSample;
}

/** Bytes of the write-ahead log, which has up to two blocks' time in it. */
function walBytes(
    { samplesPerSecond }: Assumed,
    metrics: Pick<MetricsSettings, "blockLength" | "walCompression">,
): number {
    const sampleBytes = metrics.walCompression ? walSampleBytes.compressed : walSampleBytes.plain;
    return ((2 * blockTimes(metrics).length) / 1000) * samplesPerSecond * sampleBytes;
}

/**
 * Prometheus: a core for 30,000 samples a second, 6 KiB of memory a series, and a volume for blocks, 20 % and the
 * write-ahead log. The size cap, 85 % of the volume, is above the blocks then: time is what ends them.
 */
export function prometheusSizes(load: Assumed, metrics: MetricsSettings): NonNullable<Sizes["metrics"]> {
    const cpu = idle.cpu + (1000 * load.samplesPerSecond) / measured.samplesPerCore;
    const head = load.series * seriesBytes.most * QUERY_AND_REPLAY;
    const { resources } = metrics;
    return {
        resources: {
            requests: { cpu: cpuRequest(cpu, resources), memory: memoryRequest(idle.memory + head, resources) },
        },
        volume: { size: gibibytes(blockBytes(load, metrics) * DISK_HEADROOM + walBytes(load, metrics)) },
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
