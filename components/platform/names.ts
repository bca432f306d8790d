import { createHash } from "node:crypto";

/** Characters that a value of a label may have. */
const LABEL = 63;

/**
 * A name that is too long is cut off, and a hash of the whole tells it from others that begin like it.
 *
 * @param most characters that it may have
 * @param end what stays readable after the hash
 */
export function shortened(name: string, most: number, end = ""): string {
    if (name.length <= most) {
        return name;
    }
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
    const kept = `-${hash}${end}`;
    return `${name.slice(0, most - kept.length)}${kept}`;
}

/** Unique name of a stack in its cluster, which is the value of a label: `perch-<stack>`. */
export function instanceName(stack: string): string {
    const name = `perch-${stack.toLowerCase().replace(/[^a-z0-9-]+/g, "-")}`;
    return shortened(name.replace(/-+$/, ""), LABEL);
}
