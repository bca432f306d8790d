import { isSharded } from "../config/shards";
import { storeName, storeShards } from "../config/store-shards";
import { parseDuration } from "../config/units";
import type { RuleContext } from "./context";
import { quantile, shareOfRate } from "./promql";
import { grpcFailures, grpcUnanswered, isDown, percentage, where } from "./thanos-parts";
import { thanosRule } from "./thanos-rule";
import type { AlertRule, RuleGroup } from "./types";

/** Share of the operations on the bucket that fail. */
function bucketFailures(selector: string, by: string): string {
    const rate = (metric: string) => `sum by (${by}) (rate(thanos_objstore_bucket_${metric}_total{${selector}}[5m]))`;
    return `${rate("operation_failures")} / ${rate("operations")}`;
}

function sidecar(context: RuleContext): AlertRule[] {
    const { own, settings, threshold } = context;
    const selector = own("thanosSidecar");
    const latest = (parseDuration(settings.metrics.blockLength) / 1000) * threshold("ThanosSidecarNotUploading");
    return [
        isDown("ThanosSidecarIsDown", "thanosSidecar", context, [
            "Thanos sidecar",
            "nothing is uploaded, and queries through Thanos see nothing recent",
        ]),
        {
            alert: "ThanosSidecarBucketOperationsFailed",
            expr: `sum by (namespace, pod) (rate(thanos_objstore_bucket_operation_failures_total{${selector}}[5m])) > 0`,
            for: "5m",
            severity: "critical",
            summary: "The sidecar of {{ $labels.pod }} can't use the bucket",
            description: `The Thanos sidecar of {{ $labels.pod }} ${where} fails at operations on the bucket.`,
        },
        {
            alert: "ThanosSidecarNoConnectionToStartedPrometheus",
            expr:
                `thanos_sidecar_prometheus_up{${selector}} == 0 ` +
                `and on (namespace, pod) prometheus_tsdb_data_replay_duration_seconds{${own("prometheus")}} != 0`,
            for: "5m",
            severity: "critical",
            summary: "The sidecar of {{ $labels.pod }} doesn't reach its Prometheus",
            description:
                `The Thanos sidecar of {{ $labels.pod }} ${where} doesn't reach its Prometheus, which has started: nothing ` +
                "recent of it is in queries.",
        },
        {
            alert: "ThanosSidecarNotUploading",
            // A sidecar that has just started hasn't uploaded anything yet.
            expr:
                `time() - max by (namespace, pod) (thanos_objstore_bucket_last_successful_upload_time{${selector}} ` +
                `or process_start_time_seconds{${selector}}) > ${latest}`,
            for: "30m",
            severity: "critical",
            summary: "The sidecar of {{ $labels.pod }} uploads nothing",
            description:
                `The Thanos sidecar of {{ $labels.pod }} ${where} has uploaded no block for {{ $value | humanizeDuration }}. ` +
                "When Prometheus drops it from its disk, it is lost.",
        },
    ];
}

function queries({ own, threshold }: RuleContext): AlertRule[] {
    const handlers = [
        {
            handler: "query",
            word: "instant",
            errors: "ThanosQueryHttpRequestQueryErrorRateHigh",
            slow: "ThanosQueryInstantLatencyHigh",
        },
        {
            handler: "query_range",
            word: "range",
            errors: "ThanosQueryHttpRequestQueryRangeErrorRateHigh",
            slow: "ThanosQueryRangeLatencyHigh",
        },
    ] as const;
    return handlers.flatMap(({ handler, word, errors, slow }): AlertRule[] => {
        const all = own("thanosQuery", `handler="${handler}"`);
        const failed = own("thanosQuery", `handler="${handler}",code=~"5.."`);
        const latency = quantile(0.99, "http_request_duration_seconds", all, "namespace, job");
        return [
            {
                alert: errors,
                expr: `${shareOfRate("http_requests_total", failed, all, "namespace, job")} > ${threshold(errors)}`,
                for: "5m",
                severity: "critical",
                summary: `Thanos Query fails at ${percentage} of the ${word} queries`,
                description: `Thanos Query ${where} fails at ${percentage} of the ${word} queries.`,
            },
            {
                alert: slow,
                expr: `${latency} > ${threshold(slow)}`,
                for: "10m",
                severity: "critical",
                summary: `Thanos Query is slow at ${word} queries`,
                description: `One in a hundred ${word} queries takes Thanos Query ${where} {{ $value | humanizeDuration }} or more.`,
            },
        ];
    });
}

