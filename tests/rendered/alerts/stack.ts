import type { AlertName } from "../../../config/alerts";
import {
    flat,
    grow,
    histogram,
    jobs,
    type Labels,
    namespace,
    ofJob,
    ofPod,
    own,
    type Pair,
    type Series,
    slope,
} from "./series";

/** Pair of series with other values, all else alike. */
function pair(labels: Labels, make: (bad: boolean) => Series[], at?: string): Pair {
    return { labels, fires: make(true), quiet: make(false), ...(at === undefined ? {} : { at }) };
}

const inNamespace = { namespace };

const prometheus = ofPod("prometheus", "prometheus-perch-0");
const prometheusPod = own("prometheus", "prometheus-perch-0");
const podOnly = { namespace, pod: "prometheus-perch-0" };

/** A counter that grows, and one that stands still above zero. */
const counts = (metric: string, labels: Labels = {}, at?: string) =>
    pair({ ...prometheusPod, ...labels }, (bad) => [prometheus(metric, bad ? grow(1) : flat(7), labels)], at);

const alertmanagers = (shares: readonly number[]) =>
    shares.flatMap((failed, index) => [
        prometheus("prometheus_notifications_errors_total", grow(failed), { alertmanager: String(index) }),
        prometheus("prometheus_notifications_sent_total", grow(1000), { alertmanager: String(index) }),
    ]);

const servers = {
    PrometheusBadConfig: pair(prometheusPod, (bad) => [
        prometheus("prometheus_config_last_reload_successful", flat(bad ? 0 : 1)),
    ]),
    PrometheusKubernetesListWatchFailures: counts("prometheus_sd_kubernetes_failures_total"),
    PrometheusSDRefreshFailure: counts("prometheus_sd_refresh_failures_total", { mechanism: "dns" }),
    PrometheusTargetSyncFailure: counts("prometheus_target_sync_failed_total", { scrape_job: "web" }),
    PrometheusNotificationQueueRunningFull: pair(podOnly, (bad) => [
        prometheus("prometheus_notifications_queue_length", bad ? grow(10) : flat(10), { alertmanager: "0" }),
        prometheus("prometheus_notifications_queue_capacity", flat(1000)),
    ]),
    PrometheusErrorSendingAlertsToSomeAlertmanagers: {
        labels: { ...prometheusPod, alertmanager: "1" },
        fires: alertmanagers([0, 20]),
        quiet: alertmanagers([0, 5]),
    },
    PrometheusErrorSendingAlertsToAnyAlertmanager: {
        labels: podOnly,
        fires: alertmanagers([50, 40]),
        quiet: alertmanagers([50, 0]),
    },
    PrometheusNotConnectedToAlertmanagers: pair(prometheusPod, (bad) => [
        prometheus("prometheus_notifications_alertmanagers_discovered", flat(bad ? 0 : 1)),
    ]),
    PrometheusTSDBReloadsFailing: counts("prometheus_tsdb_reloads_failures_total", {}, "5h"),
    PrometheusTSDBCompactionsFailing: counts("prometheus_tsdb_compactions_failed_total", {}, "5h"),
    PrometheusNotIngestingSamples: pair(podOnly, (bad) => [
        prometheus("prometheus_tsdb_head_samples_appended_total", bad ? flat(5) : grow(5), { type: "float" }),
        prometheus("prometheus_tsdb_head_samples_appended_total", flat(0), { type: "histogram" }),
        prometheus("prometheus_target_metadata_cache_entries", flat(9), { scrape_job: "web" }),
    ]),
    PrometheusDuplicateTimestamps: counts("prometheus_target_scrapes_sample_duplicate_timestamp_total"),
    PrometheusOutOfOrderTimestamps: counts("prometheus_target_scrapes_sample_out_of_order_total"),
    // 2 GiB without 200 MiB, at 6 KiB each.
    PrometheusHeadSeriesNearLimit: pair(prometheusPod, (bad) => [
        prometheus("prometheus_tsdb_head_series", flat(bad ? 285_000 : 283_000)),
    ]),
    PrometheusRetentionCutBySize: counts("prometheus_tsdb_size_retentions_total"),
    PrometheusCardinalityExplosion: pair(
        prometheusPod,
        (bad) => [prometheus("prometheus_tsdb_head_series", `100x300 ${bad ? 160 : 140}x200`)],
        "340m",
    ),
    PrometheusRuleFailures: counts("prometheus_rule_evaluation_failures_total", { rule_group: "g" }),
    PrometheusMissingRuleEvaluations: counts("prometheus_rule_group_iterations_missed_total", { rule_group: "g" }),
    PrometheusHighQueryLoad: pair(prometheusPod, (bad) => [
        prometheus("prometheus_engine_queries", flat(bad ? 17 : 15)),
        prometheus("prometheus_engine_queries_concurrent_max", flat(20)),
    ]),
    PrometheusTargetLimitHit: counts("prometheus_target_scrape_pool_exceeded_target_limit_total"),
    PrometheusLabelLimitHit: counts("prometheus_target_scrape_pool_exceeded_label_limits_total"),
    PrometheusScrapeBodySizeLimitHit: counts("prometheus_target_scrapes_exceeded_body_size_limit_total"),
    PrometheusScrapeSampleLimitHit: counts("prometheus_target_scrapes_exceeded_sample_limit_total"),
} satisfies Partial<Record<AlertName, Pair>>;

