/** Every alert of the stack: a misspelt name doesn't compile, and each has a page in docs/runbooks/. */
export const alertNames = [
    "PrometheusDown",
    "VolumeFillingUp",
    "ThanosCompactorFailed",
    "LokiRequestErrors",
    "AlertmanagerDown",
] as const;

export type AlertName = (typeof alertNames)[number];

/** How soon somebody has to look: `critical` now, `warning` in working hours. */
export type Severity = "critical" | "warning";

/** An alerting rule. */
export interface AlertRule {
    readonly alert: AlertName;
    /** PromQL; each series of the result is an alert. */
    readonly expr: string;
    /** How long the expression must hold before somebody is told: `5m`. */
    readonly for: string;
    readonly severity: Severity;
    /** Labels beside `severity`; the route tree matches `namespace`, so an expression that loses it has it here. */
    readonly labels?: Readonly<Record<string, string>>;
    /** One line, for the subject of a mail; may use templates. */
    readonly summary: string;
    /** What is wrong and what it means; may use templates. */
    readonly description: string;
}

/** Rules that are evaluated one after the other. */
export interface RuleGroup {
    readonly name: string;
    readonly rules: readonly AlertRule[];
}
