import { storeName } from "../../config/store-shards";

/** Names of Thanos's workloads: also of their Services and ServiceAccounts. */
export const thanosNames = {
    query: "thanos-query",
    queryFrontend: "thanos-query-frontend",
    /** Without shards. */
    store: storeName({ kind: "all" }),
    compact: "thanos-compact",
    ruler: "thanos-ruler",
} as const;

/** Names of the memcached of each of Thanos's caches. */
export const cacheNames = {
    index: "thanos-index-cache",
    bucket: "thanos-bucket-cache",
    responses: "thanos-response-cache",
} as const;
