import { stringify } from "yaml";
import type { BlockTimes } from "../../config/blocks";
import type { ThanosSettings } from "../../config/schema";
import { frontendMemoryShare, storeMemoryShares as shares } from "../../config/sizing";
import type { StoreShard } from "../../config/store-shards";
import { parseBytes } from "../../config/units";
import type { Memcached } from "../cache";
import { type Endpoint, hostOf, srvOf } from "../workload/endpoint";

type Compactor = Exclude<ThanosSettings["compactor"], "none">;

/**
 * Whom Thanos Query asks (`--endpoint.sd-config-file`): every pod behind the headless Services, found by SRV records and
 * asked one by one, so that a single one that fails is seen and the other's answer still counts.
 *
 * @param others servers outside the cluster, as the file has them
 */
export function endpointsYaml(storeApis: readonly Endpoint[], others: readonly object[] = []): string {
    return stringify({
        endpoints: [...storeApis.map((endpoint) => ({ address: `dnssrv+${srvOf(endpoint)}` })), ...others],
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

/** What a cache's clients know of its memcached; undefined: the cache is in the process's own memory. */
export type SharedCache = Pick<Memcached, "endpoint" | "maxItemSize"> | undefined;

/** Cache of what is read of the blocks' indexes (`--index-cache.config-file`). */
export function indexCacheYaml(memory: string, shared?: SharedCache): string {
    return stringify(cache(cacheSizes(memory).index, shared));
}

/**
 * Cache of what is read of the bucket beside the index (`--store.caching-bucket.config-file`). What it keeps of the list of
 * blocks, and of those whose upload hasn't ended, is as old as one look for new blocks to the next allows.
 */
export function bucketCacheYaml(memory: string, blocks: BlockTimes, shared?: SharedCache): string {
    return stringify({
        ...cache(cacheSizes(memory).bucket, shared),
        blocks_iter_ttl: blocks.listingKept,
        metafile_doesnt_exist_ttl: blocks.storeSync,
    });
}

/**
 * Cache of answers (`--query-range.response-cache-config-file`, and the same for labels): both in one memcached, or each
 * in the process's own memory.
 */
export function responseCacheYaml(memory: string, shared?: SharedCache): string {
    const size = megabytes((parseBytes(memory) * frontendMemoryShare) / 2);
    return stringify(
        shared === undefined
            ? { type: "IN-MEMORY", config: { max_size: `${size}MiB`, validity: keptFor } }
            : { type: "MEMCACHED", config: { ...memcachedClient(shared), expiration: keptFor } },
    );
}

/** How a Query Frontend calls Thanos Query: Go's own limit of two idle connections would make it open new ones all the time. */
export function tripperYaml(): string {
    return stringify({ max_idle_conns_per_host: 100 });
}

function cache(size: number, shared: SharedCache) {
    return shared === undefined
        ? // An item may not be larger than the cache; the default is above what a small gateway has.
          { type: "IN-MEMORY", config: { max_size: `${size}MiB`, max_item_size: `${Math.min(size, 16)}MiB` } }
        : { type: "MEMCACHED", config: memcachedClient(shared) };
}

/**
 * How each replica of a memcached is found and asked. The SRV records' names are taken as they are: sorted, they give a key
 * the same replica whatever addresses the pods have (Thanos's page of Store). Figures are those of that page, but for
 * requests that are divided, which else would be one of any length.
 */
function memcachedClient({ endpoint, maxItemSize }: NonNullable<SharedCache>) {
    return {
        addresses: [`dnssrvnoa+${srvOf(endpoint)}`],
        timeout: "500ms",
        max_idle_connections: 100,
        max_async_concurrency: 20,
        max_async_buffer_size: 10_000,
        max_item_size: `${maxItemSize}B`,
        max_get_multi_concurrency: 100,
        max_get_multi_batch_size: 100,
        dns_provider_update_interval: "10s",
        // A memcached that doesn't answer is left alone for a while, and fills no queue.
        set_async_circuit_breaker_config: {
            enabled: true,
            half_open_max_requests: 10,
            open_duration: "5s",
            min_requests: 50,
            consecutive_failures: 5,
            failure_percent: 0.05,
        },
    };
}

/** Which blocks a store gateway takes up (`--selector.relabel-config-file`): those of its remainder. */
export function hashShardYaml({ index, count }: Extract<StoreShard, { kind: "hash" }>): string {
    return stringify([
        { action: "hashmod", source_labels: ["__block_id"], target_label: "shard", modulus: count },
        { action: "keep", source_labels: ["shard"], regex: String(index) },
    ]);
}

/** Whom a Ruler evaluates its rules with (`--query.config-file`). By `dns+` Thanos looks it up, and counts that. */
export function rulerQueryYaml(query: Endpoint): string {
    return stringify([{ scheme: "http", static_configs: [`dns+${hostOf(query)}:${query.port}`] }]);
}

/** Whom a Ruler sends its alerts to (`--alertmanagers.config-file`): each of them, by the one API that Alertmanager has. */
export function rulerAlertmanagersYaml(alertmanagers: Endpoint): string {
    return stringify({
        alertmanagers: [
            {
                scheme: "http",
                static_configs: [`dnssrv+${srvOf(alertmanagers)}`],
                timeout: "10s",
                // Thanos's own default is v1, which no Alertmanager knows any more.
                api_version: "v2",
            },
        ],
    });
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
