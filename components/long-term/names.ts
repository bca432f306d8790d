import { shardSuffix, type StoreShard } from "../../config/store-shards";

/** Names of Thanos's workloads: also of their Services and ServiceAccounts. */
export const thanosNames = {
    query: "thanos-query",
    queryFrontend: "thanos-query-frontend",
    store: "thanos-store",
    compact: "thanos-compact",
    ruler: "thanos-ruler",
} as const;

/** Name of a shard's store gateways; without shards, {@link thanosNames.store}. */
export const storeName = (shard: StoreShard) => `${thanosNames.store}${shardSuffix(shard)}`;

/** Names of the memcached of each of Thanos's caches. */
export const cacheNames = {
    index: "thanos-index-cache",
    bucket: "thanos-bucket-cache",
    responses: "thanos-response-cache",
} as const;
