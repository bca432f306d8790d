import { wrong, type Problem } from "../problems";
import { areaNames } from "../schema";
import { isPlainObject } from "../schema/outline";
import type { Resources } from "../schema";
import { parseBytes, parseMillicores } from "../units";
import type { Rule } from "./rule";

const parsers = { cpu: parseMillicores, memory: parseBytes } as const;

function belowRequests(path: string, { requests, limits }: Resources): Problem[] {
    return (["cpu", "memory"] as const).flatMap((resource) => {
        const limit = limits[resource];
        return limit !== undefined && parsers[resource](limit) < parsers[resource](requests[resource])
            ? [wrong(`${path}.limits.${resource}`, limit, `at least the request, ${requests[resource]}`)]
            : [];
    });
}

/** Every `resources` at any depth: the schema has given them all the same shape. */
function inside(path: string, value: unknown): Problem[] {
    if (!isPlainObject(value)) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) =>
        key === "resources" ? belowRequests(`${path}.${key}`, inner as Resources) : inside(`${path}.${key}`, inner),
    );
}

/** One rule per area, so that a mistake elsewhere hides none of this. */
export const resourceRules: readonly Rule[] = areaNames.map((area) => ({
    needs: [area],
    check: (settings) => inside(area, settings[area]),
}));
