import { anyOf } from "../../config/any-of";
import type { Application, RequestSeries } from "../../config/applications";
import type { RuleContext } from "../context";
import { cpuUse } from "../node/recordings";
import type { AlertRule } from "../types";
import type { ApplicationAlerts } from ".";

/** An application, and what its alerts read. */
interface Subject {
    readonly application: Application;
    readonly series: RequestSeries;
    readonly context: RuleContext;
}

const where = "{{ $labels.job }} in {{ $labels.namespace }}";
const pod = "Pod {{ $labels.pod }} of {{ $labels.job }} in {{ $labels.namespace }}";
const by = "namespace, job";

/** Matchers of requests by users: those of probes and of Prometheus are none. */
function requests({ application, series: { pathLabel, ignoredPaths }, context }: Subject, more = ""): string {
    const users = ignoredPaths.length === 0 ? "" : `${pathLabel}!~${JSON.stringify(anyOf(ignoredPaths))}`;
    return context.application(application, [users, more].filter((one) => one !== "").join(","));
}

/** One of the histogram's counters of users' requests. */
function counter(subject: Subject, part: "count" | "bucket", more?: string): string {
    return `${subject.series.duration}_${part}{${requests(subject, more)}}`;
}

/**
 * What such a counter has grown by in 5 minutes.
 *
 * Each path has a series of its own that begins with its first request, at 1, which `rate` and `increase` take for its start:
 * of a path that is called once, such as a short link, they see nothing. So a series that is new counts from zero, unless its
 * target is new too, or was down: then what it has may be from long before.
 */
function grown(subject: Subject, part: "count" | "bucket", more?: string): string {
    const counted = counter(subject, part, more);
    const scraped = `up{${subject.context.application(subject.application)}} offset 5m == 1`;
    return `(${counted} unless ${counted} offset 5m) and on (${by}, pod) (${scraped}) or increase(${counted}[5m])`;
}

function serviceDown({ application, context }: Subject): AlertRule {
    const up = `up{${context.application(application)}}`;
    return {
        alert: "ServiceDown",
        // The target of a deleted pod is gone, and its `up` with it (I-23).
        expr: `${up} == 0 or absent(${up})`,
        for: "1m",
        severity: "critical",
        summary: "{{ $labels.job }} is down{{ with $labels.pod }}: pod {{ . }}{{ end }}",
        description:
            "{{ with $labels.pod }}Pod {{ . }} of {{ $labels.job }} doesn't answer Prometheus{{ else }}" +
            "No pod of {{ $labels.job }} is there to be asked{{ end }} for a minute.",
    };
}

function errors(
    subject: Subject,
    alert: "HighErrorRate" | "HighErrorRateCritical",
    severity: AlertRule["severity"],
): AlertRule {
    const { series, context } = subject;
    const sum = (more?: string) => `sum by (${by}) (${grown(subject, "count", more)})`;
    return {
        alert,
        expr: `${sum(`${series.statusLabel}=~"5.."`)} / ${sum()} > ${context.threshold(alert)}`,
        for: "1m",
        severity,
        summary: "{{ $labels.job }} fails at {{ $value | humanizePercentage }} of its requests",
        description: `{{ $value | humanizePercentage }} of the requests to ${where} ended in a server error in 5 minutes.`,
    };
}

function highLatency(subject: Subject): AlertRule {
    const quantile = `histogram_quantile(0.95, sum by (${by}, le) (${grown(subject, "bucket")}))`;
    return {
        alert: "HighLatency",
        expr: `${quantile} > ${subject.context.threshold("HighLatency")}`,
        for: "5m",
        severity: "warning",
        summary: "{{ $labels.job }} is slow: one request in twenty takes {{ $value | humanizeDuration }} or more",
        description: `One in twenty requests to ${where} takes {{ $value | humanizeDuration }} or more.`,
    };
}

function process({ application, series, context }: Subject): AlertRule[] {
    const selector = context.application(application);
    const worst = (expr: string) => `max by (namespace, job, pod) (${expr})`;
    return [
        {
            alert: "HighAppCPU",
            expr: `${worst(`rate(${series.cpu}{${selector}}[2m])`)} > ${context.threshold("HighAppCPU")}`,
            for: "3m",
            severity: "warning",
            summary: "A process of {{ $labels.job }} uses {{ $value | humanize }} cores",
            description: `${pod} has a process that uses {{ $value | humanize }} cores for 3 minutes.`,
        },
        {
            alert: "HighMemory",
            expr: `${worst(`${series.memory}{${selector}}`)} > ${context.threshold("HighMemory")}`,
            for: "5m",
            severity: "warning",
            summary: "A process of {{ $labels.job }} uses {{ $value | humanize }}B of memory",
            description: `${pod} has a process that uses {{ $value | humanize }}B of memory.`,
        },
    ];
}

function noRequests(subject: Subject): AlertRule {
    const up = `up{${subject.context.application(subject.application)}}`;
    const counted = counter(subject, "count");
    return {
        alert: "NoRequests",
        // Only what runs now and did five minutes ago: before its first request an application has no such series. A new one is
        // traffic, on a new pod as well: a rollout replaces all of them.
        expr:
            `(sum by (${by}) (${up}) > 0 and sum by (${by}) (${up} offset 5m) > 0) ` +
            `unless sum by (${by}) (${counted} unless ${counted} offset 5m or increase(${counted}[5m])) > 0`,
        for: "0s",
        severity: "warning",
        summary: "{{ $labels.job }} gets no requests",
        description: `Nobody but probes has called ${where} for 5 minutes, though it runs.`,
    };
}

function highCPUUsage(context: RuleContext): AlertRule {
    return {
        alert: "HighCPUUsage",
        expr: `${cpuUse(context)} > ${context.threshold("HighCPUUsage")}`,
        for: "5m",
        severity: "warning",
        summary: "The CPU of node {{ $labels.instance }} is {{ $value | humanizePercentage }} busy",
        description:
            "The CPU of node {{ $labels.instance }} is {{ $value | humanizePercentage }} busy: what runs there, answers late.",
    };
}

function ofApplication(subject: Subject): AlertRule[] {
    return [
        serviceDown(subject),
        errors(subject, "HighErrorRate", "warning"),
        errors(subject, "HighErrorRateCritical", "critical"),
        highLatency(subject),
        ...process(subject),
        noRequests(subject),
    ];
}

/**
 * Flask applications: whether they are there, whether users get answers and how soon, and what that takes.
 *
 * The applications themselves don't tell of the node's CPU; node-exporter does, where it is on (I-21).
 */
export const flask: ApplicationAlerts = {
    each: (application, context) =>
        application.series === undefined ? [] : ofApplication({ application, series: application.series, context }),
    once: (context) => (context.scrapes("nodeExporter") ? [highCPUUsage(context)] : []),
};
