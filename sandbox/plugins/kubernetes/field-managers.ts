import type { Cluster } from "./cluster";
import { uniqueName } from "./naming";
import {
    annotationOf,
    annotations,
    apiVersionOf,
    copyOf,
    isMap,
    kindOf,
    maps,
    nameOf,
    namespaceOf,
    type Plain,
    type PlainMap,
    pluck,
    removePath,
    setPath,
    text,
} from "./objects";
import { parsePath } from "./property-path";

/** Manager of objects that were made by a plain create. */
export const CREATE_MANAGER = "pulumi-kubernetes";

/** Managers whose fields become ours at the first server-side apply, by operation; a prefix of the name is enough. */
const takenOver = {
    Apply: ["kubectl"],
    Update: ["kubectl", "before-first-apply", CREATE_MANAGER, "pulumi-resource-kubernetes"],
};

/** Names of the official plugin's process, as managers. */
const ownProcesses = [CREATE_MANAGER, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"];

/** Name under which we own fields: the annotation's, else that of the state, else a new one. */
export function fieldManagerName(inputs: PlainMap, fromState: string | undefined): string {
    return annotationOf(inputs, annotations.patchFieldManager) || (fromState ?? uniqueName(`${CREATE_MANAGER}-`));
}

/**
 * May an apply take fields from other managers? Source: `patchForce`, await/await.go.
 * @param live the object before; undefined for one that is made new
 */
export function forcesPatch(
    inputs: PlainMap,
    live: PlainMap | undefined,
    enablePatchForce: boolean,
    preview: boolean,
): boolean {
    if (annotationOf(inputs, annotations.patchForce) === "true" || enablePatchForce) {
        return true;
    }
    const managers = maps(live, "metadata", "managedFields");
    const isOwnUpdate = ({ manager, operation }: PlainMap): boolean =>
        operation === "Update" && ownProcesses.some((name) => name === manager);
    // Before a real update the managers are put right, so a preview must not trip over them.
    if (preview && (live === undefined || managers.some(isOwnUpdate))) {
        return true;
    }
    return live !== undefined && managers.length === 0;
}

/** The union of two field sets (`fieldsV1`). */
function mergeFields(a: Plain | undefined, b: Plain | undefined): PlainMap {
    const merged: PlainMap = isMap(a) ? copyOf(a) : {};
    for (const [key, value] of Object.entries(isMap(b) ? b : {})) {
        merged[key] = mergeFields(merged[key], value);
    }
    return merged;
}

/** Which managers an object has after `manager` took over from those of `takenOver`; undefined when nothing changes. */
export function takeOver(managedFields: PlainMap[], manager: string): PlainMap[] | undefined {
    const isOurs = (entry: PlainMap): boolean => entry.manager === manager && entry.operation === "Apply";
    const isTaken = (entry: PlainMap): boolean => {
        const names = takenOver[entry.operation === "Apply" ? "Apply" : "Update"];
        return text(entry, "subresource") === "" && names.some((name) => text(entry, "manager").startsWith(name));
    };
    const taken = managedFields.filter((entry) => !isOurs(entry) && isTaken(entry));
    const [first] = taken;
    if (first === undefined) {
        return undefined;
    }
    const ours = managedFields.find(isOurs);
    const fieldsV1 = [...(ours ? [ours] : []), ...taken].reduce<PlainMap>(
        (fields, entry) => mergeFields(fields, entry.fieldsV1),
        {},
    );
    const rest = managedFields.filter((entry) => entry !== ours && !taken.includes(entry));
    return [...rest, { ...(ours ?? first), manager, operation: "Apply", fieldsV1 }];
}

/** Makes us the manager of what a plain create or kubectl set, so that an apply may remove it again. */
export async function fixManagers(cluster: Cluster, live: PlainMap, manager: string): Promise<PlainMap> {
    const managedFields = takeOver(maps(live, "metadata", "managedFields"), manager);
    if (managedFields === undefined) {
        return live;
    }
    const patch = [
        { op: "replace", path: "/metadata/managedFields", value: managedFields },
        { op: "replace", path: "/metadata/resourceVersion", value: text(live, "metadata", "resourceVersion") },
    ];
    return (await cluster.modify(live, patch, "json-patch")).object;
}

/** Gives up all fields of a former manager. */
export async function relinquish(cluster: Cluster, live: PlainMap, manager: string): Promise<void> {
    const namespace = namespaceOf(live);
    const identity = { name: nameOf(live), ...(namespace === "" ? {} : { namespace }) };
    const minimal = { apiVersion: apiVersionOf(live), kind: kindOf(live), metadata: identity };
    await cluster.apply(minimal, { fieldManager: manager });
}

function hasField(managedFields: PlainMap[], path: string[]): boolean {
    return managedFields.some(({ fieldsV1 }) => pluck(fieldsV1, ...path.map((key) => `f:${key}`)) !== undefined);
}

/**
 * Puts ignored paths of the inputs right for an apply: what another manager owns alone is left out, anything else is sent as
 * it is now. Source: `handleSSAIgnoreFields`, await/await.go; like there, paths into lists aren't found.
 */
export function applyIgnoreChanges(inputs: PlainMap, live: PlainMap, manager: string, ignoreChanges: string[]): void {
    const entries = maps(live, "metadata", "managedFields");
    const ours = entries.filter((entry) => entry.manager === manager);
    const theirs = entries.filter((entry) => entry.manager !== manager);
    for (const ignored of ignoreChanges) {
        const path = (parsePath(ignored) ?? []).map(String);
        if (hasField(theirs, path) && !hasField(ours, path)) {
            removePath(inputs, ...path);
            continue;
        }
        const value = pluck(live, ...path);
        if (value !== undefined) {
            setPath(inputs, path, value);
        }
    }
}
