import { otherClusters } from "../../config/schema";
import { evaluatorOf, type SloEvaluation, sloEvaluation } from "../../config/slo-evaluation";
import { burns, sloPeriod } from "../../config/slos";
import { parseDuration } from "../../config/units";
import type { RuleContext } from "../context";
import { quantile } from "../promql";
import type { AlertRule, RecordingRule, RuleGroup } from "../types";

/** Series that the burn rates are made of, by `verb`: read or write. */
const series = {
    all: "apiserver_request:all:rate5m",
    bad: "apiserver_request:bad:rate5m",
    ratio: (window: string) => `apiserver_request:bad:ratio_rate${window}`,
} as const;

const verbs = { read: "LIST|GET", write: "POST|PUT|PATCH|DELETE" } as const;
type Verb = keyof typeof verbs;

/** Requests that last as long as their client likes. */
const notLasting = 'subresource!~"proxy|attach|log|exec|portforward"';

/** Within how many seconds a request is to be answered: more the more objects it is about. */
const targets: Readonly<Record<Verb, readonly { readonly scope?: string; readonly seconds: number }[]>> = {
    read: [
        { scope: "resource|", seconds: 1 },
        { scope: "namespace", seconds: 5 },
        { scope: "cluster", seconds: 30 },
    ],
    write: [{ seconds: 1 }],
};

const duration = "apiserver_request_sli_duration_seconds";

/** Requests of a kind a second that are answered with a server error, or later than they should. */
function bad(job: RuleContext["job"], verb: Verb): string {
    const select = (more: string) => job("apiServer", `verb=~"${verbs[verb]}",${more}`);
    const rate = (metric: string, more: string) => `sum(rate(${metric}{${select(more)}}[5m]))`;
    const inTime = targets[verb].map(({ scope, seconds }) => {
        const scopes = scope === undefined ? "" : `,scope=~"${scope}"`;
        // Prometheus 3 writes a whole bound with a decimal, older ones and what they have kept don't.
        return `(${rate(`${duration}_bucket`, `${notLasting}${scopes},le=~"${seconds}(\\\\.0)?"`)} or vector(0))`;
    });
    const late = `${rate(`${duration}_count`, notLasting)} - ${inTime.join(" - ")}`;
    const failed = `(${rate("apiserver_request_total", 'code=~"5.."')} or vector(0))`;
    return `clamp_min(${late}, 0) + ${failed}`;
}

const byVerb = (of: (verb: Verb) => string) =>
    (Object.keys(verbs) as Verb[]).map((verb) => `label_replace(${of(verb)}, "verb", "${verb}", "", "")`).join(" or ");

/** Within how many seconds 99 of 100 requests about a kind of objects are answered; nothing where there are none. */
function slowest(job: RuleContext["job"], verb: Verb): string {
    const select = job("apiServer", `verb=~"${verbs[verb]}",${notLasting}`);
    return `label_replace(${quantile(0.99, duration, select, "resource")} > 0, "quantile", "0.99", "", "")`;
}

/**
 * Who evaluates the burn rates. What Prometheus doesn't keep for long enough is the Ruler's; not where that asks other clusters
 * too, whose API servers it couldn't tell from these.
 */
function evaluationOf({ settings }: RuleContext): SloEvaluation {
    const { retention, ...ofRuler } = sloEvaluation(settings);
    return otherClusters(settings).length > 0 ? { retention } : { retention, ...ofRuler };
}

/** Pairs of windows that somebody can evaluate. */
function pairsOf(severity: keyof typeof burns, context: RuleContext) {
    const evaluation = evaluationOf(context);
    return burns[severity].filter(({ long }) => evaluatorOf(long, evaluation) !== undefined);
}

/** Whether a window is the Ruler's though others are Prometheus's: of shards it has all of them. */
function isRulers(window: string, context: RuleContext): boolean {
    const evaluation = evaluationOf(context);
    return evaluation.sharded !== true && evaluatorOf(window, evaluation) === "ruler";
}

/** Longer windows are sums of the shortest: cheap, and each request counts alike. */
function over(window: string): string {
    return window === "5m"
        ? `${series.bad} / ${series.all}`
        : `sum_over_time(${series.bad}[${window}]) / sum_over_time(${series.all}[${window}])`;
}

