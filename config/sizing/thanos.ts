import { blockTimes, replacedBlocksStay } from "../blocks";
import type { MetricsSettings, ThanosSettings } from "../schema";
import { prometheusServers, shardsOf } from "../shards";
import { DAY, HOUR, MEBI, parseDuration } from "../units";
import { sampleBytes, type Assumed } from "./assumed";
import { memcachedItemsShare } from "./memcached";
import { gibibytes, memoryRequest } from "./quantities";
import { loadOfShard } from "./prometheus";
import type { Sizes } from "./sizes";

/** Go collects when the heap is twice what was alive (`GOGC=100`, Go's guide to its collector). */
const GARBAGE = 2;

/** Memory that a process takes without any load; our own. Bytes. */
const idle = { query: 128 * MEBI, frontend: 128 * MEBI, store: 256 * MEBI };

/** Shares of a store gateway's memory that its caches may fill; the rest is for the answers under way. */
export const storeMemoryShares = { index: 0.25, chunkPool: 0.25, bucket: 0.1 };

/** Share of a Query Frontend's memory for answers that it keeps; the rest is for those under way. */
export const frontendMemoryShare = 0.5;

/** Points of a graph: Grafana asks for about as many as its panel is wide. */
const POINTS = 1000;

/** Bytes of a point of an answer in a Query Frontend: its time and its value. */
const POINT_BYTES = 16;

/** The least memory of a memcached that is worth its while; our own. Bytes. */
const LEAST_CACHE = 512 * MEBI;

/** Thanos Query takes a resolution that is no coarser than this part of the step (`--query.auto-downsampling`). */
const STEP_SHARE = 5;

const resolutions = { fiveMinutes: 300_000, oneHour: HOUR };

/** The longest block that the Compactor makes. */
const LONGEST_BLOCK = 14 * DAY;

/** Disk of a store gateway for one block: 6 MB on average, up to 30 MB with many series (Thanos's page of Store). */
const INDEX_HEADER = 30e6;

/** Values that a chunk has of a downsampled sample: count, sum, least, most and counter. A query asks for one of them. */
const DOWNSAMPLED_VALUES = 5;

/**
 * Values of one series that a query up to this range reads: of downsampled samples where the graph's step allows it.
 *
 * @param values of a downsampled sample; undefined: there are none
 */
function valuesOfQuery(range: number, interval: number, values: number | undefined): number {
    const upTo = (resolution: number) => Math.min(range, resolution * STEP_SHARE * POINTS);
    const { fiveMinutes, oneHour } = resolutions;
    return values === undefined
        ? range / interval
        : Math.max(upTo(fiveMinutes) / interval, (values * upTo(oneHour)) / fiveMinutes, (values * range) / oneHour);
}

/** Bytes of the chunks that all queries at a time fetch, of every replica's copy. */
function chunkBytes({ queries, bytesPerSample }: Assumed, metrics: MetricsSettings, downsampled?: number): number {
    const interval = parseDuration(metrics.scrapeInterval);
    const samples = valuesOfQuery(parseDuration(queries.range), interval, downsampled);
    return queries.concurrent * queries.series * samples * bytesPerSample * metrics.replicas;
}

/**
 * Blocks in the bucket of one Prometheus: for each resolution one for two weeks of its retention; and those on their way
 * there, which are compacted to 8 hours, 2 days and 14 days, and stay as long as replaced blocks do. Those of 2 days have
 * a copy of 5 m.
 *
 * @returns undefined where a retention has no end
 */
function blocksInBucket(
    { retention }: Exclude<ThanosSettings["compactor"], "none">,
    { length }: { length: number },
): number | undefined {
    const kept = [retention.raw, retention.fiveMinutes, retention.oneHour];
    if (kept.includes("unlimited")) {
        return undefined;
    }
    const compacted = kept.reduce((sum, each) => sum + Math.ceil(parseDuration(each) / LONGEST_BLOCK), 0);
    const waiting = (until: number, span: number) => (until + replacedBlocksStay) / span;
    const ofTwoDays = waiting(LONGEST_BLOCK, 2 * DAY);
    return compacted + waiting(8 * HOUR, length) + waiting(2 * DAY, 8 * HOUR) + 2 * ofTwoDays;
}

