import { Unknown } from "../provider/types";

/** JSON of Kubernetes, without secret marks; in a preview parts of it may be unknown. */
export type Plain = null | boolean | number | string | Unknown | Plain[] | PlainMap;

export interface PlainMap {
    [key: string]: Plain;
}

/** Identity of a kind; the core group is the empty string. */
export interface GroupVersionKind {
    group: string;
    version: string;
    kind: string;
}

/** Names of the annotations by which a program steers the provider. */
export const annotations = {
    autonamed: "pulumi.com/autonamed",
    skipAwait: "pulumi.com/skipAwait",
    waitFor: "pulumi.com/waitFor",
    timeoutSeconds: "pulumi.com/timeoutSeconds",
    replaceUnready: "pulumi.com/replaceUnready",
    patchForce: "pulumi.com/patchForce",
    patchFieldManager: "pulumi.com/patchFieldManager",
    deletionPropagation: "pulumi.com/deletionPropagationPolicy",
} as const;

export function isMap(value: Plain | undefined): value is PlainMap {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/** The value below `path`, or undefined where the way there ends. */
export function pluck(object: Plain | undefined, ...path: string[]): Plain | undefined {
    let current = object;
    for (const key of path) {
        if (!isMap(current)) {
            return undefined;
        }
        current = current[key];
    }
    return current;
}

/** A string below `path`; empty where there is none. */
export function text(object: Plain | undefined, ...path: string[]): string {
    const value = pluck(object, ...path);
    return typeof value === "string" ? value : "";
}

/** A number below `path`, or undefined. */
export function number(object: Plain | undefined, ...path: string[]): number | undefined {
    const value = pluck(object, ...path);
    return typeof value === "number" ? value : undefined;
}

/** The maps in the list below `path`; empty where there is none. */
export function maps(object: Plain | undefined, ...path: string[]): PlainMap[] {
    const value = pluck(object, ...path);
    return Array.isArray(value) ? value.filter(isMap) : [];
}

export const nameOf = (object: PlainMap): string => text(object, "metadata", "name");
export const namespaceOf = (object: PlainMap): string => text(object, "metadata", "namespace");
export const kindOf = (object: PlainMap): string => text(object, "kind");
export const apiVersionOf = (object: PlainMap): string => text(object, "apiVersion");
export const uidOf = (object: PlainMap): string => text(object, "metadata", "uid");
export const generationOf = (object: PlainMap): number => number(object, "metadata", "generation") ?? 0;

/** An annotation's value; empty where there is none or it isn't known yet. */
export function annotationOf(object: PlainMap, name: string): string {
    return text(object, "metadata", "annotations", name);
}

/** Does the program not want to wait for this object? */
export const skipsAwait = (inputs: PlainMap): boolean => annotationOf(inputs, annotations.skipAwait) === "true";

/** Sets one field of the metadata; metadata that isn't known yet is left alone. An undefined value removes the field. */
export function setMetadata(object: PlainMap, key: string, value: Plain | undefined): void {
    object.metadata ??= {};
    if (!isMap(object.metadata)) {
        return;
    }
    if (value === undefined) {
        removePath(object, "metadata", key);
    } else {
        object.metadata[key] = value;
    }
}

/** Sets an annotation, unless metadata or annotations aren't known yet. */
export function setAnnotation(object: PlainMap, name: string, value: string): void {
    object.metadata ??= {};
    if (!isMap(object.metadata)) {
        return;
    }
    object.metadata.annotations ??= {};
    if (isMap(object.metadata.annotations)) {
        object.metadata.annotations[name] = value;
    }
}

/** Removes the field at `path`, where it exists. */
export function removePath(object: PlainMap, ...path: string[]): void {
    const last = path.at(-1);
    const parent = pluck(object, ...path.slice(0, -1));
    if (last !== undefined && isMap(parent)) {
        // Reflect, as a computed `delete` is refused by the linter and there is no other way to unset a key in place.
        Reflect.deleteProperty(parent, last);
    }
}

/** Sets the field at `path`, making maps on the way; a way that leads through something else is left alone. */
export function setPath(object: PlainMap, path: string[], value: Plain): void {
    let current: PlainMap = object;
    for (const key of path.slice(0, -1)) {
        const next = (current[key] ??= {});
        if (!isMap(next)) {
            return;
        }
        current = next;
    }
    const last = path.at(-1);
    if (last !== undefined) {
        current[last] = value;
    }
}

/** Kind of an object, from its `apiVersion` and `kind`. `core/v1` is an old way to write `v1`. */
export function gvkOf(object: PlainMap): GroupVersionKind {
    return parseApiVersion(apiVersionOf(object), kindOf(object));
}

export function parseApiVersion(apiVersion: string, kind: string): GroupVersionKind {
    const [first = "", second] = apiVersion.split("/");
    return second === undefined
        ? { group: "", version: first, kind }
        : { group: first === "core" ? "" : first, version: second, kind };
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersion({ group, version }: GroupVersionKind): string {
    return group === "" ? version : `${group}/${version}`;
}

/** The resource's ID: `namespace/name`, or the name alone without a namespace. */
export function idOf(object: PlainMap): string {
    const namespace = namespaceOf(object);
    return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
    const [first = "", second] = id.split("/");
    return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** Is `owner` among the owners of `object`? */
export function isOwnedBy(object: PlainMap, owner: PlainMap | undefined): boolean {
    if (owner === undefined) {
        return false;
    }
    const uid = uidOf(owner);
    return maps(object, "metadata", "ownerReferences").some((reference) => reference.uid === uid);
}

export function hasUnknown(value: Plain | undefined): boolean {
    if (value instanceof Unknown) {
        return true;
    }
    if (Array.isArray(value)) {
        return value.some(hasUnknown);
    }
    return isMap(value) && Object.values(value).some(hasUnknown);
}

/** Same JSON value, whatever the order of the keys. Unknowns equal each other. */
export function sameValue(a: Plain | undefined, b: Plain | undefined): boolean {
    if (a === b) {
        return true;
    }
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
    }
    if (isMap(a) && isMap(b)) {
        const keys = Object.keys(a);
        return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key], b[key]));
    }
    return false;
}

/** A deep copy; unknowns stay the one unknown. */
export function copyOf(value: PlainMap): PlainMap {
    return copyValue(value) as PlainMap;
}

function copyValue(value: Plain): Plain {
    if (Array.isArray(value)) {
        return value.map(copyValue);
    }
    return isMap(value)
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyValue(item)]))
        : value;
}
