import type { MemcachedSettings } from "../schema";
import { MEBI, parseBytes } from "../units";

/** Share of memcached's memory for items; connections and the table of keys take the rest (Loki's chart: a fifth more). */
export const memcachedItemsShare = 0.8;

/** MiB that a memcached fills with items, of the memory that it requests. */
export function memcachedMegabytes({ resources }: Pick<MemcachedSettings, "resources">): number {
    return Math.floor((parseBytes(resources.requests.memory) * memcachedItemsShare) / MEBI);
}
