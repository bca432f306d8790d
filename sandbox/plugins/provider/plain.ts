import { type PropertyMap, type PropertyValue, ProviderError, Secret, Unknown } from "./types";

/** JSON, as an API takes it. */
export type PlainValue = null | boolean | number | string | PlainValue[] | PlainMap;

/** Properties without secrets and unknowns. */
export interface PlainMap {
    [key: string]: PlainValue;
}

function plainValue(path: string, value: PropertyValue): PlainValue {
    if (value instanceof Unknown) {
        throw new ProviderError(`${path} is still unknown where its value is needed.`);
    }
    if (value instanceof Secret) {
        return plainValue(path, value.value);
    }
    if (Array.isArray(value)) {
        return value.map((item, index) => plainValue(`${path}[${index}]`, item));
    }
    return typeof value === "object" && value !== null ? plain(value, `${path}.`) : value;
}

/** Takes secrets out of their wrapping, for a call to an API. @throws ProviderError where a value is unknown */
export function plain(map: PropertyMap, prefix = ""): PlainMap {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, plainValue(`${prefix}${key}`, value)]));
}

function children(value: PropertyValue): PropertyValue[] {
    if (value === null || typeof value !== "object" || value instanceof Unknown) {
        return [];
    }
    return value instanceof Secret ? [value.value] : Object.values(value);
}

/** Is there a secret anywhere in it? */
export function holdsSecret(value: PropertyValue): boolean {
    return value instanceof Secret || children(value).some(holdsSecret);
}

/** Is there an unknown anywhere in it? */
export function holdsUnknown(value: PropertyValue): boolean {
    return value instanceof Unknown || children(value).some(holdsUnknown);
}
