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

/** Whether a text is one `sum(...)` over all labels: its result has none. */
export function isPlainSum(text: string): boolean {
    const { topNode } = parser().parse(text);
    const [only, ...others] = topNode.getChildren("AggregateExpr");
    return (
        only !== undefined &&
        others.length === 0 &&
        only.getChild("AggregateOp")?.getChild("Sum") != null &&
        only.getChild("AggregateModifier") === null
    );
}