const remote = { remote_name: "victoria-metrics", url: "http://victoria-metrics.monitoring.svc:8428/api/v1/write" };
const remotePod = { ...prometheusPod, ...remote };
const written = (name: string, values: string) => prometheus(`prometheus_remote_storage_${name}`, values, remote);

const remoteWrites = {
    PrometheusRemoteStorageFailures: pair(remotePod, (bad) => [
        written("samples_failed_total", grow(bad ? 20 : 5)),
        written("samples_total", grow(1000)),
    ]),
    // Behind with what it has, or without anything to send for long.
    PrometheusRemoteWriteBehind: pair(remotePod, (bad) => [
        written("queue_highest_timestamp_seconds", bad ? grow(60) : flat(900)),
        written("queue_highest_sent_timestamp_seconds", bad ? slope(-300, 60) : flat(890)),
    ]),
    PrometheusRemoteWriteDesiredShards: pair(remotePod, (bad) => [
        written("shards_desired", flat(bad ? 60 : 40)),
        written("shards_max", flat(50)),
    ]),
} satisfies Partial<Record<AlertName, Pair>>;

const operator = ofPod("prometheusOperator", "prometheus-operator-0");
const operatorPod = own("prometheusOperator", "prometheus-operator-0");
const controller = { controller: "prometheus" };
const controllerOnly = { namespace, ...controller };

const operations = (failures: string, all: string, bad: number, good: number) =>
    pair(controllerOnly, (is) => [
        operator(`prometheus_operator_${failures}_total`, grow(is ? bad : good), controller),
        operator(`prometheus_operator_${all}_total`, grow(100), controller),
    ]);

const operators = {
    PrometheusOperatorListErrors: operations("list_operations_failed", "list_operations", 50, 30),
    PrometheusOperatorWatchErrors: operations("watch_operations_failed", "watch_operations", 50, 30),
    PrometheusOperatorReconcileErrors: operations("reconcile_errors", "reconcile_operations", 15, 5),
    PrometheusOperatorStatusUpdateErrors: operations("status_update_errors", "status_update_operations", 15, 5),
    PrometheusOperatorSyncFailed: pair({ ...operatorPod, ...controller, status: "failed" }, (bad) => [
        operator("prometheus_operator_syncs", flat(bad ? 1 : 0), { ...controller, status: "failed" }),
        operator("prometheus_operator_syncs", flat(3), { ...controller, status: "ok" }),
    ]),
    PrometheusOperatorNodeLookupErrors: pair(operatorPod, (bad) => [
        operator("prometheus_operator_node_address_lookup_errors_total", grow(bad ? 12 : 3)),
    ]),
    PrometheusOperatorNotReady: pair(controllerOnly, (bad) => [
        operator("prometheus_operator_ready", flat(bad ? 0 : 1), controller),
    ]),
    PrometheusOperatorRejectedResources: pair(
        { ...operatorPod, ...controller, state: "rejected", resource: "ServiceMonitor" },
        (bad) => [
            operator("prometheus_operator_managed_resources", flat(bad ? 1 : 0), {
                ...controller,
                state: "rejected",
                resource: "ServiceMonitor",
            }),
        ],
    ),
    ConfigReloaderSidecarErrors: pair(own("configReloader", "prometheus-perch-0"), (bad) => [
        ofPod("configReloader", "prometheus-perch-0")("reloader_last_reload_successful", flat(bad ? 0 : 1)),
    ]),
} satisfies Partial<Record<AlertName, Pair>>;

