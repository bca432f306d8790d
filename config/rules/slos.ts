import { wrong, type Problem } from "../problems";
import { type AreaSettings, hasRuler } from "../schema";
import { longestSloWindow, sloLabels, sloPeriod } from "../slos";
import { parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

/** Label names that tell the recordings of one SLO from those of another. */
const ownLabels: readonly string[] = [...Object.values(sloLabels), "severity", "alertname"];

type Slos = Pick<AreaSettings, "slos" | "metrics" | "longTerm">;

/** Whether a part of the SLOs reads further back than Prometheus keeps. */
const beyond = ({ slos, metrics }: Slos, window: string) =>
    Object.keys(slos).length > 0 && parseDuration(metrics.retention) < parseDuration(window);

/** What a Ruler has to find in the bucket, and must not find in what it asks. */
function ofRuler(settings: Slos): Problem[] {
    const { longTerm } = settings;
    if (longTerm.kind === "none" || longTerm.ruler === "none" || !beyond(settings, sloPeriod)) {
        return [];
    }
    const others = Object.keys(longTerm.query.endpoints);
    const raw = longTerm.compactor === "none" ? "unlimited" : longTerm.compactor.retention.raw;
    return [
        ...when(others.length > 0, () =>
            wrong(
                "longTerm.query.endpoints",
                others.join(", "),
                "none with slos that the Ruler evaluates: it would count the other clusters' events too; " +
                    `or a metrics.retention of ${sloPeriod}, with which Prometheus evaluates them`,
            ),
        ),
        ...when(raw !== "unlimited" && parseDuration(raw) < parseDuration(sloPeriod), () =>
            wrong(
                "longTerm.compactor.retention.raw",
                raw,
                `${sloPeriod} or more with slos that the Ruler evaluates: it reads samples as they came`,
            ),
        ),
    ];
}

export const sloProblems: readonly Rule[] = [
    rule(["slos", "metrics", "longTerm"], (settings) => [
        ...when(!hasRuler(settings) && beyond(settings, longestSloWindow), () =>
            wrong(
                "metrics.retention",
                settings.metrics.retention,
                `${longestSloWindow} or more with slos: that is the longest window of a burn rate; or a longTerm.ruler`,
            ),
        ),
        ...ofRuler(settings),
    ]),
    rule(["slos"], ({ slos }) =>
        Object.entries(slos).flatMap(([name, { labels }]) =>
            Object.keys(labels)
                .filter((label) => ownLabels.includes(label))
                .map((label) => ({
                    path: `slos.${name}.labels.${label}`,
                    message: "is a label that the program sets itself; expected another",
                })),
        ),
    ),
];