/** The windows of the burn rates that somebody can evaluate, each once. */
function windowsOf(context: RuleContext): string[] {
    const windows = (["critical", "warning"] as const).flatMap((severity) =>
        pairsOf(severity, context).flatMap(({ short, long }) => [short, long]),
    );
    return [...new Set(["5m", ...windows])];
}

const ratioRecording = (window: string): RecordingRule => ({ record: series.ratio(window), expr: over(window) });

function recordings(context: RuleContext): RecordingRule[] {
    const { job, settings } = context;
    const wholePeriod = parseDuration(settings.metrics.retention) >= parseDuration(sloPeriod);
    return [
        {
            record: series.all,
            expr: byVerb(
                (verb) => `sum(rate(apiserver_request_total{${job("apiServer", `verb=~"${verbs[verb]}"`)}}[5m]))`,
            ),
        },
        { record: series.bad, expr: byVerb((verb) => `(${bad(job, verb)})`) },
        {
            record: "cluster_quantile:apiserver_request_sli_duration_seconds:histogram_quantile",
            expr: byVerb((verb) => slowest(job, verb)),
        },
        ...windowsOf(context)
            .filter((window) => !isRulers(window, context))
            .map(ratioRecording),
        ...(wholePeriod
            ? [{ record: `apiserver_request:availability${sloPeriod}`, expr: `1 - ${over(sloPeriod)}` }]
            : []),
    ];
}

function burning(
    alert: "KubeAPIErrorBudgetBurn" | "KubeAPIErrorBudgetBurnCritical",
    severity: keyof typeof burns,
    hold: string,
    context: RuleContext,
): AlertRule[] {
    const pairs = pairsOf(severity, context);
    const ratio = (window: string) => compared(series.ratio(window), severity, context);
    const above = (window: string, rate: number) => `${ratio(window)} > ${rate} * ${context.threshold(alert)}`;
    return pairs.length === 0
        ? []
        : [
              {
                  alert,
                  expr: pairs
                      .map(({ short, long, rate }) => `(${above(short, rate)} and ${above(long, rate)})`)
                      .join(" or "),
                  for: hold,
                  severity,
                  summary: "Too many {{ $labels.verb }} requests to the API servers are slow or fail",
                  description:
                      "{{ $value | humanizePercentage }} of the {{ $labels.verb }} requests to the API servers are slow or end " +
                      "in a server error: what is allowed in 30 days is used up before they end.",
              },
          ];
}

/** Whether the Ruler evaluates the alert of a severity, for it reads a window that Prometheus doesn't keep. */
function isRulersAlert(severity: keyof typeof burns, context: RuleContext): boolean {
    return pairsOf(severity, context).some(({ long }) => isRulers(long, context));
}

/** A ratio as an alert compares it: that of the Ruler compares what it recorded with what Prometheus did. */
function compared(ratio: string, severity: keyof typeof burns, context: RuleContext): string {
    const labels = evaluationOf(context).externalLabels ?? [];
    return isRulersAlert(severity, context) ? `max without (${labels.join(", ")}) (${ratio})` : ratio;
}

/** The alerts on the burn rate that the Ruler evaluates, or those that it doesn't. */
function budget(ofRuler: boolean, context: RuleContext): AlertRule[] {
    return [
        ...(isRulersAlert("warning", context) === ofRuler
            ? burning("KubeAPIErrorBudgetBurn", "warning", "15m", context)
            : []),
        ...(isRulersAlert("critical", context) === ofRuler
            ? burning("KubeAPIErrorBudgetBurnCritical", "critical", "2m", context)
            : []),
    ];
}

/**
 * Whether the API servers answer. Where they share the kubelets' process, they have no `up`: a series stands for it that
 * every API server has and no kubelet.
 */
function presence({ job, hasTargets }: RuleContext): AlertRule[] {
    const here = hasTargets("apiServer")
        ? `up{${job("apiServer")}} == 1`
        : `apiserver_current_inflight_requests{${job("apiServer")}}`;
    const down: AlertRule = {
        alert: "KubeAPIDown",
        expr: `absent(${here})`,
        for: "15m",
        severity: "critical",
        summary: "No API server can be scraped",
        description:
            "No API server answers Prometheus, or none is found: most likely nothing in the cluster can be changed.",
    };
    const unreachable: AlertRule = {
        alert: "KubeAPIInstanceUnreachable",
        expr: `up{${job("apiServer")}} == 0`,
        for: "15m",
        severity: "warning",
        summary: "The API server {{ $labels.instance }} can't be scraped",
        description: "The API server {{ $labels.instance }} doesn't answer Prometheus.",
    };
    return [down, ...(hasTargets("apiServer") ? [unreachable] : [])];
}

