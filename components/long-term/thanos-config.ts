import { stringify } from "yaml";
import type { ThanosSettings } from "../../config/schema";
import { frontendMemoryShare, storeMemoryShares as shares } from "../../config/sizing";
import { parseBytes } from "../../config/units";
import { type Endpoint, srvOf } from "../workload/endpoint";

type Compactor = Exclude<ThanosSettings["compactor"], "none">;

/**
 * Whom Thanos Query asks (`--endpoint.sd-config-file`): every pod behind the headless Services, found by SRV records and
 * asked one by one, so that a single one that fails is seen and the other's answer still counts.
 */
export function endpointsYaml(storeApis: readonly Endpoint[]): string {
    return stringify({
        endpoints: storeApis.map((endpoint) => ({ address: `dnssrv+${srvOf(endpoint)}` })),
    });
}

/** How long an answer may be used again. */
const keptFor = "24h";

const megabytes = (bytes: number) => Math.floor(bytes / 2 ** 20);

/** Sizes of a store gateway's caches in MiB. Thanos's own chunk pool is 2 GB, whatever the pod has. */
export function cacheSizes(memory: string): { index: number; chunkPool: number; bucket: number } {
    const bytes = parseBytes(memory);
    return {
        index: megabytes(bytes * shares.index),
        chunkPool: megabytes(bytes * shares.chunkPool),
        bucket: megabytes(bytes * shares.bucket),
    };
}

/** A cache in the process's own memory (`--index-cache.config-file`). */
export function indexCacheYaml(memory: string): string {
    return stringify(inMemory(cacheSizes(memory).index));
}

/** Cache of what is read of the bucket beside the index (`--store.caching-bucket.config-file`). */
export function bucketCacheYaml(memory: string): string {
    return stringify(inMemory(cacheSizes(memory).bucket));
}

/**
 * Cache of answers (`--query-range.response-cache-config-file`, and the same for labels): each of the two in the
 * process's own memory.
 */
export function responseCacheYaml(memory: string): string {
    const size = megabytes((parseBytes(memory) * frontendMemoryShare) / 2);
    return stringify({ type: "IN-MEMORY", config: { max_size: `${size}MiB`, validity: keptFor } });
}

/** How a Query Frontend calls Thanos Query: Go's own limit of two idle connections would make it open new ones all the time. */
export function tripperYaml(): string {
    return stringify({ max_idle_conns_per_host: 100 });
}

function inMemory(size: number) {
    // An item may not be larger than the cache; the default is above what a small gateway has.
    return { type: "IN-MEMORY", config: { max_size: `${size}MiB`, max_item_size: `${Math.min(size, 16)}MiB` } };
}

/** Flags that delete what is old, resolution by resolution; `0d` is Thanos's word for never. */
export function retentionFlags({ retention }: Pick<Compactor, "retention">): string[] {
    const value = (duration: string) => (duration === "unlimited" ? "0d" : duration);
    return [
        `--retention.resolution-raw=${value(retention.raw)}`,
        `--retention.resolution-5m=${value(retention.fiveMinutes)}`,
        `--retention.resolution-1h=${value(retention.oneHour)}`,
    ];
}
