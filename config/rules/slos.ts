import { longestSloWindow } from "../../rules/slo";
import { wrong } from "../problems";
import { parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

/** Label names that tell the recordings of one SLO from those of another. */
const ownLabels = ["sloth_id", "sloth_service", "sloth_slo", "sloth_window", "severity", "alertname"];

export const sloProblems: readonly Rule[] = [
    rule(["slos", "metrics"], ({ slos, metrics }) =>
        when(Object.keys(slos).length > 0 && parseDuration(metrics.retention) < parseDuration(longestSloWindow), () =>
            wrong(
                "metrics.retention",
                metrics.retention,
                `${longestSloWindow} or more with slos: that is the longest window of a burn rate`,
            ),
        ),
    ),
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
