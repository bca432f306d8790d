import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { useLinearStructs } from "../../../runtime/linear-structs";
import {
    type PropertyMap,
    type PropertyValue,
    Secret,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    Unknown,
    UNKNOWN,
    UNKNOWN_SENTINEL,
} from "./types";

// For the messages of the engine, which google-protobuf reads and writes.
useLinearStructs();

type WireObject = Record<string, JavaScriptValue>;

function decodeValue(value: JavaScriptValue): PropertyValue {
    if (value === UNKNOWN_SENTINEL) {
        return UNKNOWN;
    }
    if (value === null || typeof value !== "object") {
        return value;
    }
    if (Array.isArray(value)) {
        const list = value as JavaScriptValue[];
        list.forEach((item, index) => {
            replace(list, index, item);
        });
        return list;
    }
    const object = value as WireObject;
    if (object[SIGNATURE_KEY] === SECRET_SIGNATURE) {
        return new Secret(decodeValue(object.value ?? null));
    }
    return decodeObject(object);
}

/** In place, as little of a large object is marked, and nobody else has it. */
function decodeObject(object: WireObject): PropertyMap {
    for (const [key, value] of Object.entries(object)) {
        replace(object, key, value);
    }
    return object;
}

function replace<K extends PropertyKey>(container: Record<K, PropertyValue>, key: K, value: JavaScriptValue): void {
    const decoded = decodeValue(value);
    if (decoded !== value) {
        container[key] = decoded;
    }
}

function encodeValue(value: PropertyValue): JavaScriptValue {
    if (value instanceof Unknown) {
        return UNKNOWN_SENTINEL;
    }
    if (value instanceof Secret) {
        return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: encodeValue(value.value) };
    }
    if (value === null || typeof value !== "object") {
        return value;
    }
    return Array.isArray(value) ? value.map(encodeValue) : encodeObject(value);
}

function encodeObject(map: PropertyMap): WireObject {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, encodeValue(value)]));
}

/** What the engine sent, with {@link UNKNOWN} and {@link Secret} in place of its marks; nothing sent: an empty map. */
export function decodeProperties(struct: Struct | undefined): PropertyMap {
    return struct === undefined ? {} : decodeObject(struct.toJavaScript());
}

/** The opposite of {@link decodeProperties}. */
export function encodeProperties(map: PropertyMap): Struct {
    return Struct.fromJavaScript(encodeObject(map));
}
