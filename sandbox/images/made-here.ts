import { type Substitution, substitutions } from "./catalog";
import { formatReference, parseReference } from "./reference";
import { ImageStore } from "./store";

/** An image as a container's status tells it. */
export interface RunningImage {
    /** In any spelling. */
    readonly reference: string;
    /** With the digest of its manifest, as in `docker.io/grafana/alloy@sha256:...`. */
    readonly id: string;
}

/** Of images that run, those that were made here with another version of their program; the official ones have their tag's. */
export function substitutionsAmong(
    running: readonly RunningImage[],
    store: Pick<ImageStore, "find"> = new ImageStore(),
): Substitution[] {
    const made = running
        .map(({ reference, id }) => ({
            name: formatReference(parseReference(reference)),
            digest: id.split("@").at(-1),
        }))
        .filter(({ name, digest }) => digest !== undefined && store.find(name)?.digest === digest);
    return substitutions().filter(({ reference }) => made.some(({ name }) => name === reference));
}