function query(context: RuleContext): AlertRule[] {
    const { own, threshold } = context;
    const selector = own("thanosQuery");
    const grpc = (
        alert: `ThanosQueryGrpc${"Server" | "Client"}ErrorRate`,
        [side, failures]: [string, string],
        what: string,
    ): AlertRule => {
        const failed = own("thanosQuery", failures);
        const share = shareOfRate(`grpc_${side}_handled_total`, failed, selector, "namespace, job");
        return {
            alert,
            expr: `${share} > ${threshold(alert)}`,
            for: "5m",
            severity: "warning",
            summary: `Thanos Query: ${percentage} of the requests ${what} fail`,
            description: `Of the gRPC requests ${what}, ${percentage} fail at Thanos Query ${where}: answers may be incomplete.`,
        };
    };
    const dns = (kind: string) =>
        `sum by (namespace, job) (rate(thanos_query_endpoints_dns_${kind}_total{${selector}}[5m]))`;
    return [
        isDown("ThanosQueryIsDown", "thanosQuery", context, [
            "Thanos Query",
            "dashboards that read through it show nothing",
        ]),
        ...queries(context),
        grpc("ThanosQueryGrpcServerErrorRate", ["server", grpcFailures], "that others make of it"),
        grpc("ThanosQueryGrpcClientErrorRate", ["client", grpcUnanswered], "that it makes of sidecars and stores"),
        {
            alert: "ThanosQueryHighDNSFailures",
            expr: `${dns("failures")} / ${dns("lookups")} > ${threshold("ThanosQueryHighDNSFailures")}`,
            for: "15m",
            severity: "warning",
            summary: `Thanos Query fails at ${percentage} of its DNS look-ups`,
            description: `Thanos Query ${where} fails at ${percentage} of its DNS look-ups of sidecars and stores.`,
        },
        {
            alert: "ThanosQueryOverload",
            // Full once in a while is what the limit is for: on average less than one place is free.
            expr:
                `avg_over_time(thanos_query_concurrent_gate_queries_in_flight{${selector}}[5m]) ` +
                "> on (namespace, pod) " +
                `max by (namespace, pod) (thanos_query_concurrent_gate_queries_max{${selector}}) - 1`,
            for: "15m",
            severity: "warning",
            summary: "Thanos Query {{ $labels.pod }} works at as many queries as it takes",
            description:
                `Thanos Query {{ $labels.pod }} ${where} works at {{ $value | humanize }} queries at a time on average, ` +
                "which is as many as it takes: others wait.",
        },
    ];
}

function queryFrontend(context: RuleContext): AlertRule[] {
    const { own, threshold } = context;
    const all = own("thanosQueryFrontend", 'handler="query-frontend"');
    const failed = own("thanosQueryFrontend", 'handler="query-frontend",code=~"5.."');
    const alert = "ThanosQueryFrontendErrorRateHigh";
    return [
        isDown("ThanosQueryFrontendIsDown", "thanosQueryFrontend", context, [
            "Thanos Query Frontend",
            "dashboards that read through it show nothing",
        ]),
        {
            alert,
            expr: `${shareOfRate("http_requests_total", failed, all, "namespace, job")} > ${threshold(alert)}`,
            for: "5m",
            severity: "critical",
            summary: `Thanos Query Frontend fails at ${percentage} of the queries`,
            description: `Thanos Query Frontend ${where} fails at ${percentage} of the queries, tried again though they were.`,
        },
    ];
}

function store(context: RuleContext): AlertRule[] {
    const { own, threshold } = context;
    const { longTerm } = context.settings;
    const selector = own("thanosStore");
    const grpc = shareOfRate("grpc_server_handled_total", own("thanosStore", grpcFailures), selector, "namespace, job");
    const gate = quantile(0.99, "thanos_bucket_store_series_gate_queries_duration_seconds", selector, "namespace, job");
    const latency = quantile(
        0.99,
        "thanos_objstore_bucket_operation_duration_seconds",
        selector,
        "namespace, job, operation",
    );
    return [
        isDown(
            "ThanosStoreIsDown",
            "thanosStore",
            context,
            ["store gateway", "queries see nothing that is only in the bucket"],
            // Of a shard that is gone nobody else has the blocks.
            longTerm.kind === "none" || longTerm.store.shards.kind === "none"
                ? undefined
                : storeShards(longTerm.store.shards).map(storeName),
        ),
        {
            alert: "ThanosStoreGrpcErrorRate",
            expr: `${grpc} > ${threshold("ThanosStoreGrpcErrorRate")}`,
            for: "5m",
            severity: "warning",
            summary: `The store gateways fail at ${percentage} of their requests`,
            description: `The store gateways ${where} fail at ${percentage} of their gRPC requests.`,
        },
        {
            alert: "ThanosStoreSeriesGateLatencyHigh",
            expr: `${gate} > ${threshold("ThanosStoreSeriesGateLatencyHigh")}`,
            for: "10m",
            severity: "warning",
            summary: "Requests to the store gateways wait {{ $value | humanizeDuration }}",
            description:
                `One in a hundred requests to the store gateways ${where} waits {{ $value | humanizeDuration }} or more ` +
                "before it is its turn.",
        },
        {
            alert: "ThanosStoreBucketHighOperationFailures",
            expr: `${bucketFailures(selector, "namespace, job")} > ${threshold("ThanosStoreBucketHighOperationFailures")}`,
            for: "15m",
            severity: "warning",
            summary: `The store gateways fail at ${percentage} of their operations on the bucket`,
            description: `The store gateways ${where} fail at ${percentage} of their operations on the bucket.`,
        },
        {
            alert: "ThanosStoreObjstoreOperationLatencyHigh",
            expr: `${latency} > ${threshold("ThanosStoreObjstoreOperationLatencyHigh")}`,
            for: "10m",
            severity: "warning",
            summary: "The bucket answers the store gateways late",
            description:
                `One in a hundred operations {{ $labels.operation }} of the store gateways ${where} on the bucket takes ` +
                "{{ $value | humanizeDuration }} or more.",
        },
        {
            alert: "ThanosStoreBlockLoadFailures",
            expr: `sum by (namespace, pod) (increase(thanos_bucket_store_block_load_failures_total{${selector}}[15m])) > 0`,
            for: "15m",
            severity: "warning",
            summary: "Store gateway {{ $labels.pod }} can't load blocks",
            description:
                `Store gateway {{ $labels.pod }} ${where} failed {{ $value | humanize }} times in 15 minutes to load a block: ` +
                "queries miss what is in it.",
        },
    ];
}

