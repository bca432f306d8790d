import { hasRuler, type LoadSettings } from "../schema";
import { isPlainObject } from "../schema/outline";
import { shardsOf } from "../shards";
import { assumedLoad, type Assumed } from "./assumed";
import { logsSizes } from "./logs";
import { loadOfShard, prometheusSizes, shardsFor } from "./prometheus";
import type { Sized, Sizes } from "./sizes";
import { thanosSizes } from "./thanos";

/** What follows from `perch:load`; setting by its path. */
export interface Sizing {
    readonly assumed: Assumed;
    /** What the load asks for. */
    readonly computed: Readonly<Record<string, string | number>>;
    /** What the stack file gives in place of that. */
    readonly given: Readonly<Record<string, unknown>>;
}

/** What a load asks for, in the form of a stack file; nothing where {@link assumedLoad} tells nothing. */
export function sizesFor(load: LoadSettings, areas: Sized): Sizes {
    const assumed = assumedLoad(load, areas);
    const logs = load.logsPerDay === undefined ? undefined : logsSizes(load.logsPerDay, areas.logs);
    return {
        ...(assumed === undefined ? {} : sizesOfMetrics(assumed, areas)),
        ...(logs === undefined ? {} : { logs }),
    };
}

function sizesOfMetrics(assumed: Assumed, { metrics, longTerm }: Sized): Sizes {
    // Without a Ruler there can't be more than one.
    const shards = metrics.shards ?? (hasRuler({ longTerm }) ? shardsFor(assumed) : 1);
    const ofShard = prometheusSizes(loadOfShard(assumed, shards), metrics);
    return {
        metrics: shards === shardsOf(metrics) ? ofShard : { ...ofShard, shards },
        ...(longTerm.kind === "none" ? {} : { longTerm: thanosSizes(assumed, longTerm, { ...metrics, shards }) }),
    };
}

/** Leaves of sizes by their paths, without the kinds that only say where they belong. */
function leaves(value: unknown, path: readonly string[] = []): [path: readonly string[], value: string | number][] {
    return isPlainObject(value)
        ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
        : (typeof value === "string" && path.at(-1) !== "kind") || typeof value === "number"
          ? [[path, value]]
          : [];
}

/** What was assumed for a load, what follows, and where the settings say otherwise; undefined where nothing follows. */
export function sizingOf(load: LoadSettings, sizes: Sizes, settings: Sized): Sizing | undefined {
    const assumed = assumedLoad(load, settings);
    if (assumed === undefined) {
        return undefined;
    }
    const computed = leaves(sizes);
    const given = computed.flatMap(([path, value]): [string, unknown][] => {
        const actual = path.reduce<unknown>((at, key) => (isPlainObject(at) ? at[key] : undefined), settings);
        return actual === value ? [] : [[path.join("."), actual]];
    });
    return {
        assumed,
        computed: Object.fromEntries(computed.map(([path, value]) => [path.join("."), value])),
        given: Object.fromEntries(given),
    };
}

export { assumedLoad, hasTimes, type Assumed } from "./assumed";
export { memcachedMegabytes } from "./memcached";
export { leastBlocks, leastMemory, seriesInMemory } from "./prometheus";
export { gibibytes } from "./quantities";
export type { Sized, Sizes } from "./sizes";
export { frontendMemoryShare, leastWorkspace, storeMemoryShares } from "./thanos";
