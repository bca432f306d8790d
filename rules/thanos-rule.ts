import type { RuleContext } from "./context";
import { shareOfRate } from "./promql";
import { grpcFailures, isDown, percentage, where } from "./thanos-parts";
import type { AlertRule } from "./types";

const which = `Ruler {{ $labels.pod }} ${where}`;

function evaluations({ own, threshold }: RuleContext): AlertRule[] {
    const selector = own("thanosRule");
    const rate = (metric: string) => `sum by (namespace, pod) (rate(${metric}{${selector}}[5m]))`;
    const ofGroup = (metric: string) =>
        `max by (namespace, pod, rule_group) (prometheus_rule_group_${metric}{${selector}})`;
    const failures = `${rate("prometheus_rule_evaluation_failures_total")} / ${rate("prometheus_rule_evaluations_total")}`;
    return [
        {
            alert: "ThanosNoRuleEvaluations",
            expr:
                `${rate("prometheus_rule_evaluations_total")} <= 0 and ` +
                `sum by (namespace, pod) (thanos_rule_loaded_rules{${selector}}) > 0`,
            for: "5m",
            severity: "critical",
            summary: "Ruler {{ $labels.pod }} evaluates nothing",
            description: `${which} has rules, and evaluates none of them.`,
        },
        {
            alert: "ThanosRuleHighRuleEvaluationFailures",
            expr: `${failures} > ${threshold("ThanosRuleHighRuleEvaluationFailures")}`,
            for: "5m",
            severity: "critical",
            summary: `Ruler {{ $labels.pod }} fails at ${percentage} of its evaluations`,
            description: `${which} fails at ${percentage} of its evaluations: mostly Thanos Query doesn't answer.`,
        },
        {
            alert: "ThanosRuleHighRuleEvaluationWarnings",
            expr: `${rate("thanos_rule_evaluation_with_warnings_total")} > 0`,
            for: "15m",
            severity: "info",
            summary: "Ruler {{ $labels.pod }} evaluates rules with warnings",
            description: `${which} evaluates rules by answers with warnings, which may be incomplete.`,
        },
        {
            alert: "ThanosRuleRuleEvaluationLatencyHigh",
            expr: `${ofGroup("last_duration_seconds")} > ${ofGroup("interval_seconds")}`,
            for: "5m",
            severity: "warning",
            summary: "Ruler {{ $labels.pod }} takes longer for {{ $labels.rule_group }} than it has",
            description: `${which} takes {{ $value | humanizeDuration }} for the group {{ $labels.rule_group }}, more than its interval.`,
        },
        {
            alert: "ThanosRuleNoEvaluationFor10Intervals",
            expr: `time() - ${ofGroup("last_evaluation_timestamp_seconds")} > 10 * ${ofGroup("interval_seconds")}`,
            for: "5m",
            severity: "info",
            summary: "Ruler {{ $labels.pod }} hasn't evaluated {{ $labels.rule_group }} for long",
            description: `${which} last evaluated the group {{ $labels.rule_group }} {{ $value | humanizeDuration }} ago.`,
        },
    ];
}

function dns(
    { own, threshold }: RuleContext,
    alert: "ThanosRuleQueryHighDNSFailures" | "ThanosRuleAlertmanagerHighDNSFailures",
    [prefix, what]: [string, string],
): AlertRule {
    const rate = (kind: string) =>
        `sum by (namespace, job) (rate(thanos_rule_${prefix}_dns_${kind}_total{${own("thanosRule")}}[5m]))`;
    return {
        alert,
        expr: `${rate("failures")} / ${rate("lookups")} > ${threshold(alert)}`,
        for: "15m",
        severity: "warning",
        summary: `The Rulers fail at ${percentage} of their DNS look-ups of ${what}`,
        description: `The Rulers ${where} fail at ${percentage} of their DNS look-ups of ${what}.`,
    };
}

/** Thanos Ruler. */
export function thanosRule(context: RuleContext): AlertRule[] {
    const { own, settings, threshold } = context;
    const selector = own("thanosRule");
    const grpc = shareOfRate("grpc_server_handled_total", own("thanosRule", grpcFailures), selector, "namespace, job");
    const dropped = (metric: string) => `sum by (namespace, pod) (rate(${metric}{${selector}}[5m])) > 0`;
    return [
        isDown("ThanosRuleIsDown", "thanosRule", context, [
            "Ruler",
            "what only it evaluates is neither recorded nor told",
        ]),
        ...(settings.alerting.kind === "none"
            ? []
            : ([
                  {
                      alert: "ThanosRuleQueueIsDroppingAlerts",
                      expr: dropped("thanos_alert_queue_alerts_dropped_total"),
                      for: "5m",
                      severity: "critical",
                      summary: "Ruler {{ $labels.pod }} drops alerts before it sends them",
                      description: `${which} has more alerts than it can queue, and drops some.`,
                  },
                  {
                      alert: "ThanosRuleSenderIsFailingAlerts",
                      expr: dropped("thanos_alert_sender_alerts_dropped_total"),
                      for: "5m",
                      severity: "critical",
                      summary: "Ruler {{ $labels.pod }} can't send alerts",
                      description: `${which} reaches no Alertmanager: its alerts are lost.`,
                  },
                  dns(context, "ThanosRuleAlertmanagerHighDNSFailures", ["alertmanagers", "Alertmanagers"]),
              ] satisfies AlertRule[])),
        ...evaluations(context),
        {
            alert: "ThanosRuleGrpcErrorRate",
            expr: `${grpc} > ${threshold("ThanosRuleGrpcErrorRate")}`,
            for: "5m",
            severity: "warning",
            summary: `The Rulers fail at ${percentage} of their requests`,
            description: `The Rulers ${where} fail at ${percentage} of their gRPC requests: what they recorded is missing in queries.`,
        },
        {
            alert: "ThanosRuleConfigReloadFailure",
            expr: `min by (namespace, pod) (thanos_rule_config_last_reload_successful{${selector}}) != 1`,
            for: "5m",
            severity: "info",
            summary: "Ruler {{ $labels.pod }} can't load its rules",
            description: `${which} failed to load its rules, and works by older ones.`,
        },
        dns(context, "ThanosRuleQueryHighDNSFailures", ["query_apis", "Thanos Query"]),
    ];
}
