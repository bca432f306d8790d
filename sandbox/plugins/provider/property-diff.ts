import { isDeepStrictEqual } from "node:util";
import { type PropertyDiff, type PropertyMap, type PropertyValue, Secret, Unknown } from "./types";

/** Why two values of one property differ: the path and what happened there. */
export interface Difference {
    path: string;
    kind: "add" | "delete" | "update";
}

function child(path: string, key: string): string {
    return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}["${key.replaceAll('"', '\\"')}"]`;
}

function isMap(value: PropertyValue | undefined): value is PropertyMap {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Secret) &&
        !(value instanceof Unknown)
    );
}

/** Differences between two values, leaf by leaf. A secret equals its plain value; an unknown equals nothing. */
export function differences(
    path: string,
    before: PropertyValue | undefined,
    after: PropertyValue | undefined,
): Difference[] {
    const old = before instanceof Secret ? before.value : before;
    const now = after instanceof Secret ? after.value : after;
    if (old === undefined || now === undefined) {
        return old === now ? [] : [{ path, kind: old === undefined ? "add" : "delete" }];
    }
    if (Array.isArray(old) && Array.isArray(now)) {
        return Array.from({ length: Math.max(old.length, now.length) }, (_, index) =>
            differences(`${path}[${index}]`, old[index], now[index]),
        ).flat();
    }
    if (isMap(old) && isMap(now)) {
        return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
            differences(child(path, key), old[key], now[key]),
        );
    }
    const same = !(now instanceof Unknown) && isDeepStrictEqual(old, now);
    return same ? [] : [{ path, kind: "update" }];
}

/** The engine's form of {@link differences}, all of one property. */
export function toDetailedDiff(found: Difference[], replaces: boolean): Record<string, PropertyDiff> {
    return Object.fromEntries(
        found.map(({ path, kind }) => [path, { kind: replaces ? `${kind}-replace` : kind, inputDiff: true }] as const),
    );
}
