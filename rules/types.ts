import type { AlertName } from "../config/alerts";

/**
 * How soon somebody has to look: `critical` now, `warning` in working hours, `info` when they look anyway; `none`: the alert
 * isn't for people.
 */
export type Severity = "critical" | "warning" | "info" | "none";

/** An alerting rule. */
export interface AlertRule {
    readonly alert: AlertName;
    /** PromQL; each series of the result is an alert. */
    readonly expr: string;
    /** How long the expression must hold before somebody is told: `5m`; `0s`: at once.  @default at once */
    readonly for?: string;
    readonly severity: Severity;
    /** Labels beside `severity`; the route tree matches `namespace`, so an expression that loses it has it here. */
    readonly labels?: Readonly<Record<string, string>>;
    /** One line, for the subject of a mail; may use templates. */
    readonly summary: string;
    /** What is wrong and what it means; may use templates. */
    readonly description: string;
}

/** A recording rule: an expression whose result is kept as a series of its own. */
export interface RecordingRule {
    /** Name of the series: `level:metric:operations`. */
    readonly record: string;
    readonly expr: string;
    /** Labels that the series gets.  @default those of the result alone */
    readonly labels?: Readonly<Record<string, string>>;
}

/** Rules that are evaluated one after the other. */
export interface RuleGroup {
    readonly name: string;
    readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Groups about one subject, which become one PrometheusRule. */
export interface RuleFamily {
    /** Name of the PrometheusRule. */
    readonly name: string;
    readonly groups: readonly RuleGroup[];
    /** Who evaluates them in any case.  @default Prometheus; where that has shards, the Ruler */
    readonly evaluator?: "prometheus" | "ruler";
}

export function isAlert(rule: AlertRule | RecordingRule): rule is AlertRule {
    return "alert" in rule;
}

/** The alerting rules of some groups. */
export function alertRules(groups: readonly RuleGroup[]): AlertRule[] {
    return groups.flatMap(({ rules }) => rules.filter(isAlert));
}
