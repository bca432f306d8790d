import { KIND, isPlainObject } from "./schema/outline";

/**
 * `base` with what `override` says in its place: objects are merged field by field, lists and scalars are replaced, a
 * null takes the base's value away. A union whose kind changes starts anew: fields of one kind mean nothing in another.
 */
export function merge(base: unknown, override: unknown): unknown {
    if (override === undefined) {
        return base;
    }
    if (!isPlainObject(override)) {
        return override;
    }
    const kindChanges =
        isPlainObject(base) &&
        override[KIND] !== undefined &&
        base[KIND] !== undefined &&
        override[KIND] !== base[KIND];
    const start = isPlainObject(base) && !kindChanges ? base : {};
    const merged = new Map(Object.entries(start));
    for (const [key, value] of Object.entries(override)) {
        if (value === null) {
            merged.delete(key);
        } else {
            merged.set(key, merge(merged.get(key), value));
        }
    }
    return Object.fromEntries(merged);
}
