import type { AlertName } from "../config/alerts";
import { alertPlaceholder } from "../config/schema";
import { type AlertRule, isAlert, type RecordingRule, type RuleGroup } from "./types";

/** An alerting rule as Prometheus's files and the PrometheusRule resource have it. */
export interface RenderedAlert {
    alert: AlertName;
    expr: string;
    for?: string;
    labels: Record<string, string>;
    annotations: { summary: string; description: string; runbook_url?: string };
}

/** A rule as Prometheus's files and the PrometheusRule resource have it. */
export type RenderedRule = RenderedAlert | { record: string; expr: string; labels?: Record<string, string> };

/** Contents of a rule file, and the spec of a PrometheusRule. */
export interface RuleFile {
    groups: { name: string; rules: RenderedRule[] }[];
}

function rendered(rule: AlertRule | RecordingRule, runbookUrl: string | undefined): RenderedRule {
    return isAlert(rule)
        ? {
              alert: rule.alert,
              expr: rule.expr,
              ...(rule.for === undefined ? {} : { for: rule.for }),
              labels: { ...rule.labels, severity: rule.severity },
              annotations: {
                  summary: rule.summary,
                  description: rule.description,
                  ...(runbookUrl === undefined
                      ? {}
                      : { runbook_url: runbookUrl.replaceAll(alertPlaceholder, rule.alert) }),
              },
          }
        : {
              record: rule.record,
              expr: rule.expr,
              ...(rule.labels === undefined ? {} : { labels: { ...rule.labels } }),
          };
}

/**
 * The rules as Prometheus reads them.
 *
 * @param runbookUrl page of an alert, `{alert}` for its name; without it the alerts name no page, for a path would be a
 *     dead link wherever an alert is shown
 */
export function ruleFile(groups: readonly RuleGroup[], runbookUrl?: string): RuleFile {
    return {
        groups: groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => rendered(rule, runbookUrl)) })),
    };
}
