import { type AlertName, thresholdOf } from "../alerts";
import { wrong } from "../problems";
import type { RulesSettings } from "../schema";
import { rule, when, type Rule } from "./rule";

function thresholds(overrides: RulesSettings["alerts"]) {
    return Object.entries(overrides).flatMap(([alert, { threshold }]) =>
        when(threshold !== undefined && thresholdOf(alert as AlertName) === undefined, () =>
            wrong(
                `rules.alerts.${alert}.threshold`,
                threshold,
                "none: this alert compares with no figure; enabled, for and severity can be changed",
            ),
        ),
    );
}

/** What a share can't be: an alert with such a threshold would never fire, or always. */
function shares(overrides: RulesSettings["alerts"]) {
    return Object.entries(overrides).flatMap(([alert, { threshold }]) => {
        const unit = thresholdOf(alert as AlertName)?.unit ?? "";
        return when(threshold !== undefined && threshold > 1 && unit.startsWith("share of"), () =>
            wrong(`rules.alerts.${alert}.threshold`, threshold, `a ${unit}: 0.05 is 5 %`),
        );
    });
}

export const alertRuleRules: readonly Rule[] = [
    rule(["rules"], ({ rules }) => [...thresholds(rules.alerts), ...shares(rules.alerts)]),
];
