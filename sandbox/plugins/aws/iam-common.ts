import { z } from "zod";
import type { PlainMap } from "../provider/plain";
import { type InputRule, text } from "../provider/resource-kind";
import { type CheckFailure, ProviderError } from "../provider/types";
import { policyProblem, samePolicy } from "./policies";

/** Name of an IAM user, role or policy. */
export const nameRule: InputRule = {
    shape: z.string().regex(/^[\w+=,.@-]{1,128}$/, {
        error: "expected up to 128 letters, digits and characters of +=,.@_-",
    }),
};

/** A policy document as JSON. */
export const policyRule: InputRule = { required: true, shape: z.string(), same: samePolicy };

/** Refuses an input that is no policy document. */
export function checkPolicy(property: string): (inputs: Partial<PlainMap>) => CheckFailure[] {
    return (inputs) => {
        const problem = inputs[property] === undefined ? undefined : policyProblem(text(inputs[property]));
        return problem === undefined ? [] : [{ property, reason: problem }];
    };
}

/** Parts of an id such as `user:policy`; the second one may hold the separator again. */
export function splitId(title: string, id: string, separator: string): [string, string] {
    const at = id.indexOf(separator);
    if (at < 1 || at === id.length - 1) {
        throw new ProviderError(`${title}: the id "${id}" isn't of the form <owner>${separator}<policy>.`);
    }
    return [id.slice(0, at), id.slice(at + 1)];
}
