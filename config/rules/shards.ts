import { wrong, type Problem } from "../problems";
import { type AreaSettings, hasRuler, type MetricsSettings, otherClusters } from "../schema";
import { isSharded, shardsOf } from "../shards";
import { rule, when, type Rule } from "./rule";

/** Who hasn't set them has them from the load. */
const named = (metrics: MetricsSettings) => `metrics.shards ${shardsOf(metrics)}, given or of perch:load`;

/** What each shard of Prometheus has is put together by Thanos Query alone, and only the Ruler evaluates over all of it. */
function together({ metrics, longTerm }: Pick<AreaSettings, "metrics" | "longTerm">): Problem[] {
    const { shards } = metrics;
    if (longTerm.kind === "none") {
        return [
            wrong(
                "metrics.shards",
                shards,
                `1 with longTerm.kind none: each shard has its own targets only, and Thanos sees all`,
            ),
        ];
    }
    const others = otherClusters({ longTerm });
    return [
        ...when(!hasRuler({ longTerm }), () =>
            wrong(
                "metrics.shards",
                shards,
                "1, or a Ruler (longTerm.ruler: {}): a rule that a shard evaluates knows its own targets only",
            ),
        ),
        ...when(others.length > 0, () =>
            wrong(
                "longTerm.query.endpoints",
                others.join(", "),
                `none with ${named(metrics)}: the Ruler evaluates all rules, and would take the other ` +
                    "clusters' series for this one's",
            ),
        ),
    ];
}

export const shardRules: readonly Rule[] = [
    rule(["metrics", "longTerm"], (settings) => (isSharded(settings.metrics) ? together(settings) : [])),
    rule(["metrics"], ({ metrics }) =>
        when(isSharded(metrics) && metrics.exposure.kind !== "none", () =>
            wrong(
                "metrics.exposure.kind",
                metrics.exposure.kind,
                `none with ${named(metrics)}: who calls gets the series of one of them`,
            ),
        ),
    ),
    rule(["metrics", "autoscaling"], ({ metrics, autoscaling }) =>
        when(
            isSharded(metrics) && autoscaling.kind === "prometheusAdapter" && autoscaling.source === "prometheus",
            () =>
                wrong(
                    "autoscaling.source",
                    "prometheus",
                    `thanos with ${named(metrics)}: a shard has the series of some of the pods only`,
                ),
        ),
    ),
    rule(["metrics", "grafana"], ({ metrics, grafana: { defaultDatasource } }) =>
        when(isSharded(metrics) && defaultDatasource === "prometheus", () =>
            wrong(
                "grafana.defaultDatasource",
                defaultDatasource,
                `thanos with ${named(metrics)}: a shard has its own targets only`,
            ),
        ),
    ),
];
