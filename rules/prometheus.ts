import { seriesInMemory } from "../config/sizing";
import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const each = "namespace, pod";
const server = "Prometheus {{ $labels.pod }} in {{ $labels.namespace }}";

type Make = (prometheus: string, context: RuleContext) => AlertRule[];

const configuration: Make = (prometheus) => [
    {
        alert: "PrometheusBadConfig",
        expr: `max_over_time(prometheus_config_last_reload_successful{${prometheus}}[5m]) == 0`,
        for: "10m",
        severity: "critical",
        summary: "Prometheus {{ $labels.pod }} can't load its configuration",
        description: `${server} can't load its configuration and works on with the last good one.`,
    },
    {
        alert: "PrometheusKubernetesListWatchFailures",
        expr: `increase(prometheus_sd_kubernetes_failures_total{${prometheus}}[5m]) > 0`,
        for: "15m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} fails to ask the API server for targets",
        description: `${server} failed {{ $value | humanize }} times in 5 minutes to list or watch what it scrapes.`,
    },
    {
        alert: "PrometheusSDRefreshFailure",
        expr: `increase(prometheus_sd_refresh_failures_total{${prometheus}}[10m]) > 0`,
        for: "20m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} fails to look up targets by {{ $labels.mechanism }}",
        description: `${server} failed {{ $value | humanize }} times in 10 minutes to look up targets by {{ $labels.mechanism }}.`,
    },
    {
        alert: "PrometheusTargetSyncFailure",
        expr: `increase(prometheus_target_sync_failed_total{${prometheus}}[30m]) > 0`,
        for: "5m",
        severity: "critical",
        summary: "Prometheus {{ $labels.pod }} leaves targets out",
        description: `${server} left out {{ $value | humanize }} targets in 30 minutes, for what they say is invalid.`,
    },
];

const sending: Make = (prometheus, { threshold }) => {
    const failed = `rate(prometheus_notifications_errors_total{${prometheus}}[5m])`;
    const sent = `rate(prometheus_notifications_sent_total{${prometheus}}[5m])`;
    return [
        {
            alert: "PrometheusNotificationQueueRunningFull",
            expr:
                `max by (${each}) (predict_linear(prometheus_notifications_queue_length{${prometheus}}[5m], 1800)) ` +
                `> min by (${each}) (min_over_time(prometheus_notifications_queue_capacity{${prometheus}}[5m]))`,
            for: "15m",
            severity: "warning",
            summary: "The queue of alerts in Prometheus {{ $labels.pod }} will be full soon",
            description: `${server} has more alerts than it can send; within 30 minutes some will be dropped.`,
        },
        {
            alert: "PrometheusErrorSendingAlertsToSomeAlertmanagers",
            expr: `${failed} / ${sent} > ${threshold("PrometheusErrorSendingAlertsToSomeAlertmanagers")}`,
            for: "15m",
            severity: "warning",
            summary: "Prometheus {{ $labels.pod }} can't send all alerts to an Alertmanager",
            description: `${server} fails to send {{ $value | humanizePercentage }} of the alerts to {{ $labels.alertmanager }}.`,
        },
        {
            alert: "PrometheusErrorSendingAlertsToAnyAlertmanager",
            expr:
                `min by (${each}) (${failed} / ${sent}) > ` +
                `${threshold("PrometheusErrorSendingAlertsToAnyAlertmanager")}`,
            for: "15m",
            severity: "critical",
            summary: "Prometheus {{ $labels.pod }} can't send all alerts to any Alertmanager",
            description: `${server} fails to send {{ $value | humanizePercentage }} of the alerts or more to each Alertmanager.`,
        },
        {
            alert: "PrometheusNotConnectedToAlertmanagers",
            expr: `max_over_time(prometheus_notifications_alertmanagers_discovered{${prometheus}}[5m]) < 1`,
            for: "10m",
            severity: "critical",
            summary: "Prometheus {{ $labels.pod }} finds no Alertmanager",
            description: `${server} finds no Alertmanager: nobody hears of its alerts.`,
        },
    ];
};

/** What Prometheus has room for. */
const room: Make = (prometheus, { settings, threshold }) => [
    {
        alert: "PrometheusHeadSeriesNearLimit",
        expr:
            `prometheus_tsdb_head_series{${prometheus}} / ${seriesInMemory(settings.metrics)} ` +
            `> ${threshold("PrometheusHeadSeriesNearLimit")}`,
        for: "30m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} has almost as many series as its memory is for",
        description: `${server} has {{ $value | humanizePercentage }} of the series for which it has requested memory.`,
    },
    {
        alert: "PrometheusRetentionCutBySize",
        expr: `increase(prometheus_tsdb_size_retentions_total{${prometheus}}[1d]) > 0`,
        for: "0s",
        severity: "warning",
        summary: `Prometheus {{ $labels.pod }} keeps samples for less than ${settings.metrics.retention}`,
        description:
            `${server} deleted blocks that are younger than ${settings.metrics.retention}, for its disk would be too full: ` +
            "the cap on their size ends them first.",
    },
];

