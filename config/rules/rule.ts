import type { Settings } from "../load";
import type { Problem } from "../problems";
import type { AreaSettings } from "../schema";

type Area = keyof AreaSettings;
type Always = "profile" | "stack" | "secretValues";

/** A rule over fields that no single schema sees together. */
export interface Rule {
    /** Areas that it reads: it is only asked when each of them is well-formed. */
    readonly needs: readonly Area[];
    readonly check: (settings: Settings) => readonly Problem[];
}

/** Makes a rule that can read only the areas that it names. */
export function rule<K extends Area>(
    needs: readonly K[],
    check: (settings: Pick<Settings, K | Always>) => readonly Problem[],
): Rule {
    return { needs, check };
}

/** `problem` when `broken`. */
export function when(broken: boolean, problem: () => Problem): Problem[] {
    return broken ? [problem()] : [];
}
