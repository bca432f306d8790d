import { createRequire } from "node:module";
import type * as promql from "@prometheus-io/lezer-promql";

/** Prometheus's own grammar. Few stack files have PromQL, and to load it takes longer than to read the others. */
export const parser = (): typeof promql.parser =>
    (createRequire(__filename)("@prometheus-io/lezer-promql") as typeof promql).parser;

/**
 * Where a text isn't PromQL, by offset; empty where it is. That is about its grammar: whether a function gets a vector of the
 * right kind, Prometheus alone says.
 */
export function promqlErrors(text: string): number[] {
    const errors: number[] = [];
    parser()
        .parse(text)
        .iterate({
            enter: ({ type, from }) => {
                if (type.isError) {
                    errors.push(from);
                }
            },
        });
    return errors;
}
