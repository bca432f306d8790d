import { heartbeatOf } from "../config/dead-mans-switch";
import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const server = "Alertmanager {{ $labels.pod }} in {{ $labels.namespace }}";

/** Share of the notifications that fail, by these labels. */
function failing(selector: string, by: string): string {
    const rate = (metric: string) => `sum by (${by}) (rate(alertmanager_${metric}_total{${selector}}[15m]))`;
    return `${rate("notifications_failed")} / ${rate("notifications")}`;
}

function delivery(selector: string, { settings, threshold }: RuleContext): AlertRule[] {
    const integration = "{{ $labels.integration }}";
    // The dead man's switch is one of them, and tells nobody of an alert.
    const ofSwitch = heartbeatOf(settings.alerting) === undefined ? 0 : 1;
    return [
        {
            alert: "AlertmanagerFailedToSendAlerts",
            expr: `${failing(selector, "namespace, pod, integration")} > ${threshold("AlertmanagerFailedToSendAlerts")}`,
            for: "5m",
            severity: "warning",
            summary: `Alertmanager {{ $labels.pod }} can't send all notifications by ${integration}`,
            description: `${server} fails at {{ $value | humanizePercentage }} of its notifications by ${integration}.`,
        },
        {
            alert: "AlertmanagerClusterFailedToSendAlerts",
            expr:
                `min by (namespace, integration) (${failing(selector, "namespace, pod, integration")}) ` +
                `> ${threshold("AlertmanagerClusterFailedToSendAlerts")}`,
            for: "5m",
            severity: "critical",
            summary: `No Alertmanager can send all notifications by ${integration}`,
            description:
                `Every Alertmanager in {{ $labels.namespace }} that notifies by ${integration} fails at ` +
                "{{ $value | humanizePercentage }} of its notifications or more: alerts don't reach people.",
        },
        {
            alert: "AlertmanagerReceiversNotConfigured",
            expr: `max by (namespace) (alertmanager_integrations{${selector}}) <= ${ofSwitch}`,
            for: "10m",
            severity: "info",
            summary: "Alertmanager has nobody to tell",
            description:
                "Alertmanager in {{ $labels.namespace }} has no receiver (alerting.receivers): alerts show in its UI alone.",
        },
    ];
}

function configuration(selector: string): AlertRule[] {
    return [
        {
            alert: "AlertmanagerFailedReload",
            expr: `max_over_time(alertmanager_config_last_reload_successful{${selector}}[5m]) == 0`,
            for: "10m",
            severity: "critical",
            summary: "Alertmanager {{ $labels.pod }} can't load its configuration",
            description: `${server} can't load its configuration and works on with the last good one.`,
        },
    ];
}

/** What only replicas that gossip can have. */
function gossip(selector: string, replicas: number, { threshold }: RuleContext): AlertRule[] {
    return [
        {
            alert: "AlertmanagerMembersInconsistent",
            expr: `max_over_time(alertmanager_cluster_members{${selector}}[5m]) < ${replicas}`,
            for: "15m",
            severity: "critical",
            summary: `Alertmanager {{ $labels.pod }} finds {{ $value }} of ${replicas} members`,
            description:
                `${server} finds {{ $value }} of ${replicas} members: those that don't find each other notify twice, and ` +
                "silences hold on one side only.",
        },
        {
            alert: "AlertmanagerConfigInconsistent",
            expr:
                `count by (namespace) (count_values by (namespace) ("config_hash", ` +
                `alertmanager_config_hash{${selector}})) > 1`,
            for: "20m",
            severity: "critical",
            summary: "The Alertmanagers have {{ $value }} different configurations",
            description:
                "The Alertmanagers in {{ $labels.namespace }} have {{ $value }} different configurations: who is told depends " +
                "on which of them notifies.",
        },
        {
            alert: "AlertmanagerClusterFailedPeers",
            expr: `alertmanager_cluster_failed_peers{${selector}} > 0`,
            for: "15m",
            severity: "warning",
            summary: "Alertmanager {{ $labels.pod }} has lost {{ $value }} peers",
            description: `${server} has lost {{ $value }} peers and doesn't find them again.`,
        },
        {
            alert: "AlertmanagerClusterCrashlooping",
            expr:
                `count by (namespace) (changes(process_start_time_seconds{${selector}}[10m]) > 4) / ` +
                `count by (namespace) (up{${selector}}) >= ${threshold("AlertmanagerClusterCrashlooping")}`,
            for: "5m",
            severity: "critical",
            summary: "{{ $value | humanizePercentage }} of the Alertmanagers restart again and again",
            description:
                "{{ $value | humanizePercentage }} of the Alertmanagers in {{ $labels.namespace }} restarted five times or " +
                "more in 10 minutes.",
        },
    ];
}

/** Alertmanager: whether alerts reach anybody. */
export function alertmanager(context: RuleContext): RuleGroup[] {
    const { alerting } = context.settings;
    if (alerting.kind === "none") {
        return [];
    }
    const selector = context.own("alertmanager");
    return [
        {
            name: "alertmanager",
            rules: [
                ...configuration(selector),
                ...delivery(selector, context),
                ...(alerting.replicas < 2 ? [] : gossip(selector, alerting.replicas, context)),
            ],
        },
    ];
}
