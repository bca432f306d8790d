import { type Substitution, substitutions } from "./catalog";
import { formatReference, parseReference } from "./reference";
import { ImageStore, isMade } from "./store";

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
    const made = new Set(
        running.flatMap(({ reference, id }) => {
            const name = formatReference(parseReference(reference));
            const kept = store.find(name);
            const isKept = kept?.digest === id.split("@").at(-1);
            // What runs beside a pulled image is from before it was pulled: a node keeps what it has.
            return kept !== undefined && id !== "" && isMade(kept) === isKept ? [name] : [];
        }),
    );
    return substitutions().filter(({ reference }) => made.has(reference));
}
