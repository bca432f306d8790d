import type { AlertName, RuleGroup } from "./types";

/** Folder of the pages that say what an alert means and what to do, in this project. */
export const RUNBOOKS = "docs/runbooks";

/** A rule as Prometheus's files and the PrometheusRule resource have it. */
export interface RenderedRule {
    alert: AlertName;
    expr: string;
    for: string;
    labels: Record<string, string>;
    annotations: { summary: string; description: string; runbook_url: string };
}

/** Contents of a rule file, and the spec of a PrometheusRule. */
export interface RuleFile {
    groups: { name: string; rules: RenderedRule[] }[];
}

/**
 * The rules as Prometheus reads them.
 *
 * @param runbooks where the pages of docs/runbooks/ are found: a URL or a path, without a slash at its end
 */
export function ruleFile(groups: readonly RuleGroup[], runbooks = RUNBOOKS): RuleFile {
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
                    runbook_url: `${runbooks}/${rule.alert}.md`,
                },
            })),
        })),
    };
}
