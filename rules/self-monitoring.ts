import { prometheusServers } from "../config/shards";
import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

/**
 * How many replicas of a job are missing. Not `up == 0`: the target of a deleted pod is gone, and its `up` with it.
 */
function missing(selector: string, replicas: number): string {
    return `${replicas} - (sum(up{${selector}}) or vector(0)) > 0`;
}

/** Why Loki leaves out lines that are merely old, such as those that a new agent reads once more. */
const tooOld = "too_far_behind|greater_than_max_sample_age";

/**
 * Alerts on the stack's own health, only for the parts that are on.
 *
 * Every Prometheus evaluates them, so the loss of one is noticed by the others; that of the last one, or of the last
 * Alertmanager, only by a check from outside.
 */
export function selfMonitoring({ settings, own, scrapes, threshold }: RuleContext): RuleGroup[] {
    const { namespace } = settings.platform;
    const { alerting, metrics } = settings;
    const rules: AlertRule[] = [
        prometheusDown(own("prometheus"), prometheusServers(metrics), namespace),
        ...(scrapes("kubelet") ? [volumeFillingUp(own("kubelet"), threshold("VolumeFillingUp"))] : []),
        ...(scrapes("thanosCompact")
            ? [thanosCompactorFailed(own("thanosCompact"), namespace, threshold("ThanosCompactorFailed"))]
            : []),
        ...(scrapes("loki")
            ? [
                  lokiRequestErrors(own("loki"), own("loki", 'status_code=~"5.."'), threshold("LokiRequestErrors")),
                  lokiDiscardingLogs(own("loki", `reason!~"${tooOld}"`)),
              ]
            : []),
        ...(alerting.kind === "none" ? [] : [alertmanagerDown(own("alertmanager"), alerting.replicas, namespace)]),
    ];
    return [{ name: "perch-self-monitoring", rules }];
}

function prometheusDown(selector: string, replicas: number, namespace: string): AlertRule {
    return {
        alert: "PrometheusDown",
        expr: missing(selector, replicas),
        for: "5m",
        severity: "critical",
        labels: { namespace },
        summary: `{{ $value }} of ${replicas} Prometheus servers are down`,
        description:
            `{{ $value }} of ${replicas} Prometheus servers in ${namespace} can't be scraped for 5 minutes. ` +
            "With the last one all metrics and alerts stop.",
    };
}

function volumeFillingUp(selector: string, share: number): AlertRule {
    const left = `kubelet_volume_stats_available_bytes{${selector}} / kubelet_volume_stats_capacity_bytes{${selector}}`;
    return {
        alert: "VolumeFillingUp",
        // Without the node: while a pod moves, its volume is seen on both.
        expr: `min by (namespace, persistentvolumeclaim) (${left}) < ${share}`,
        for: "15m",
        severity: "critical",
        summary: "Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left",
        description:
            "The volume {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} has " +
            "{{ $value | humanizePercentage }} left. When it is full, what writes to it stops.",
    };
}

function thanosCompactorFailed(selector: string, namespace: string, failed: number): AlertRule {
    // Not their share: groups of blocks with nothing to compact count as tried, too. A pass ends at the first failure and is
    // tried again, which may take hours; one that succeeds says that it is over.
    const failures = `sum(increase(thanos_compact_group_compactions_failures_total{${selector}}[6h]))`;
    const passes = `sum(increase(thanos_compact_iterations_total{${selector}}[1h]))`;
    return {
        alert: "ThanosCompactorFailed",
        expr: [
            `max(thanos_compact_halted{${selector}}) == 1`,
            `(${failures} >= ${failed} and ${passes} == 0)`,
            missing(selector, 1),
        ].join(" or "),
        for: "15m",
        severity: "critical",
        labels: { namespace },
        summary: "The Thanos Compactor doesn't compact",
        description:
            `The Compactor in ${namespace} has halted, fails at compactions again and again, or doesn't run. ` +
            "Until it works again nothing in the bucket is downsampled or deleted by retention.",
    };
}

function lokiRequestErrors(all: string, failed: string, share: number): AlertRule {
    const rate = (selector: string) =>
        `sum by (namespace, job, route) (rate(loki_request_duration_seconds_count{${selector}}[5m]))`;
    return {
        alert: "LokiRequestErrors",
        expr: `${rate(failed)} / ${rate(all)} > ${share}`,
        for: "15m",
        severity: "critical",
        summary: "Loki fails at {{ $value | humanizePercentage }} of the requests to {{ $labels.route }}",
        description:
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.route }} of {{ $labels.job }} in " +
            "{{ $labels.namespace }} end in a server error. Agents retry for a while, then log lines are lost.",
    };
}

function lokiDiscardingLogs(selector: string): AlertRule {
    return {
        alert: "LokiDiscardingLogs",
        // Who pushes isn't always told: of a push with several streams Loki answers for the last one alone.
        expr: `sum by (namespace, reason) (increase(loki_discarded_samples_total{${selector}}[15m])) > 0`,
        for: "5m",
        severity: "warning",
        summary: "Loki discards log lines: {{ $labels.reason }}",
        description:
            "Loki in {{ $labels.namespace }} discarded {{ $value | humanize }} log lines in 15 minutes, reason " +
            "{{ $labels.reason }}. They are lost, but for those of rate_limited, which agents push again.",
    };
}

function alertmanagerDown(selector: string, replicas: number, namespace: string): AlertRule {
    return {
        alert: "AlertmanagerDown",
        expr: missing(selector, replicas),
        for: "5m",
        severity: "critical",
        labels: { namespace },
        summary: `{{ $value }} of ${replicas} Alertmanagers are down`,
        description:
            `{{ $value }} of ${replicas} Alertmanagers in ${namespace} can't be scraped for 5 minutes. Any survivor ` +
            "still notifies; with the last one nobody is told of anything, this alert included.",
    };
}
