import { wrong, type Problem } from "../problems";
import { type AreaSettings, hasRuler } from "../schema";
import { isSharded } from "../shards";
import { rule, when, type Rule } from "./rule";

/** What each shard of Prometheus has is put together by Thanos Query alone, and only the Ruler evaluates over all of it. */
function together({
    metrics: { shards },
    longTerm,
    load,
}: Pick<AreaSettings, "metrics" | "longTerm" | "load">): Problem[] {
    const asked = load === undefined ? "" : "; perch:load may have asked for them: what is set here wins";
    if (longTerm.kind === "none") {
        return [
            wrong(
                "metrics.shards",
                shards,
                `1 with longTerm.kind none: each shard has its own targets only, and Thanos sees all${asked}`,
            ),
        ];
    }
    const others = Object.keys(longTerm.query.endpoints);
    return [
        ...when(!hasRuler({ longTerm }), () =>
            wrong(
                "metrics.shards",
                shards,
                "1, or a Ruler (longTerm.ruler: {}): a rule that a shard evaluates knows its own targets only" + asked,
            ),
        ),
        ...when(others.length > 0, () =>
            wrong(
                "longTerm.query.endpoints",
                others.join(", "),
                `none with ${shards} metrics.shards: the Ruler evaluates all rules, and would take the other ` +
                    "clusters' series for this one's",
            ),
        ),
    ];
}

export const shardRules: readonly Rule[] = [
    rule(["metrics", "longTerm", "load"], (settings) => (isSharded(settings.metrics) ? together(settings) : [])),
    rule(["metrics"], ({ metrics }) =>
        when(isSharded(metrics) && metrics.exposure.kind !== "none", () =>
            wrong(
                "metrics.exposure.kind",
                metrics.exposure.kind,
                `none with ${metrics.shards} metrics.shards: who calls gets the series of one of them`,
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
                    `thanos with ${metrics.shards} metrics.shards: a shard has the series of some of the pods only`,
                ),
        ),
    ),
    rule(["metrics", "grafana"], ({ metrics, grafana: { defaultDatasource } }) =>
        when(isSharded(metrics) && defaultDatasource === "prometheus", () =>
            wrong(
                "grafana.defaultDatasource",
                defaultDatasource,
                `thanos with ${metrics.shards} metrics.shards: a shard has its own targets only`,
            ),
        ),
    ),
];
