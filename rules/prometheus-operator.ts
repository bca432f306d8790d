import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const each = "namespace, controller";

function errors({ own, threshold }: RuleContext): AlertRule[] {
    const operator = own("prometheusOperator");
    const rule = (
        alert:
            | "PrometheusOperatorListErrors"
            | "PrometheusOperatorWatchErrors"
            | "PrometheusOperatorReconcileErrors"
            | "PrometheusOperatorStatusUpdateErrors",
        [failed, all]: [string, string],
        [window, hold]: [string, string],
        what: string,
    ): AlertRule => {
        const rate = (metric: string) =>
            `sum by (${each}) (rate(prometheus_operator_${metric}_total{${operator}}[${window}]))`;
        return {
            alert,
            expr: `${rate(failed)} / ${rate(all)} > ${threshold(alert)}`,
            for: hold,
            severity: "warning",
            summary: `Prometheus Operator fails at {{ $value | humanizePercentage }} of its ${what}`,
            description:
                `{{ $value | humanizePercentage }} of the ${what} of controller {{ $labels.controller }} of Prometheus ` +
                "Operator in {{ $labels.namespace }} fail.",
        };
    };
    return [
        rule(
            "PrometheusOperatorListErrors",
            ["list_operations_failed", "list_operations"],
            ["10m", "15m"],
            "list requests",
        ),
        rule(
            "PrometheusOperatorWatchErrors",
            ["watch_operations_failed", "watch_operations"],
            ["5m", "15m"],
            "watch requests",
        ),
        rule(
            "PrometheusOperatorReconcileErrors",
            ["reconcile_errors", "reconcile_operations"],
            ["5m", "10m"],
            "reconciliations",
        ),
        rule(
            "PrometheusOperatorStatusUpdateErrors",
            ["status_update_errors", "status_update_operations"],
            ["5m", "10m"],
            "status updates",
        ),
    ];
}

function states({ own, settings, threshold }: RuleContext): AlertRule[] {
    const operator = own("prometheusOperator");
    const lookups: AlertRule = {
        alert: "PrometheusOperatorNodeLookupErrors",
        expr:
            `rate(prometheus_operator_node_address_lookup_errors_total{${operator}}[5m]) ` +
            `> ${threshold("PrometheusOperatorNodeLookupErrors")}`,
        for: "10m",
        severity: "warning",
        summary: "Prometheus Operator can't tell the addresses of nodes",
        description:
            "Prometheus Operator in {{ $labels.namespace }} can't tell the addresses of nodes: their kubelets aren't scraped.",
    };
    return [
        {
            alert: "PrometheusOperatorSyncFailed",
            expr: `min_over_time(prometheus_operator_syncs{${own("prometheusOperator", 'status="failed"')}}[5m]) > 0`,
            for: "10m",
            severity: "warning",
            summary: "Prometheus Operator can't bring {{ $value }} objects into their wanted state",
            description:
                "Controller {{ $labels.controller }} of Prometheus Operator in {{ $labels.namespace }} can't bring " +
                "{{ $value }} objects into their wanted state.",
        },
        ...(settings.metrics.kubelet ? [lookups] : []),
        {
            alert: "PrometheusOperatorNotReady",
            expr: `min by (${each}) (max_over_time(prometheus_operator_ready{${operator}}[5m])) == 0`,
            for: "5m",
            severity: "warning",
            summary: "Prometheus Operator isn't ready",
            description:
                "Controller {{ $labels.controller }} of Prometheus Operator in {{ $labels.namespace }} isn't ready to take " +
                "changes.",
        },
        {
            alert: "PrometheusOperatorRejectedResources",
            expr: `min_over_time(prometheus_operator_managed_resources{${own("prometheusOperator", 'state="rejected"')}}[5m]) > 0`,
            for: "5m",
            severity: "warning",
            summary: "Prometheus Operator rejects {{ $value }} objects: {{ $labels.resource }}",
            description:
                "Controller {{ $labels.controller }} of Prometheus Operator in {{ $labels.namespace }} rejects {{ $value }} " +
                "objects of kind {{ $labels.resource }}: what they ask for isn't scraped or evaluated.",
        },
    ];
}

function reloaders({ own }: RuleContext): AlertRule {
    return {
        alert: "ConfigReloaderSidecarErrors",
        expr: `max_over_time(reloader_last_reload_successful{${own("configReloader")}}[5m]) == 0`,
        for: "10m",
        severity: "warning",
        summary: "The config-reloader of pod {{ $labels.pod }} fails",
        description:
            "The config-reloader beside {{ $labels.pod }} in {{ $labels.namespace }} can't hand over a new configuration: " +
            "changes have no effect there.",
    };
}

/** Prometheus Operator, and the config-reloaders that it puts beside Prometheus and Alertmanager. */
export function prometheusOperator(context: RuleContext): RuleGroup[] {
    return [
        { name: "prometheus-operator", rules: [...errors(context), ...states(context)] },
        { name: "config-reloader", rules: [reloaders(context)] },
    ];
}