/** Memory of a Query Frontend: the answers to all queries at a time, twice, beside the share for those that it keeps. */
function frontendBytes({ queries }: Assumed): number {
    const answers = queries.concurrent * queries.series * POINTS * POINT_BYTES;
    return (idle.frontend + GARBAGE * answers) / (1 - frontendMemoryShare);
}

/** Bytes that the Compactor's workspace has to hold: two weeks of blocks, and the block made of them (Thanos's page). */
function compactorBytes(samplesPerSecond: number, bytesPerSample: number): number {
    return 2 * (LONGEST_BLOCK / 1000) * samplesPerSecond * bytesPerSample;
}

/** Bytes below which the Compactor's workspace can't hold what it compacts, at the least byte a sample. */
export function leastWorkspace({ samplesPerSecond }: Pick<Assumed, "samplesPerSecond">, shards: number): number {
    return compactorBytes(samplesPerSecond / shards, sampleBytes.least);
}

/** A memcached of the bucket that holds these chunks, divided among its servers. */
function bucketCache(chunks: number, caches: Extract<ThanosSettings["caches"], { kind: "memcached" }>) {
    const { replicas, resources } = caches.bucket;
    const memory = Math.max(LEAST_CACHE, chunks / replicas / memcachedItemsShare);
    return { kind: caches.kind, bucket: { resources: { requests: { memory: memoryRequest(memory, resources) } } } };
}

/**
 * Thanos: the chunks of all queries at a time fit into a Store's chunk pool, and those of all its replicas twice into Query; a Store's volume holds
 * 30 MB of index for each block, the Compactor's two weeks of blocks twice; a Query Frontend holds their answers twice, and
 * a memcached of the bucket their chunks once. No formula is known for their CPU, for the Compactor's memory, for the other
 * caches, for the Ruler, and for the volume of a Store of data without end.
 */
export function thanosSizes(load: Assumed, thanos: ThanosSettings, metrics: MetricsSettings): Sizes["longTerm"] {
    const { compactor, queryFrontend, caches } = thanos;
    const chunksOf = (values: number) => chunkBytes(load, metrics, compactor === "none" ? undefined : values);
    const chunks = chunksOf(DOWNSAMPLED_VALUES);
    // It asks each replica of a Store, and has all their answers before it drops what is the same.
    const answers = chunksOf(1) * thanos.store.replicas;
    const blocks = compactor === "none" ? undefined : blocksInBucket(compactor, blockTimes(metrics));
    // It compacts the blocks of one Prometheus at a time.
    const ofShard = loadOfShard(load, shardsOf(metrics));
    const memory = { query: idle.query + GARBAGE * answers, store: chunks / storeMemoryShares.chunkPool };
    return {
        kind: "thanos",
        query: { resources: { requests: { memory: memoryRequest(memory.query, thanos.query.resources) } } },
        ...(queryFrontend === "none"
            ? {}
            : {
                  queryFrontend: {
                      resources: { requests: { memory: memoryRequest(frontendBytes(load), queryFrontend.resources) } },
                  },
              }),
        ...(caches.kind === "memory" ? {} : { caches: bucketCache(chunks, caches) }),
        store: {
            resources: {
                requests: { memory: memoryRequest(Math.max(idle.store, memory.store), thanos.store.resources) },
            },
            ...(blocks === undefined
                ? {}
                : { volume: { size: gibibytes(prometheusServers(metrics) * blocks * INDEX_HEADER) } }),
        },
        ...(compactor === "none"
            ? {}
            : {
                  compactor: {
                      volume: { size: gibibytes(compactorBytes(ofShard.samplesPerSecond, load.bytesPerSample)) },
                  },
              }),
    };
}
