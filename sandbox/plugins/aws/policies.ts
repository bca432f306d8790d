import { isDeepStrictEqual } from "node:util";
import type { PropertyValue } from "../provider/types";

function normal(value: unknown): unknown {
    if (Array.isArray(value)) {
        const items = value.map(normal);
        const only = items[0];
        // The services take a list of one for its item, and the order of texts for nothing.
        return items.length === 1 && typeof only === "string"
            ? only
            : items.every((item) => typeof item === "string")
              ? [...items].sort()
              : items;
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normal(item)]));
    }
    return value;
}

function parsed(policy: PropertyValue): unknown {
    if (typeof policy !== "string") {
        return undefined;
    }
    try {
        return normal(JSON.parse(policy));
    } catch {
        return undefined;
    }
}

/** Do two policy documents say the same? */
export function samePolicy(before: PropertyValue, after: PropertyValue): boolean {
    const old = parsed(before);
    return old !== undefined && isDeepStrictEqual(old, parsed(after));
}

/** Why a text is no policy document; `undefined`: it is one. */
export function policyProblem(policy: string): string | undefined {
    try {
        const document: unknown = JSON.parse(policy);
        return typeof document === "object" && document !== null && "Statement" in document
            ? undefined
            : "the policy document has no Statement";
    } catch (error) {
        return `the policy isn't JSON: ${error instanceof Error ? error.message : String(error)}`;
    }
}
