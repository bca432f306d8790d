import type { LabelSelector } from "./label-selector";

/** Label by which a PrometheusRule says who evaluates it, and its values. */
const label = "perch.dev/evaluated-by";
const ruler = "thanos-ruler";
const prometheus = "prometheus";

/** Who evaluates PrometheusRules. */
export interface Evaluators {
    /** Whether there is a Ruler. */
    readonly ruler: boolean;
    /** Whether Prometheus has shards: a rule that says nothing is the Ruler's then, for none of them sees all series. */
    readonly sharded: boolean;
}

/** Labels of a PrometheusRule that the Ruler evaluates in any case. */
export const rulerLabels: Readonly<Record<string, string>> = { [label]: ruler };

/** Labels of a PrometheusRule that each Prometheus evaluates in any case, over what it has itself. */
export const prometheusLabels: Readonly<Record<string, string>> = { [label]: prometheus };

const not = (evaluator: string): LabelSelector => ({
    matchExpressions: [{ key: label, operator: "NotIn", values: [evaluator] }],
});

/** The PrometheusRules of the Ruler. */
export function rulesOfRuler({ sharded }: Pick<Evaluators, "sharded">): LabelSelector {
    return sharded ? not(prometheus) : { matchLabels: { ...rulerLabels } };
}

/** The PrometheusRules of Prometheus. */
export function rulesOfPrometheus(evaluators: Evaluators): LabelSelector {
    if (evaluators.sharded) {
        return { matchLabels: { ...prometheusLabels } };
    }
    return evaluators.ruler ? not(ruler) : {};
}