/** Series of every Alertmanager, each with its own values. */
const onEach = (metric: string, values: readonly string[], labels: Labels = {}) =>
    values.map((one, index) => ofPod("alertmanager", `alertmanager-perch-${index}`)(metric, one, labels));

const firstAlertmanager = own("alertmanager", "alertmanager-perch-0");

const notifications = (failed: readonly number[]) => [
    ...onEach("alertmanager_notifications_failed_total", failed.map(grow), { integration: "email", reason: "other" }),
    ...onEach(
        "alertmanager_notifications_total",
        failed.map(() => grow(100)),
        { integration: "email" },
    ),
];

/** One restart a minute, or none. */
const starts = (crashing: readonly boolean[]) => [
    ...onEach(
        "process_start_time_seconds",
        crashing.map((one) => (one ? grow(60) : flat(0))),
    ),
    ...onEach(
        "up",
        crashing.map(() => flat(1)),
    ),
];

const alertmanager = {
    AlertmanagerFailedReload: pair(firstAlertmanager, (bad) =>
        onEach("alertmanager_config_last_reload_successful", [flat(bad ? 0 : 1), flat(1)]),
    ),
    AlertmanagerMembersInconsistent: pair(firstAlertmanager, (bad) =>
        onEach("alertmanager_cluster_members", [flat(bad ? 1 : 2), flat(2)]),
    ),
    AlertmanagerFailedToSendAlerts: {
        labels: { namespace, pod: "alertmanager-perch-0", integration: "email" },
        fires: notifications([2, 0]),
        quiet: notifications([0.5, 0]),
    },
    AlertmanagerClusterFailedToSendAlerts: {
        labels: { namespace, integration: "email" },
        fires: notifications([2, 3]),
        quiet: notifications([2, 0]),
    },
    AlertmanagerConfigInconsistent: pair(inNamespace, (bad) =>
        onEach("alertmanager_config_hash", [flat(11), flat(bad ? 12 : 11)]),
    ),
    AlertmanagerClusterCrashlooping: {
        labels: inNamespace,
        fires: starts([true, false]),
        quiet: starts([true, false, false]),
    },
    AlertmanagerClusterFailedPeers: pair(firstAlertmanager, (bad) =>
        onEach("alertmanager_cluster_failed_peers", [flat(bad ? 1 : 0), flat(0)]),
    ),
    // The dead man's switch is one.
    AlertmanagerReceiversNotConfigured: pair(inNamespace, (bad) =>
        onEach("alertmanager_integrations", [flat(1), flat(bad ? 1 : 2)]),
    ),
} satisfies Partial<Record<AlertName, Pair>>;

const sidecar = ofPod("thanosSidecar", "prometheus-perch-0");

/** Seconds of the tests' clock, which starts at zero: long before. */
const uploads = (last: string) => [
    sidecar("thanos_objstore_bucket_last_successful_upload_time", last, { bucket: "b" }),
    sidecar("process_start_time_seconds", flat(-9000)),
];

const query = ofPod("thanosQuery", "thanos-query-0");
const ofQuery = { job: jobs.thanosQuery, namespace };

const answers = (handler: string, make = query, labels: Labels = ofQuery) =>
    pair(labels, (bad) => [
        make("http_requests_total", grow(bad ? 60 : 40), { handler, code: "500" }),
        make("http_requests_total", grow(1000), { handler, code: "200" }),
    ]);

const queryLatency = (handler: string, bounds: readonly number[]): Pair => ({
    labels: ofQuery,
    fires: histogram(query, "http_request_duration_seconds", bounds, 2, { handler }),
    quiet: histogram(query, "http_request_duration_seconds", bounds, 1, { handler }),
});

