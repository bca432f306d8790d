import type { LabelSelector } from "../metrics/prometheus-spec";

/** Label by which a PrometheusRule says who evaluates it, and the Ruler's value of it. */
const label = "perch.dev/evaluated-by";
const ruler = "thanos-ruler";

/** Labels of a PrometheusRule that the Ruler evaluates in place of Prometheus. */
export const rulerLabels: Readonly<Record<string, string>> = { [label]: ruler };

/** The PrometheusRules of the Ruler. */
export const rulesOfRuler: LabelSelector = { matchLabels: { ...rulerLabels } };

/** The PrometheusRules of Prometheus: all, but for those of a Ruler where there is one. */
export function rulesOfPrometheus(hasRuler: boolean): LabelSelector {
    return hasRuler ? { matchExpressions: [{ key: label, operator: "NotIn", values: [ruler] }] } : {};
}
