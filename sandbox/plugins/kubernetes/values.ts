import { type PropertyMap, type PropertyValue, Secret, Unknown } from "../provider/types";
import { apiVersionOf, isMap, kindOf, type Plain, type PlainMap } from "./objects";

/** State keys beside the live object; the same as the official plugin's, so that states can be exchanged. */
const INPUTS = "__inputs";
const INITIAL_API_VERSION = "__initialApiVersion";
const FIELD_MANAGER = "__fieldManager";

/** Schema extensions of CRDs: languages can't write the dashes, so the SDK has underscores. */
const dashed: Record<string, string> = Object.fromEntries(
    [
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    ].map((name) => [name.replaceAll("-", "_"), name]),
);
const underscored: Record<string, string> = Object.fromEntries(Object.entries(dashed).map(([from, to]) => [to, from]));

function isObject(value: PropertyValue | undefined): value is PropertyMap {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Unknown) &&
        !(value instanceof Secret)
    );
}

function strip(value: PropertyValue): Plain {
    if (value instanceof Secret) {
        return strip(value.value);
    }
    if (Array.isArray(value)) {
        return value.map(strip);
    }
    return isObject(value) ? toObject(value) : value;
}

/** Properties as an object of Kubernetes: secret marks gone, schema extensions with dashes. Always a deep copy. */
export function toObject(properties: PropertyMap): PlainMap {
    return Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [dashed[key] ?? key, strip(value)] as const),
    );
}

/** Plain JSON as properties, keys renamed by `names`. Always a deep copy. */
function toProperties(object: PlainMap, names: Record<string, string>): PropertyMap {
    const convert = (value: Plain): PropertyValue => {
        if (Array.isArray(value)) {
            return value.map(convert);
        }
        return isMap(value) ? toProperties(value, names) : value;
    };
    return Object.fromEntries(
        Object.entries(object).map(([key, value]) => [names[key] ?? key, convert(value)] as const),
    );
}

export function containsSecret(value: PropertyValue | undefined): boolean {
    if (value instanceof Secret) {
        return true;
    }
    if (Array.isArray(value)) {
        return value.some(containsSecret);
    }
    return isObject(value) && Object.values(value).some(containsSecret);
}

/**
 * Marks in `outs` what is secret in `ins`: maps key by key, anything else as a whole. In an object of kind Secret all of
 * `data` and `stringData` is secret, whatever the inputs say.
 */
export function markSecrets(outs: PropertyMap, ins: PropertyMap): void {
    if (outs.kind === "Secret") {
        for (const key of ["data", "stringData"]) {
            const value = outs[key];
            if (value !== undefined) {
                outs[key] = value instanceof Secret ? value : new Secret(value);
            }
        }
        return;
    }
    for (const [key, inValue] of Object.entries(ins)) {
        const out = outs[key];
        if (out === undefined) {
            continue;
        }
        if (isObject(out) && isObject(inValue)) {
            markSecrets(out, inValue);
        } else if (!(out instanceof Secret) && containsSecret(inValue)) {
            outs[key] = new Secret(out);
        }
    }
}

/** Checked inputs as the engine gets them: secret where the program's inputs are. */
export function toInputs(object: PlainMap, from: PropertyMap): PropertyMap {
    const inputs = toProperties(object, {});
    markSecrets(inputs, from);
    return inputs;
}

/** What is kept of a resource beside its live object. */
export interface Checkpoint {
    inputs: PlainMap;
    live: PlainMap;
    /** `apiVersion` that it was first made with. */
    initialApiVersion: string;
    /** Name under which server-side apply owns fields. */
    fieldManager: string;
}

/** The state of a resource. `from` are properties whose secret marks decide which parts are secret. */
export function writeCheckpoint(checkpoint: Checkpoint, from: PropertyMap): PropertyMap {
    const state = toProperties(checkpoint.live, underscored);
    const inputs = toProperties(checkpoint.inputs, underscored);
    markSecrets(state, from);
    markSecrets(inputs, from);
    state[INPUTS] = inputs;
    state[INITIAL_API_VERSION] = checkpoint.initialApiVersion;
    state[FIELD_MANAGER] = checkpoint.fieldManager;
    return state;
}

/** The opposite of {@link writeCheckpoint}; `undefined` for what the state doesn't hold. */
export function readCheckpoint(state: PropertyMap): {
    inputs: PlainMap;
    live: PlainMap;
    initialApiVersion: string | undefined;
    fieldManager: string | undefined;
} {
    const {
        [INPUTS]: inputs,
        [INITIAL_API_VERSION]: initialApiVersion,
        [FIELD_MANAGER]: fieldManager,
        ...live
    } = toObject(state);
    return {
        inputs: isMap(inputs) ? inputs : {},
        live,
        initialApiVersion: typeof initialApiVersion === "string" ? initialApiVersion : undefined,
        fieldManager: typeof fieldManager === "string" ? fieldManager : undefined,
    };
}

export const isSecretKind = (object: PlainMap): boolean =>
    kindOf(object) === "Secret" && ["v1", "core/v1"].includes(apiVersionOf(object));
export const isConfigMapKind = (object: PlainMap): boolean =>
    kindOf(object) === "ConfigMap" && ["v1", "core/v1"].includes(apiVersionOf(object));
export const isCrdKind = (object: PlainMap): boolean =>
    kindOf(object) === "CustomResourceDefinition" && apiVersionOf(object).startsWith("apiextensions.k8s.io/");