function grpcServer(make: ReturnType<typeof ofPod>, labels: Labels): Pair {
    return pair(labels, (bad) => [
        make("grpc_server_handled_total", grow(bad ? 30 : 20), { grpc_code: "Unavailable" }),
        make("grpc_server_handled_total", grow(bad ? 30 : 20), { grpc_code: "DeadlineExceeded" }),
        // What a caller gave up or asked wrongly is no fault.
        make("grpc_server_handled_total", grow(500), { grpc_code: "Canceled" }),
        make("grpc_server_handled_total", grow(440), { grpc_code: "OK" }),
    ]);
}

/** One value in each fifth minute, and another in the others. */
const eachFifth = (one: number, other: number) =>
    Array.from({ length: 420 }, (_, minute) => (minute % 5 === 0 ? one : other)).join(" ");

/** Up or down; the target of a deleted pod is gone. */
const isDown = (job: `thanos${"Query" | "QueryFrontend" | "Rule" | "Sidecar" | "Store"}`): Pair => ({
    labels: { namespace },
    fires: [],
    quiet: [ofPod(job, "a")("up", flat(0)), ofPod(job, "b")("up", flat(1))],
});

const store = ofPod("thanosStore", "thanos-store-0");
const ofStore = { job: jobs.thanosStore, namespace };
const ruler = ofPod("thanosRule", "thanos-ruler-perch-0");
const ofRuler = { job: jobs.thanosRule, namespace };
const rulerPod = { namespace, pod: "thanos-ruler-perch-0" };
const ruleGroup = { rule_group: "slos" };

function rulerDns(prefix: string): Pair {
    return pair(ofRuler, (bad) => [
        ruler(`thanos_rule_${prefix}_dns_failures_total`, grow(bad ? 20 : 5)),
        ruler(`thanos_rule_${prefix}_dns_lookups_total`, grow(1000)),
    ]);
}

/** A counter that grows, or did once. */
const rulerCounter = (metric: string): Pair => pair(rulerPod, (bad) => [ruler(metric, bad ? grow(1) : flat(3))]);

const compact = ofPod("thanosCompact", "thanos-compact-0");

function bucket(make: ReturnType<typeof ofPod>, labels: Labels): Pair {
    return pair(labels, (bad) => [
        make("thanos_objstore_bucket_operation_failures_total", grow(bad ? 60 : 40), { operation: "get" }),
        make("thanos_objstore_bucket_operations_total", grow(1000), { operation: "get" }),
    ]);
}