function requests({ job, threshold }: RuleContext): AlertRule[] {
    const [turnedAway, served] = ["terminations_total", "total"].map(
        (metric) => `sum by (instance) (rate(apiserver_request_${metric}{${job("apiServer")}}[10m]))`,
    );
    return [
        {
            alert: "KubeAPITerminatedRequests",
            expr: `${turnedAway} / (${turnedAway} + ${served}) > ${threshold("KubeAPITerminatedRequests")}`,
            for: "5m",
            severity: "warning",
            summary:
                "The API server {{ $labels.instance }} turns away {{ $value | humanizePercentage }} of its requests",
            description:
                "The API server {{ $labels.instance }} ends {{ $value | humanizePercentage }} of its requests unanswered, to " +
                "protect itself: it has more to do than it can.",
        },
    ];
}

function aggregated({ job, threshold }: RuleContext): AlertRule[] {
    const server = job("apiServer");
    return [
        {
            alert: "KubeAggregatedAPIErrors",
            expr: `sum by (name, reason) (increase(aggregator_unavailable_apiservice_total{${server}}[10m])) > 1`,
            for: "10m",
            severity: "warning",
            summary: "The API {{ $labels.name }} goes missing again and again: {{ $labels.reason }}",
            description:
                "The API {{ $labels.name }}, which another server provides, went missing {{ $value | humanize }} times in 10 " +
                "minutes, reason {{ $labels.reason }}.",
        },
        {
            alert: "KubeAggregatedAPIDown",
            expr:
                `max by (name) (avg_over_time(aggregator_unavailable_apiservice{${server}}[10m])) ` +
                `> ${threshold("KubeAggregatedAPIDown")}`,
            for: "5m",
            severity: "warning",
            summary: "The API {{ $labels.name }} is missing",
            description:
                "The API {{ $labels.name }}, which another server provides, was missing for " +
                "{{ $value | humanizePercentage }} of the last 10 minutes. Namespaces can't be deleted meanwhile.",
        },
    ];
}

function certificates({ job, threshold }: RuleContext): AlertRule[] {
    const histogram = "apiserver_client_certificate_expiration_seconds";
    const select = job("apiServer");
    const expiration = (
        alert: "KubeClientCertificateExpiration" | "KubeClientCertificateExpirationCritical",
        severity: AlertRule["severity"],
    ): AlertRule => ({
        alert,
        // Of those that were shown lately, the one that ends first.
        expr:
            `histogram_quantile(0.01, sum by (instance, le) (rate(${histogram}_bucket{${select}}[5m]))) < ${threshold(alert)} ` +
            `and on (instance) sum by (instance) (rate(${histogram}_count{${select}}[5m])) > 0`,
        for: "5m",
        severity,
        summary: "A client of the API server {{ $labels.instance }} shows a certificate that expires soon",
        description:
            "A client of the API server {{ $labels.instance }} shows a certificate that is valid for about " +
            "{{ $value | humanizeDuration }} more.",
    });
    return [
        expiration("KubeClientCertificateExpiration", "warning"),
        expiration("KubeClientCertificateExpirationCritical", "critical"),
    ];
}

/** The API servers: whether they answer, in time and without errors. */
export function apiServers(context: RuleContext): RuleGroup[] {
    const there = context.scrapes("apiServer");
    const rules = () => [
        ...presence(context),
        ...budget(false, context),
        ...requests(context),
        ...aggregated(context),
        ...certificates(context),
    ];
    return [
        { name: "kubernetes-apiserver-recordings", rules: there ? recordings(context) : [] },
        { name: "kubernetes-apiserver", rules: there ? rules() : [] },
    ];
}

/** The burn rates that reach further back than Prometheus keeps, for the Ruler. */
export function apiServersOfRuler(context: RuleContext): RuleGroup[] {
    const there = context.scrapes("apiServer");
    const windows = windowsOf(context).filter((window) => isRulers(window, context));
    return [
        { name: "kubernetes-apiserver-ruler-recordings", rules: there ? windows.map(ratioRecording) : [] },
        { name: "kubernetes-apiserver-ruler", rules: there ? budget(true, context) : [] },
    ];
}
