import { wrong, type Problem } from "../problems";
import { promqlErrors } from "../promql";
import { type AreaSettings, hasRuler, otherClusters, windowPlaceholder } from "../schema";
import { longestSloWindow, sloId, sloLabels, sloPeriod } from "../slos";
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
    const others = otherClusters(settings);
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

/** As long as {@link windowPlaceholder}, so that an error is where it is in what was given. */
const someWindow = "1h30m30s";

/** What is wrong with the query of an SLO: one that Prometheus refuses takes the rules of all SLOs with it. */
function query(path: string, given: string): Problem[] {
    const text = given.replaceAll(windowPlaceholder, someWindow);
    const [at] = promqlErrors(text);
    if (at !== undefined) {
        const rest = given.slice(at, at + 20);
        return [
            wrong(path, given, rest === "" ? "PromQL: something lacks at its end" : `PromQL: it ends before "${rest}"`),
        ];
    }
    // The recordings have it in brackets.
    return when(promqlErrors(`(${text.trim()})`).length > 0, () => wrong(path, given, "no comment at its end"));
}

/** SLOs whose identifier another one has. */
function sameIds(slos: Slos["slos"]): Problem[] {
    const ids = Object.entries(slos).map(([name, { service }]) => ({ name, service, id: sloId(service, name) }));
    return ids.flatMap(({ name, service, id }, index) => {
        const other = ids.slice(0, index).find((one) => one.id === id);
        return other === undefined
            ? []
            : [
                  wrong(
                      `slos.${name}.service`,
                      service,
                      `another service or name: slos.${other.name} of ${other.service} is ${id}, too`,
                  ),
              ];
    });
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
    rule(["slos"], ({ slos }) => [
        ...sameIds(slos),
        ...Object.entries(slos).flatMap(([name, { errors, total }]) => [
            ...query(`slos.${name}.errors`, errors),
            ...query(`slos.${name}.total`, total),
        ]),
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
