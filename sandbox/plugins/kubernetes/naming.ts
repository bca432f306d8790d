import { createHash, randomBytes } from "node:crypto";
import {
    type Plain,
    type PlainMap,
    annotationOf,
    annotations,
    nameOf,
    pluck,
    setAnnotation,
    setMetadata,
} from "./objects";
import { Unknown } from "../provider/types";

/** Random part of a name that the provider makes up: 8 hex digits, as the engine's `NewUniqueName` has it. */
const RANDOM_DIGITS = 8;

const isSet = (value: Plain | undefined): boolean =>
    value instanceof Unknown || (typeof value === "string" && value !== "");

/** Has the program given a name, known or not? */
export function isNamed(object: PlainMap): boolean {
    return isSet(pluck(object, "metadata", "name"));
}

export function isAutonamed(object: PlainMap): boolean {
    return annotationOf(object, annotations.autonamed) === "true";
}

/** Does Kubernetes make up the name? */
export function hasGenerateName(object: PlainMap): boolean {
    return !isNamed(object) && isSet(pluck(object, "metadata", "generateName"));
}

/** `prefix` and a random part; with a seed always the same one. */
export function uniqueName(prefix: string, seed: Uint8Array = new Uint8Array()): string {
    const random =
        seed.length === 0 ? randomBytes(RANDOM_DIGITS / 2) : createHash("sha256").update(seed).update(prefix).digest();
    return `${prefix}${random.toString("hex").slice(0, RANDOM_DIGITS)}`;
}

/** Names a new object after its resource, unless program or Kubernetes name it. */
export function autoname(inputs: PlainMap, resourceName: string, seed: Uint8Array): void {
    if (!isNamed(inputs) && !hasGenerateName(inputs)) {
        setMetadata(inputs, "name", uniqueName(`${resourceName}-`, seed));
        setAnnotation(inputs, annotations.autonamed, "true");
    }
}

/** Keeps the name that was made up the first time. */
export function adoptAutoname(inputs: PlainMap, olds: PlainMap): void {
    if (!isNamed(inputs) && isAutonamed(olds)) {
        setMetadata(inputs, "name", nameOf(olds));
        setAnnotation(inputs, annotations.autonamed, "true");
    }
}
