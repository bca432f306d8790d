import { type PropertyDiff, type PropertyDiffKind, Unknown } from "../provider/types";
import { isMap, type Plain, type PlainMap, sameValue } from "./objects";
import { formatPath, type PathStep } from "./property-path";

function sameType(a: Plain, b: Plain): boolean {
    const shape = (value: Plain): string =>
        value === null ? "null" : Array.isArray(value) ? "list" : value instanceof Unknown ? "unknown" : typeof value;
    return shape(a) === shape(b);
}

/** JSON merge patch (RFC 7386) that makes `to` from `from`. An unknown differs from everything. */
export function mergePatch(from: PlainMap, to: PlainMap): PlainMap {
    const patch: PlainMap = {};
    for (const [key, value] of Object.entries(to)) {
        const old = from[key];
        if (old === undefined || !sameType(old, value) || value instanceof Unknown) {
            patch[key] = value;
        } else if (isMap(old) && isMap(value)) {
            const inner = mergePatch(old, value);
            if (Object.keys(inner).length > 0) {
                patch[key] = inner;
            }
        } else if (!sameValue(old, value) || (Array.isArray(value) && value.some(containsUnknown))) {
            patch[key] = value;
        }
    }
    for (const key of Object.keys(from)) {
        if (!(key in to)) {
            patch[key] = null;
        }
    }
    return patch;
}

function containsUnknown(value: Plain): boolean {
    if (Array.isArray(value)) {
        return value.some(containsUnknown);
    }
    return value instanceof Unknown || (isMap(value) && Object.values(value).some(containsUnknown));
}

/**
 * Turns a merge patch into the engine's detailed diff. Source: `patchConverter` of the official plugin (provider.go). A merge
 * patch replaces lists as a whole, so elements are compared here one by one.
 */
class PatchDiff {
    public readonly result: Record<string, PropertyDiff> = {};

    public constructor(private readonly replaceOnChange: string[][]) {}

    public addMap(path: PathStep[], patch: PlainMap, old: PlainMap, news: Plain | undefined, inList: boolean): void {
        const newMap = isMap(news) ? news : {};
        for (const [key, value] of Object.entries(patch)) {
            this.addValue([...path, key], value, old[key], newMap[key], inList);
        }
        if (inList) {
            for (const [key, value] of Object.entries(old)) {
                if (!(key in patch)) {
                    this.addValue([...path, key], null, value, newMap[key], inList);
                }
            }
        }
    }

    /** `undefined` stands for what isn't there, `null` for what is null. */
    private addValue(
        path: PathStep[],
        value: Plain,
        old: Plain | undefined,
        news: Plain | undefined,
        inList: boolean,
    ): void {
        if (news === undefined && (value !== null || old === undefined)) {
            return;
        }
        if (value === null || old === undefined || value instanceof Unknown) {
            this.addLeaf(path, value, old);
        } else if (isMap(value) && isMap(old)) {
            this.addMap(path, value, old, news, inList);
        } else if (Array.isArray(value) && Array.isArray(old)) {
            this.addList(path, value, old, news);
        } else if (!sameValue(value, old)) {
            this.addLeaf(path, value, old);
        }
    }

    private addList(path: PathStep[], value: Plain[], old: Plain[], news: Plain | undefined): void {
        for (let index = 0; index < Math.max(value.length, old.length); index++) {
            const newItem = (Array.isArray(news) ? news[index] : undefined) ?? null;
            const item = value[index] ?? null;
            if (item !== null || old[index] !== null) {
                this.addValue([...path, index], item, old[index], newItem, true);
            }
        }
    }

    private addLeaf(path: PathStep[], value: Plain, old: Plain | undefined): void {
        const kind = value === null ? "delete" : old === undefined ? "add" : "update";
        const replaces = this.replaceOnChange.some((pattern) => matches(pattern, path, value));
        this.result[formatPath(path)] = {
            kind: replaces ? (`${kind}-replace` satisfies PropertyDiffKind) : kind,
            inputDiff: kind === "delete",
        };
    }
}

/** Does the change of `path` to `value` touch the field that `pattern` names? Lists match by `name[*]`. */
function matches(pattern: string[], path: PathStep[], value: Plain): boolean {
    let rest: Plain | undefined = value;
    for (const [index, step] of pattern.entries()) {
        if (index < path.length) {
            if (step === "*" ? typeof path[index] !== "number" : step !== path[index]) {
                return false;
            }
        } else if (step === "*") {
            return Array.isArray(rest) && rest.some((item) => matches(pattern.slice(index + 1), [], item));
        } else {
            rest = isMap(rest) ? rest[step] : undefined;
            if (rest === undefined) {
                return false;
            }
        }
    }
    return true;
}

/** `.spec.containers[*].image` as steps. */
function parsePattern(pattern: string): string[] {
    return pattern.slice(1).replaceAll("[*]", ".*").split(".");
}

/** What a merge patch changes in `old`, property by property. `replaceOnChange`: see `table.ts`. */
export function detailedDiff(
    patch: PlainMap,
    old: PlainMap,
    news: PlainMap,
    replaceOnChange: string[],
): Record<string, PropertyDiff> {
    const diff = new PatchDiff(replaceOnChange.map(parsePattern));
    diff.addMap([], patch, old, news, false);
    return diff.result;
}
