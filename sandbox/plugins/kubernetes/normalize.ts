import goTypes from "./go-types/go-types.json";
import {
    apiVersionOf,
    copyOf,
    gvkOf,
    hasUnknown,
    isMap,
    kindOf,
    type Plain,
    type PlainMap,
    pluck,
    removePath,
} from "./objects";
import { canonicalQuantity } from "./quantity";
import { rowOf } from "./table";

import { isCrdKind, isSecretKind } from "./values";

/**
 * By Go type, by field, a code made by `go-types/generate.ts`: `z` first when a zero value is left out (`omitempty` without
 * a pointer), `[` and `{` for what a list or map holds, then `q` for a quantity or `@` and the name of a Go type.
 */
const fieldCodes: Record<string, Record<string, string>> = goTypes;

/** Metadata that only the API server sets. */
const readOnlyMetadata = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/**
 * Inputs in the one form that all equal inputs share, so that a difference of spelling isn't a change: quantities in
 * canonical form, zero values that the API server drops left out, `stringData` of a Secret moved into `data`. Source: the
 * official plugin's `normalizeInputs` (provider.go) and `Normalize` (clients/unstructured.go), which convert typed objects to
 * their Go type and back. Inputs with an unknown part and custom resources stay as they are, but for read-only metadata.
 */
export function normalizeInputs(inputs: PlainMap): PlainMap {
    const object = copyOf(inputs);
    if (!hasUnknown(object) && rowOf(gvkOf(object)) !== undefined) {
        if (isCrdKind(object)) {
            normalizeCrd(object);
        } else if (isSecretKind(object)) {
            normalizeSecret(object);
        } else {
            normalizeFields(object, goTypeOf(object));
        }
    }
    for (const field of readOnlyMetadata) {
        removePath(object, "metadata", field);
    }
    return object;
}

function goTypeOf(object: PlainMap): string {
    const apiVersion = apiVersionOf(object);
    const packageName = /^(core\/)?v1$/.test(apiVersion)
        ? "core/v1"
        : apiVersion.replace(/\.k8s\.io|\.authorization\.k8s\.io/, "");
    return `${packageName}.${kindOf(object)}`;
}

function isZero(value: Plain): boolean {
    return (
        value === false ||
        value === 0 ||
        value === "" ||
        (Array.isArray(value) && value.length === 0) ||
        (isMap(value) && Object.keys(value).length === 0)
    );
}

function normalizeFields(object: PlainMap, goType: string): void {
    const codes = fieldCodes[goType];
    if (codes === undefined) {
        return;
    }
    for (const [key, value] of Object.entries(object)) {
        const code = codes[key] ?? "";
        if (value === null || (code.startsWith("z") && isZero(value))) {
            removePath(object, key);
        } else {
            object[key] = normalizeValue(value, code.replace(/^z/, ""));
        }
    }
}

function normalizeValue(value: Plain, code: string): Plain {
    if (code === "q") {
        return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value;
    }
    if (code.startsWith("[")) {
        return Array.isArray(value) ? value.map((item) => normalizeValue(item, code.slice(1))) : value;
    }
    if (code.startsWith("{")) {
        return isMap(value)
            ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalizeValue(item, code.slice(1))]))
            : value;
    }
    if (code.startsWith("@") && isMap(value)) {
        normalizeFields(value, code.slice(1));
    }
    return value;
}

function normalizeCrd(crd: PlainMap): void {
    if (pluck(crd, "spec", "preserveUnknownFields") === false) {
        removePath(crd, "spec", "preserveUnknownFields");
    }
    removePath(crd, "status");
}

function normalizeSecret(secret: PlainMap): void {
    const { stringData, data } = secret;
    const values: PlainMap = isMap(data) ? data : {};
    if (isMap(stringData) && Object.keys(stringData).length > 0) {
        for (const [key, value] of Object.entries(stringData)) {
            if (typeof value === "string") {
                values[key] = Buffer.from(value, "utf8").toString("base64");
            }
        }
        secret.data = values;
        removePath(secret, "stringData");
        return;
    }
    for (const [key, value] of Object.entries(values)) {
        if (typeof value === "string" && isBase64(value)) {
            values[key] = Buffer.from(value, "base64").toString("base64");
        }
    }
}

/** Standard base64, line breaks allowed, as Go's decoder has it. */
function isBase64(value: string): boolean {
    const compact = value.replaceAll(/[\r\n]/g, "");
    return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}