const thanos = {
    ThanosSidecarIsDown: isDown("thanosSidecar"),
    ThanosSidecarBucketOperationsFailed: pair(podOnly, (bad) => [
        sidecar("thanos_objstore_bucket_operation_failures_total", bad ? grow(1) : flat(4), { operation: "upload" }),
    ]),
    ThanosSidecarNoConnectionToStartedPrometheus: pair(own("thanosSidecar", "prometheus-perch-0"), (bad) => [
        sidecar("thanos_sidecar_prometheus_up", flat(0)),
        prometheus("prometheus_tsdb_data_replay_duration_seconds", flat(bad ? 4 : 0)),
    ]),
    // The sidecar has started two and a half hours before the tests' clock and uploaded nothing, or something just now.
    ThanosSidecarNotUploading: pair(podOnly, (bad) => uploads(bad ? flat(-90_000) : "0+60x420")),
    ThanosQueryIsDown: isDown("thanosQuery"),
    ThanosQueryHttpRequestQueryErrorRateHigh: answers("query"),
    ThanosQueryHttpRequestQueryRangeErrorRateHigh: answers("query_range"),
    ThanosQueryInstantLatencyHigh: queryLatency("query", [10, 39, 60]),
    ThanosQueryRangeLatencyHigh: queryLatency("query_range", [10, 89, 120]),
    ThanosQueryGrpcServerErrorRate: grpcServer(query, ofQuery),
    ThanosQueryGrpcClientErrorRate: pair(ofQuery, (bad) => [
        query("grpc_client_handled_total", grow(bad ? 30 : 20), { grpc_code: "Unavailable" }),
        // Of a store that hangs Thanos Query waits no longer.
        query("grpc_client_handled_total", grow(bad ? 30 : 20), { grpc_code: "Canceled" }),
        query("grpc_client_handled_total", grow(940), { grpc_code: "OK" }),
    ]),
    ThanosQueryHighDNSFailures: pair(ofQuery, (bad) => [
        query("thanos_query_endpoints_dns_failures_total", grow(bad ? 20 : 5)),
        query("thanos_query_endpoints_dns_lookups_total", grow(1000)),
    ]),
    // Nearly full all the time, or full at times.
    ThanosQueryOverload: pair({ namespace, pod: "thanos-query-0" }, (bad) => [
        query("thanos_query_concurrent_gate_queries_in_flight", bad ? eachFifth(17, 20) : eachFifth(20, 5)),
        query("thanos_query_concurrent_gate_queries_max", flat(20)),
    ]),
    ThanosQueryFrontendIsDown: isDown("thanosQueryFrontend"),
    ThanosQueryFrontendErrorRateHigh: answers(
        "query-frontend",
        ofPod("thanosQueryFrontend", "thanos-query-frontend-0"),
        {
            job: jobs.thanosQueryFrontend,
            namespace,
        },
    ),
    ThanosRuleIsDown: isDown("thanosRule"),
    ThanosRuleQueueIsDroppingAlerts: rulerCounter("thanos_alert_queue_alerts_dropped_total"),
    ThanosRuleSenderIsFailingAlerts: rulerCounter("thanos_alert_sender_alerts_dropped_total"),
    ThanosRuleAlertmanagerHighDNSFailures: rulerDns("alertmanagers"),
    ThanosNoRuleEvaluations: pair(rulerPod, (bad) => [
        ruler("prometheus_rule_evaluations_total", bad ? flat(100) : grow(10)),
        ruler("thanos_rule_loaded_rules", flat(4)),
    ]),
    ThanosRuleHighRuleEvaluationFailures: pair(rulerPod, (bad) => [
        ruler("prometheus_rule_evaluation_failures_total", grow(bad ? 60 : 40)),
        ruler("prometheus_rule_evaluations_total", grow(1000)),
    ]),
    ThanosRuleHighRuleEvaluationWarnings: rulerCounter("thanos_rule_evaluation_with_warnings_total"),
    ThanosRuleRuleEvaluationLatencyHigh: pair({ ...rulerPod, ...ruleGroup }, (bad) => [
        ruler("prometheus_rule_group_last_duration_seconds", flat(bad ? 31 : 29), ruleGroup),
        ruler("prometheus_rule_group_interval_seconds", flat(30), ruleGroup),
    ]),
    ThanosRuleNoEvaluationFor10Intervals: pair({ ...rulerPod, ...ruleGroup }, (bad) => [
        ruler("prometheus_rule_group_last_evaluation_timestamp_seconds", bad ? flat(60) : "0+60x420", ruleGroup),
        ruler("prometheus_rule_group_interval_seconds", flat(30), ruleGroup),
    ]),
    ThanosRuleGrpcErrorRate: grpcServer(ruler, ofRuler),
    ThanosRuleConfigReloadFailure: pair(rulerPod, (bad) => [
        ruler("thanos_rule_config_last_reload_successful", flat(bad ? 0 : 1)),
    ]),
    ThanosRuleQueryHighDNSFailures: rulerDns("query_apis"),
    ThanosStoreIsDown: isDown("thanosStore"),
    ThanosStoreGrpcErrorRate: grpcServer(store, ofStore),
    ThanosStoreSeriesGateLatencyHigh: {
        labels: ofStore,
        fires: histogram(store, "thanos_bucket_store_series_gate_queries_duration_seconds", [0.5, 1.9, 5], 2),
        quiet: histogram(store, "thanos_bucket_store_series_gate_queries_duration_seconds", [0.5, 1.9, 5], 1),
    },
    ThanosStoreBucketHighOperationFailures: bucket(store, ofStore),
    ThanosStoreObjstoreOperationLatencyHigh: {
        labels: { ...ofStore, operation: "get" },
        fires: histogram(store, "thanos_objstore_bucket_operation_duration_seconds", [0.5, 1.9, 5], 2, {
            operation: "get",
        }),
        quiet: histogram(store, "thanos_objstore_bucket_operation_duration_seconds", [0.5, 1.9, 5], 1, {
            operation: "get",
        }),
    },
    ThanosStoreBlockLoadFailures: pair({ namespace, pod: "thanos-store-0" }, (bad) => [
        store("thanos_bucket_store_block_load_failures_total", bad ? grow(1) : flat(2)),
    ]),
    ThanosCompactMultipleRunning: pair(inNamespace, (bad) => [
        compact("up", flat(1)),
        ofPod("thanosCompact", "thanos-compact-1")("up", bad ? flat(1) : flat(0)),
    ]),
    ThanosCompactBucketHighOperationFailures: bucket(compact, { job: jobs.thanosCompact, namespace }),
    ThanosCompactHasNotRun: pair(
        inNamespace,
        (bad) => [
            // A Compactor that never had anything to write says zero.
            compact("thanos_objstore_bucket_last_successful_upload_time", `${bad ? 1 : 0}x1700`, { bucket: "b" }),
        ],
        "26h",
    ),
    ThanosCompactBacklog: pair({ ...own("thanosCompact", "thanos-compact-0"), work: "blocks to delete" }, (bad) => [
        compact("thanos_compact_todo_compactions", "400-1x399"),
        compact("thanos_compact_todo_downsample_blocks", flat(400)),
        compact("thanos_compact_todo_deletion_blocks", bad ? grow(1) : "400-1x399"),
    ]),
} satisfies Partial<Record<AlertName, Pair>>;

