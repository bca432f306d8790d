import { z } from "zod";

/** What a schema allows at one place, without zod's wrappers: for messages, docs and merging. */
export type Outline =
    | { readonly is: "object"; readonly fields: ReadonlyMap<string, Field> }
    | { readonly is: "kinds"; readonly kinds: ReadonlyMap<string, ObjectOutline>; readonly defaultKind?: string }
    | { readonly is: "choice"; readonly options: readonly Outline[] }
    | { readonly is: "list"; readonly item: Outline }
    | { readonly is: "map"; readonly value: Outline; readonly keys?: readonly string[] }
    | { readonly is: "value"; readonly type: string; readonly values: readonly string[] };

export type ObjectOutline = Extract<Outline, { is: "object" }>;

/** One key of an object. */
export interface Field {
    readonly outline: Outline;
    readonly description: string | undefined;
    /** Whether a stack file must give it: no default and not optional. */
    readonly required: boolean;
    /** The value without an entry; undefined: none, or an object with defaults of its own. */
    readonly defaultValue: unknown;
}

/** Key of the field that tells the alternatives of a union apart. */
export const KIND = "kind";

interface Unwrapped {
    readonly schema: z.core.$ZodType;
    readonly description: string | undefined;
    readonly optional: boolean;
    readonly defaultValue: unknown;
}

function unwrap(schema: z.core.$ZodType): Unwrapped {
    const description = z.globalRegistry.get(schema)?.description;
    if (schema instanceof z.ZodOptional) {
        const inner = unwrap(schema.def.innerType);
        return { ...inner, description: description ?? inner.description, optional: true };
    }
    if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
        const inner = unwrap(schema.def.innerType);
        return {
            ...inner,
            description: description ?? inner.description,
            optional: true,
            defaultValue: schema.def.defaultValue,
        };
    }
    return { schema, description, optional: false, defaultValue: undefined };
}

/** Outlines of objects, so that one which contains itself is met again as the same. */
const objectOutlines = new WeakMap<z.ZodObject, ObjectOutline>();

function objectOutline(schema: z.ZodObject): ObjectOutline {
    const known = objectOutlines.get(schema);
    if (known !== undefined) {
        return known;
    }
    const made = newObjectOutline(schema);
    objectOutlines.set(schema, made);
    return made;
}

function newObjectOutline(schema: z.ZodObject): ObjectOutline {
    const fields = Object.entries<z.core.$ZodType>(schema.shape).map(([name, inner]): [string, Field] => {
        const { description, optional, defaultValue } = unwrap(inner);
        return [name, { outline: outline(inner), description, required: !optional, defaultValue }];
    });
    return { is: "object", fields: new Map(fields) };
}

function kindsOutline(schema: z.ZodDiscriminatedUnion, defaultValue: unknown): Outline {
    const kinds = schema.options.flatMap((option): [string, ObjectOutline][] => {
        const kind = option instanceof z.ZodObject ? (option.shape[KIND] as unknown) : undefined;
        return option instanceof z.ZodObject && kind instanceof z.ZodLiteral
            ? [[String([...kind.values][0]), objectOutline(option)]]
            : [];
    });
    const defaultKind = isPlainObject(defaultValue) ? defaultValue[KIND] : undefined;
    return { is: "kinds", kinds: new Map(kinds), ...(typeof defaultKind === "string" ? { defaultKind } : {}) };
}

/** The outline of a schema made with zod's objects, unions, records, arrays, literals, enums and scalars. */
export function outline(wrapped: z.core.$ZodType): Outline {
    const { schema, defaultValue } = unwrap(wrapped);
    const title = z.globalRegistry.get(schema)?.title;
    if (title !== undefined) {
        return { is: "value", type: title, values: [] };
    }
    if (schema instanceof z.ZodDiscriminatedUnion) {
        return kindsOutline(schema, defaultValue);
    }
    if (schema instanceof z.ZodObject) {
        return objectOutline(schema);
    }
    if (schema instanceof z.ZodUnion) {
        return { is: "choice", options: schema.options.map(outline) };
    }
    if (schema instanceof z.ZodRecord) {
        const value = outline(schema.valueType);
        const { keyType } = schema;
        return { is: "map", value, ...(keyType instanceof z.ZodEnum ? { keys: keyType.options.map(String) } : {}) };
    }
    if (schema instanceof z.ZodArray) {
        return {
            is: "list",
            // Later: an object may have a list of its own kind.
            get item() {
                return outline(schema.element);
            },
        };
    }
    if (schema instanceof z.ZodLiteral) {
        return { is: "value", type: "literal", values: [...schema.values].map(String) };
    }
    if (schema instanceof z.ZodEnum) {
        return { is: "value", type: "enum", values: schema.options.map(String) };
    }
    const type = schema instanceof z.ZodNumber && schema.format === "safeint" ? "integer" : schema._zod.def.type;
    return { is: "value", type, values: [] };
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object or map that `value` is meant to be; of a union, the alternative that it names. */
function asObject(at: Outline, value: unknown): Outline | undefined {
    switch (at.is) {
        case "kinds": {
            const kind = isPlainObject(value) ? (value[KIND] ?? at.defaultKind) : at.defaultKind;
            return typeof kind === "string" ? at.kinds.get(kind) : undefined;
        }
        case "choice":
            return at.options.find((option) => option.is !== "value");
        default:
            return at;
    }
}

/** Outline below `path`, following the kinds that `value` names; undefined where the schema knows nothing of it. */
export function outlineAt(root: Outline, value: unknown, path: readonly PropertyKey[]): Outline | undefined {
    const [head, ...rest] = path;
    const here = asObject(root, value);
    if (head === undefined) {
        return here ?? root;
    }
    const inner =
        isPlainObject(value) || Array.isArray(value) ? (value as Record<PropertyKey, unknown>)[head] : undefined;
    const next =
        here?.is === "object"
            ? here.fields.get(String(head))?.outline
            : here?.is === "map"
              ? here.value
              : here?.is === "list"
                ? here.item
                : undefined;
    return next && outlineAt(next, inner, rest);
}

/** `value` with the kind of every union that it fills without naming one, where the schema has a default. */
export function withDefaultKinds(at: Outline, value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map((item) => (at.is === "list" ? withDefaultKinds(at.item, item) : (item as unknown)));
    }
    if (!isPlainObject(value)) {
        return value;
    }
    const named =
        at.is === "kinds" && value[KIND] === undefined && at.defaultKind !== undefined
            ? { [KIND]: at.defaultKind, ...value }
            : value;
    const object = asObject(at, named);
    return Object.fromEntries(
        Object.entries(named).map(([key, inner]) => {
            const field =
                object?.is === "object"
                    ? object.fields.get(key)?.outline
                    : object?.is === "map"
                      ? object.value
                      : undefined;
            return [key, field === undefined ? inner : withDefaultKinds(field, inner)];
        }),
    );
}

/** Every path that ends in a field of this name, `metrics.retention`, maps and lists left out. */
export function pathsOf(root: Outline, name: string, prefix = ""): string[] {
    switch (root.is) {
        case "object":
            return [...root.fields].flatMap(([key, { outline: inner }]) => [
                ...(key === name ? [prefix + key] : []),
                ...pathsOf(inner, name, `${prefix}${key}.`),
            ]);
        case "kinds":
            return [...new Set([...root.kinds.values()].flatMap((kind) => pathsOf(kind, name, prefix)))];
        case "choice":
            return root.options.flatMap((option) => pathsOf(option, name, prefix));
        default:
            return [];
    }
}
