import { isMap, type Plain, type PlainMap } from "./objects";

/** Go's dynamic type of a JSON value, as far as pruning looks at it. */
function typeOf(value: Plain | undefined): string {
    if (value === null || value === undefined) {
        return "nil";
    }
    if (Array.isArray(value)) {
        return "array";
    }
    return isMap(value) ? "map" : typeof value;
}

/**
 * The live object cut down to the fields that the inputs have, so that what the cluster added doesn't count as a change.
 * Source: `pruneMap` and `pruneSlice` of the official plugin (util.go).
 */
export function pruneMap(source: PlainMap, target: PlainMap): PlainMap {
    const result: PlainMap = {};
    for (const [key, value] of Object.entries(source)) {
        if (key in target) {
            result[key] = pruneValue(value, target[key]);
        }
    }
    return result;
}

function pruneValue(source: Plain, target: Plain | undefined): Plain {
    if (isMap(source) && isMap(target)) {
        return pruneMap(source, target);
    }
    return Array.isArray(source) && Array.isArray(target) ? pruneList(source, target) : source;
}

function pruneList(source: Plain[], target: Plain[]): Plain[] {
    if (source.length === 0 || target.length === 0) {
        return [];
    }
    if (typeOf(source[0]) !== typeOf(target[0])) {
        return source;
    }
    return source.slice(0, target.length).map((value, index) => pruneValue(value, target[index]));
}
