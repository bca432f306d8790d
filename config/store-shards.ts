import type { ThanosSettings } from "./schema";

type Shards = ThanosSettings["store"]["shards"];

/** Which blocks of the bucket a shard of store gateways has. */
export type StoreShard =
    | { readonly kind: "all" }
    /** Those whose name's hash has this remainder. */
    | { readonly kind: "hash"; readonly index: number; readonly count: number }
    /** Those with samples younger than `oldest` and older than `youngest`; undefined: whatever age. */
    | { readonly kind: "time"; readonly index: number; readonly youngest?: string; readonly oldest?: string };

/** The shards of a bucket: every block is in one of them, for each begins where the one before ends. */
export function storeShards(shards: Shards): [StoreShard, ...StoreShard[]] {
    switch (shards.kind) {
        case "none":
            return [{ kind: "all" }];
        case "hash":
            return numbered(shards.count, (index) => ({ kind: "hash", index, count: shards.count }));
        case "time":
            return numbered(shards.ages.length + 1, (index) => ({
                kind: "time",
                index,
                youngest: shards.ages[index - 1],
                oldest: shards.ages[index],
            }));
    }
}

function numbered(count: number, shard: (index: number) => StoreShard): [StoreShard, ...StoreShard[]] {
    return [shard(0), ...Array.from({ length: count - 1 }, (_, index) => shard(index + 1))];
}

/** Name of a shard's store gateways, their Service and their ServiceAccount; `thanos-store` where there is only one. */
export function storeName(shard: StoreShard): string {
    return `thanos-store${shardSuffix(shard)}`;
}

/** What a shard's name ends with; nothing where there is only one. */
export function shardSuffix(shard: StoreShard): string {
    return shard.kind === "all" ? "" : `-${shard.index}`;
}
