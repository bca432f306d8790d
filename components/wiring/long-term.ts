import { blocksOf } from "../../config/blocks";
import { evaluationInterval, samplesSettleAfter } from "../../config/evaluation";
import { isSharded } from "../../config/shards";
import type { Alertmanager } from "../alerting";
import { Thanos } from "../long-term";
import type { Prometheus, PrometheusOperator } from "../metrics";
import type { Ground, Order } from "./ground";

export function makeThanos(
    { name, parent, settings: { longTerm: settings, metrics, autoscaling }, shared, storage }: Ground,
    parts: { prometheus: Prometheus; operator: PrometheusOperator; alertmanager: Alertmanager | undefined },
    transformations: Order,
): Thanos | undefined {
    const { operator, alertmanager } = parts;
    const { sidecar } = parts.prometheus;
    if (settings.kind === "none" || sidecar === undefined) {
        return undefined;
    }
    const buckets = {
        "thanos-store": storage.access("thanos-store"),
        "thanos-compact": settings.compactor === "none" ? undefined : storage.access("thanos-compact"),
        "thanos-ruler": settings.ruler === "none" ? undefined : storage.access("thanos-ruler"),
    };
    const ruler = {
        operator,
        alertmanagers: alertmanager?.replicas,
        externalLabels: metrics.externalLabels,
        evaluationInterval: evaluationInterval(metrics),
        sharded: isSharded(metrics),
    };
    return new Thanos(
        `${name}-thanos`,
        {
            ...shared,
            settings,
            blocks: blocksOf(metrics),
            samplesSettleAfter: samplesSettleAfter({ metrics, longTerm: settings }),
            sidecar,
            buckets,
            ruler,
            // By half of the pods' samples the autoscaler would take pods away; the adapter can't ask for all itself.
            completeAnswers: autoscaling.kind === "prometheusAdapter" && autoscaling.source === "thanos",
        },
        { parent, transformations },
    );
}
