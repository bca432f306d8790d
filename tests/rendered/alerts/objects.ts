import { type Labels, ofJob, type Pair, type Series } from "./series";

/** Series of kube-state-metrics. */
export const ksm = ofJob("kubeStateMetrics");

export const ksmJob = { job: "kube-state-metrics" };

/** Labels of an object in namespace shop. */
export const shop = (labels: Labels) => ({ namespace: "shop", ...labels });

/** Pair of one series of kube-state-metrics that has another value. */
export function stateOf(
    metric: string,
    labels: Labels,
    bad: string,
    good: string,
    others: Series[] = [],
    at?: string,
): Pair {
    return {
        labels: { ...ksmJob, ...labels },
        fires: [ksm(metric, bad, labels), ...others],
        quiet: [ksm(metric, good, labels), ...others],
        ...(at === undefined ? {} : { at }),
    };
}