const web = ofJob("grafana", { namespace, pod: "grafana-0" });

const pages = (failed: number, handler: string) => [
    web("grafana_http_request_duration_seconds_count", grow(failed), { handler, status_code: "500" }),
    web("grafana_http_request_duration_seconds_count", grow(100 - failed), { handler, status_code: "200" }),
];

/** A log agent that drops lines, and began at a second of the tests' clock. */
const agent = (pod: string, dropped: string, start: number) => [
    ofPod("alloy", pod)("loki_write_dropped_entries_total", dropped, { reason: "rate_limited" }),
    ofPod("alloy", pod)("process_start_time_seconds", flat(start)),
];

const grafana = {
    GrafanaRequestsFailing: {
        labels: { namespace, handler: "/api/search" },
        fires: pages(60, "/api/search"),
        quiet: [...pages(40, "/api/search"), ...pages(90, "/api/ds/query")],
    },
    AlloyDroppingLogs: {
        labels: { namespace, pod: "alloy-0", reason: "rate_limited" },
        fires: agent("alloy-0", grow(3), 0),
        // It began 40 minutes ago.
        alsoFires: [agent("alloy-0", grow(3), 4800)],
        // The one beside it began 20 minutes ago.
        quiet: [...agent("alloy-0", flat(3), 0), ...agent("alloy-1", grow(3), 6000)],
    },
} satisfies Partial<Record<AlertName, Pair>>;

const targets = (all: number): Series[] =>
    Array.from({ length: all }, (_, index) =>
        ofJob("grafana", { namespace: "shop", service: "web", instance: String(index) })(
            "up",
            flat(index === 0 ? 0 : 1),
        ),
    );

const general = {
    TargetDown: {
        labels: { job: jobs.grafana, namespace: "shop", service: "web" },
        fires: targets(5),
        quiet: targets(20),
    },
} satisfies Partial<Record<AlertName, Pair>>;

/** What makes each alert on the stack itself fire, and what nearly does. */
const cache = ofPod("memcached", "thanos-index-cache-0");
const cacheConnections = (fires: number, quiet: number): Pair =>
    pair(own("memcached", "thanos-index-cache-0"), (bad) => [
        cache("memcached_current_connections", flat(bad ? fires : quiet)),
        cache("memcached_max_connections", flat(1000)),
    ]);

const memcached = {
    MemcachedDown: pair(own("memcached", "thanos-index-cache-0"), (bad) => [
        cache("memcached_up", bad ? flat(0) : "1x100 0x12 1x300"),
    ]),
    MemcachedConnectionLimitApproaching: cacheConnections(810, 790),
    MemcachedConnectionLimitApproachingCritical: cacheConnections(960, 940),
    MemcachedOutOfMemoryErrors: pair({ namespace, pod: "thanos-index-cache-0" }, (bad) => [
        cache("memcached_slab_items_outofmemory_total", bad ? grow(1) : flat(3), { slab: "42" }),
    ]),
} satisfies Partial<Record<AlertName, Pair>>;

export const stack = {
    ...general,
    ...servers,
    ...remoteWrites,
    ...operators,
    ...alertmanager,
    ...thanos,
    ...memcached,
    ...grafana,
};