const storage: Make = (prometheus, { threshold }) => [
    {
        alert: "PrometheusTSDBReloadsFailing",
        expr: `increase(prometheus_tsdb_reloads_failures_total{${prometheus}}[3h]) > 0`,
        for: "4h",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} can't load blocks from its disk",
        description: `${server} failed {{ $value | humanize }} times in three hours to load blocks from its disk.`,
    },
    {
        alert: "PrometheusTSDBCompactionsFailing",
        expr: `increase(prometheus_tsdb_compactions_failed_total{${prometheus}}[3h]) > 0`,
        for: "4h",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} can't write blocks",
        description: `${server} failed {{ $value | humanize }} times in three hours to make a block of its samples.`,
    },
    {
        alert: "PrometheusNotIngestingSamples",
        expr:
            `sum by (${each}) (rate(prometheus_tsdb_head_samples_appended_total{${prometheus}}[5m])) <= 0 ` +
            `and sum by (${each}) (prometheus_target_metadata_cache_entries{${prometheus}}) > 0`,
        for: "10m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} stores nothing",
        description: `${server} has targets and stores no sample.`,
    },
    {
        alert: "PrometheusDuplicateTimestamps",
        expr: `rate(prometheus_target_scrapes_sample_duplicate_timestamp_total{${prometheus}}[5m]) > 0`,
        for: "10m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} drops samples with the same timestamp",
        description: `${server} drops {{ $value | humanize }} samples a second: two with one timestamp differ in value.`,
    },
    {
        alert: "PrometheusOutOfOrderTimestamps",
        expr: `rate(prometheus_target_scrapes_sample_out_of_order_total{${prometheus}}[5m]) > 0`,
        for: "10m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} drops samples that are too old",
        description: `${server} drops {{ $value | humanize }} samples a second that are older than the last one of their series.`,
    },
    {
        alert: "PrometheusCardinalityExplosion",
        expr:
            `prometheus_tsdb_head_series{${prometheus}} / avg_over_time(prometheus_tsdb_head_series{${prometheus}}[1d] ` +
            `offset 1h) > ${threshold("PrometheusCardinalityExplosion")}`,
        for: "30m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} has {{ $value | humanize }} times the series of yesterday",
        description: `${server} has {{ $value | humanize }} times the series of the day before: its memory grows with them.`,
    },
];

const evaluation: Make = (prometheus, { threshold }) => [
    {
        alert: "PrometheusRuleFailures",
        expr: `increase(prometheus_rule_evaluation_failures_total{${prometheus}}[5m]) > 0`,
        for: "15m",
        severity: "critical",
        summary: "Prometheus {{ $labels.pod }} fails to evaluate rules",
        description: `${server} failed {{ $value | humanize }} times in 5 minutes to evaluate rules of {{ $labels.rule_group }}.`,
    },
    {
        alert: "PrometheusMissingRuleEvaluations",
        expr: `increase(prometheus_rule_group_iterations_missed_total{${prometheus}}[5m]) > 0`,
        for: "15m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} is too slow for its rules",
        description: `${server} skipped {{ $value | humanize }} evaluations of {{ $labels.rule_group }} in 5 minutes.`,
    },
    {
        alert: "PrometheusHighQueryLoad",
        expr:
            `avg_over_time(prometheus_engine_queries{${prometheus}}[5m]) / ` +
            `max_over_time(prometheus_engine_queries_concurrent_max{${prometheus}}[5m]) ` +
            `> ${threshold("PrometheusHighQueryLoad")}`,
        for: "15m",
        severity: "warning",
        summary: "Prometheus {{ $labels.pod }} is busy with queries",
        description: `${server} works at {{ $value | humanizePercentage }} of the queries that it takes at a time.`,
    },
];

/** Limits of a monitor that a target goes beyond: it isn't scraped, or not wholly. */
const limits: Make = (prometheus) => {
    const rule = (alert: AlertRule["alert"], metric: string, what: string): AlertRule => ({
        alert,
        expr: `increase(${metric}{${prometheus}}[5m]) > 0`,
        for: "15m",
        severity: "warning",
        summary: `Prometheus {{ $labels.pod }} drops ${what}`,
        description: `${server} dropped ${what} {{ $value | humanize }} times in 5 minutes: what they say is lost.`,
    });
    return [
        rule(
            "PrometheusTargetLimitHit",
            "prometheus_target_scrape_pool_exceeded_target_limit_total",
            "the targets of a job with more than its target limit",
        ),
        rule(
            "PrometheusLabelLimitHit",
            "prometheus_target_scrape_pool_exceeded_label_limits_total",
            "scrapes with more or longer labels than the label limits",
        ),
        rule(
            "PrometheusScrapeBodySizeLimitHit",
            "prometheus_target_scrapes_exceeded_body_size_limit_total",
            "scrapes that are larger than the body size limit",
        ),
        rule(
            "PrometheusScrapeSampleLimitHit",
            "prometheus_target_scrapes_exceeded_sample_limit_total",
            "scrapes with more samples than the sample limit",
        ),
    ];
};

/** Prometheus itself. */
export function prometheus(context: RuleContext): RuleGroup[] {
    const selector = context.own("prometheus");
    const parts = [
        configuration,
        storage,
        room,
        evaluation,
        limits,
        ...(context.scrapes("alertmanager") ? [sending] : []),
    ];
    return [{ name: "prometheus", rules: parts.flatMap((make) => make(selector, context)) }];
}
