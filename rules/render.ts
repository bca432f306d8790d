import { alertPlaceholder } from "../config/schema";
import type { AlertName, RuleGroup } from "./types";

/** A rule as Prometheus's files and the PrometheusRule resource have it. */
export interface RenderedRule {
    alert: AlertName;
    expr: string;
    for: string;
    labels: Record<string, string>;
    annotations: { summary: string; description: string; runbook_url?: string };
}

/** Contents of a rule file, and the spec of a PrometheusRule. */
export interface RuleFile {
    groups: { name: string; rules: RenderedRule[] }[];
}

/**
 * The rules as Prometheus reads them.
 *
 * @param runbookUrl page of an alert, `{alert}` for its name; without it the alerts name no page, for a path would be a
 *     dead link wherever an alert is shown
 */
export function ruleFile(groups: readonly RuleGroup[], runbookUrl?: string): RuleFile {
    return {
        groups: groups.map(({ name, rules }) => ({
            name,
            rules: rules.map((rule) => ({
                alert: rule.alert,
                expr: rule.expr,
                for: rule.for,
                labels: { ...rule.labels, severity: rule.severity },
                annotations: {
                    summary: rule.summary,
                    description: rule.description,
                    ...(runbookUrl === undefined
                        ? {}
                        : { runbook_url: runbookUrl.replaceAll(alertPlaceholder, rule.alert) }),
                },
            })),
        })),
    };
}