function compactor({ own, threshold }: RuleContext): AlertRule[] {
    const selector = own("thanosCompact");
    const waiting = (kind: string, work: string) => {
        const todo = `thanos_compact_todo_${kind}{${selector}}`;
        const grows = `${todo} > ${threshold("ThanosCompactBacklog")} and deriv(${todo}[6h]) > 0`;
        return `label_replace(${grows}, "work", "${work}", "", "")`;
    };
    return [
        {
            alert: "ThanosCompactMultipleRunning",
            expr: `sum by (namespace) (up{${selector}}) > 1`,
            for: "5m",
            severity: "critical",
            summary: "{{ $value }} Thanos Compactors run",
            description: `{{ $value }} Compactors ${where} work on the same bucket and may destroy each other's blocks.`,
        },
        {
            alert: "ThanosCompactBucketHighOperationFailures",
            expr:
                `${bucketFailures(selector, "namespace, job")} > ` +
                `${threshold("ThanosCompactBucketHighOperationFailures")}`,
            for: "15m",
            severity: "warning",
            summary: `The Compactor fails at ${percentage} of its operations on the bucket`,
            description: `The Compactor ${where} fails at ${percentage} of its operations on the bucket.`,
        },
        {
            alert: "ThanosCompactHasNotRun",
            expr:
                `time() - max by (namespace) (max_over_time(thanos_objstore_bucket_last_successful_upload_time{${selector}}[1d]) ` +
                `> 0) > ${threshold("ThanosCompactHasNotRun")}`,
            for: "1h",
            severity: "warning",
            summary: "The Compactor has written nothing for {{ $value | humanizeDuration }}",
            description: `The Compactor ${where} last wrote a block to the bucket {{ $value | humanizeDuration }} ago.`,
        },
        {
            alert: "ThanosCompactBacklog",
            expr: [
                waiting("compactions", "compactions"),
                waiting("downsample_blocks", "blocks to downsample"),
                waiting("deletion_blocks", "blocks to delete"),
            ].join(" or "),
            for: "1h",
            severity: "warning",
            summary: "{{ $value }} {{ $labels.work }} wait, and they become more",
            description: `{{ $value }} {{ $labels.work }} wait for the Compactor ${where}, and more come than it gets done.`,
        },
    ];
}

/** Groups on what the Ruler works with: when it doesn't, the Ruler is the last to tell. */
const ofRuler = ["thanos-query", "thanos-rule"];

/** Thanos, for each part that is deployed; with shards, but for what their own rules watch. */
export function thanos(context: RuleContext): RuleGroup[] {
    const sharded = isSharded(context.settings.metrics);
    return allOfThanos(context).filter(({ name }) => !sharded || !ofRuler.includes(name));
}

/** What each shard of Prometheus watches by itself. */
export function rulerFromShards(context: RuleContext): RuleGroup[] {
    const sharded = isSharded(context.settings.metrics);
    return allOfThanos(context).filter(({ name }) => sharded && ofRuler.includes(name));
}

function allOfThanos(context: RuleContext): RuleGroup[] {
    const { scrapes } = context;
    return [
        { name: "thanos-sidecar", rules: scrapes("thanosSidecar") ? sidecar(context) : [] },
        { name: "thanos-query", rules: scrapes("thanosQuery") ? query(context) : [] },
        { name: "thanos-query-frontend", rules: scrapes("thanosQueryFrontend") ? queryFrontend(context) : [] },
        { name: "thanos-rule", rules: scrapes("thanosRule") ? thanosRule(context) : [] },
        { name: "thanos-store", rules: scrapes("thanosStore") ? store(context) : [] },
        { name: "thanos-compact", rules: scrapes("thanosCompact") ? compactor(context) : [] },
    ];
}
