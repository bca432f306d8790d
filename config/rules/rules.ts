import { type AlertName, isGraded, thresholdOf } from "../alerts";
import { heartbeatOf } from "../dead-mans-switch";
import { wrong } from "../problems";
import type { AlertingSettings, RulesSettings } from "../schema";
import { rule, when, type Rule } from "./rule";

function thresholds(overrides: RulesSettings["alerts"]) {
    return Object.entries(overrides).flatMap(([alert, { threshold }]) =>
        when(threshold !== undefined && thresholdOf(alert as AlertName) === undefined, () =>
            wrong(
                `rules.alerts.${alert}.threshold`,
                threshold,
                "none: this alert has no threshold; enabled, for and severity can be changed",
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

/** Two rules of one name would have one severity, and nothing else that tells them apart. */
function severities(overrides: RulesSettings["alerts"]) {
    return Object.entries(overrides).flatMap(([alert, { severity }]) =>
        when(severity !== undefined && isGraded(alert as AlertName), () =>
            wrong(
                `rules.alerts.${alert}.severity`,
                severity,
                "none: this alert is a warning or critical by how bad it is; enabled and for can be changed",
            ),
        ),
    );
}

/** Without its alert the check outside rings for ever. */
function watchdog({ alerts }: RulesSettings, alerting: AlertingSettings) {
    return when(alerts.Watchdog?.enabled === false && heartbeatOf(alerting) !== undefined, () =>
        wrong(
            "rules.alerts.Watchdog.enabled",
            false,
            "true: the dead man's switch hears of this alert; alerting.deadMansSwitch.kind none takes both away",
        ),
    );
}

export const alertRuleRules: readonly Rule[] = [
    rule(["rules", "alerting"], ({ rules, alerting }) => watchdog(rules, alerting)),
    rule(["rules"], ({ rules }) => [...thresholds(rules.alerts), ...shares(rules.alerts), ...severities(rules.alerts)]),
];
