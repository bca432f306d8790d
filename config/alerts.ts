/** What is fixed about an alert beside its rule. */
interface AlertTraits {
    /** Figure that the rule compares with, where a stack file may give another. */
    readonly threshold?: number;
    /** What the figure counts, in words. */
    readonly unit?: string;
    /** Whether it has a severity by how bad it is, which a stack file can't change. */
    readonly graded?: true;
}

const share = (threshold: number, unit: string) => ({ threshold, unit: `share of ${unit}, 0 to 1` });
const seconds = (threshold: number, unit: string) => ({ threshold, unit: `seconds ${unit}` });
const fixed = {};

/**
 * Every alert of Perch with its default threshold. The defaults are those in common use (the mixins of Kubernetes, node,
 * Prometheus, Alertmanager and Thanos have the same or near ones).
 */
export const alerts = {
    // The stack's own health, whatever else is on.
    PrometheusDown: fixed,
    // Prometheus fills its volume to 85 % by design (config/retention.ts), and a file system keeps some 5 % for itself.
    VolumeFillingUp: share(0.05, "a volume that is left"),
    ThanosCompactorFailed: {
        threshold: 3,
        unit: "compactions that fail in six hours while no pass succeeds for an hour",
    },
    // As in Loki's own mixin.
    LokiRequestErrors: share(0.1, "the requests of a route that fail"),
    LokiDiscardingLogs: fixed,
    AlertmanagerDown: fixed,

    // General.
    TargetDown: share(0.1, "a job's targets that don't answer"),
    InfoInhibitor: fixed,
    Watchdog: fixed,

    // Workloads.
    KubePodCrashLooping: fixed,
    KubePodNotReady: fixed,
    KubePodNotScheduled: fixed,
    KubeContainerWaiting: fixed,
    KubeDeploymentGenerationMismatch: fixed,
    KubeDeploymentReplicasMismatch: fixed,
    KubeDeploymentRolloutStuck: fixed,
    KubeStatefulSetReplicasMismatch: fixed,
    KubeStatefulSetGenerationMismatch: fixed,
    KubeStatefulSetUpdateNotRolledOut: fixed,
    KubeDaemonSetRolloutStuck: fixed,
    KubeDaemonSetNotScheduled: fixed,
    KubeDaemonSetMisScheduled: fixed,
    KubeJobNotCompleted: seconds(43_200, "that a Job may run"),
    KubeJobFailed: fixed,
    KubeHpaReplicasMismatch: fixed,
    KubeHpaMaxedOut: fixed,
    KubePdbNotEnoughHealthyPods: fixed,

    // What the cluster has to give.
    KubeCPUOvercommit: fixed,
    KubeMemoryOvercommit: fixed,
    KubeCPUQuotaOvercommit: { threshold: 1.5, unit: "CPU of all quotas for each CPU of the nodes" },
    KubeMemoryQuotaOvercommit: { threshold: 1.5, unit: "memory of all quotas for each byte of the nodes" },
    KubeQuotaAlmostFull: share(0.9, "a quota that is used"),
    KubeQuotaFullyUsed: fixed,
    KubeQuotaExceeded: fixed,
    CPUThrottlingHigh: share(0.25, "a container's CPU periods that are throttled"),

    // Volumes.
    KubePersistentVolumeFillingUp: share(0.15, "a volume that is left"),
    KubePersistentVolumeFillingUpCritical: share(0.03, "a volume that is left"),
    KubePersistentVolumeInodesFillingUp: share(0.15, "a volume's inodes that are left"),
    KubePersistentVolumeInodesFillingUpCritical: share(0.03, "a volume's inodes that are left"),
    KubePersistentVolumeErrors: fixed,

    // Nodes as Kubernetes sees them, and kubelets.
    KubeVersionMismatch: fixed,
    KubeClientErrors: share(0.01, "a kubelet's requests to the API server that fail"),
    KubeNodeNotReady: fixed,
    KubeNodePressure: fixed,
    KubeNodeUnreachable: fixed,
    KubeNodeReadinessFlapping: { threshold: 2, unit: "changes between ready and not ready in 15 minutes" },
    KubeNodeEviction: fixed,
    KubeletTooManyPods: share(0.95, "the pods that a node takes"),
    KubeletPlegDurationHigh: seconds(10, "that a kubelet takes to list its containers, 99th percentile"),
    KubeletPodStartUpLatencyHigh: seconds(60, "that a kubelet works at a pod, 99th percentile"),
    KubeletClientCertificateExpiration: seconds(604_800, "that the certificate is valid"),
    KubeletClientCertificateExpirationCritical: seconds(86_400, "that the certificate is valid"),
    KubeletServerCertificateExpiration: seconds(604_800, "that the certificate is valid"),
    KubeletServerCertificateExpirationCritical: seconds(86_400, "that the certificate is valid"),
    KubeletClientCertificateRenewalErrors: fixed,
    KubeletServerCertificateRenewalErrors: fixed,
    KubeletInstanceUnreachable: fixed,
    KubeletDown: fixed,
    // Kubernetes' own components.
    KubeAPIDown: fixed,
    KubeAPIInstanceUnreachable: fixed,
    KubeAPIErrorBudgetBurn: share(0.01, "requests to the API servers that may be slow or fail"),
    KubeAPIErrorBudgetBurnCritical: share(0.01, "requests to the API servers that may be slow or fail"),
    KubeAPITerminatedRequests: share(0.2, "the requests that API servers turn away"),
    KubeAggregatedAPIErrors: fixed,
    KubeAggregatedAPIDown: share(0.15, "the last ten minutes in which the API was missing"),
    KubeClientCertificateExpiration: seconds(604_800, "that the certificate is valid"),
    KubeClientCertificateExpirationCritical: seconds(86_400, "that the certificate is valid"),
    KubeControllerManagerDown: fixed,
    KubeControllerManagerInstanceUnreachable: fixed,
    KubeSchedulerDown: fixed,
    KubeSchedulerInstanceUnreachable: fixed,
    KubeProxyDown: fixed,
    KubeProxyInstanceUnreachable: fixed,
    CoreDNSDown: fixed,
    CoreDNSInstanceUnreachable: fixed,
    CoreDNSErrorsHigh: share(0.03, "the answers that are SERVFAIL"),
    CoreDNSLatencyHigh: seconds(4, "that an answer takes, 99th percentile"),
    CoreDNSForwardErrorsHigh: share(0.03, "the servers' answers to forwarded queries that are SERVFAIL"),
    CoreDNSForwardHealthcheckBroken: fixed,
    CoreDNSPanics: fixed,
    etcdMembersDown: fixed,
    etcdInsufficientMembers: fixed,
    etcdNoLeader: fixed,
    etcdHighNumberOfLeaderChanges: { threshold: 3, unit: "changes of the leader in 15 minutes" },
    etcdHighNumberOfFailedGRPCRequests: share(0.05, "the requests of a method that fail"),
    etcdGRPCRequestsSlow: seconds(0.15, "that a request takes, 99th percentile"),
    etcdMemberCommunicationSlow: seconds(0.15, "that a message to another member and back takes, 99th percentile"),
    etcdHighNumberOfFailedProposals: { threshold: 5, unit: "proposals that fail in 15 minutes" },
    etcdHighFsyncDurations: seconds(0.5, "that a write of the log takes, 99th percentile"),
    etcdHighCommitDurations: seconds(0.25, "that a commit takes, 99th percentile"),
    etcdDatabaseQuotaLowSpace: share(0.95, "the space that the database may take"),
    etcdExcessiveDatabaseGrowth: fixed,
    etcdDatabaseHighFragmentationRatio: share(0.5, "the database's file that is in use"),
    KubeStateMetricsDown: fixed,
    KubeStateMetricsListErrors: share(0.01, "the lists that fail"),
    KubeStateMetricsWatchErrors: share(0.01, "the watches that fail"),
    KubeStateMetricsShardingMismatch: fixed,
    KubeStateMetricsShardsMissing: fixed,

    // Nodes as node-exporter sees them.
    NodeFilesystemSpaceFillingUp: share(0.15, "a file system that is left"),
    NodeFilesystemSpaceFillingUpCritical: share(0.1, "a file system that is left"),
    NodeFilesystemAlmostOutOfSpace: share(0.05, "a file system that is left"),
    NodeFilesystemAlmostOutOfSpaceCritical: share(0.03, "a file system that is left"),
    NodeFilesystemFilesFillingUp: share(0.4, "a file system's inodes that are left"),
    NodeFilesystemFilesFillingUpCritical: share(0.2, "a file system's inodes that are left"),
    NodeFilesystemAlmostOutOfFiles: share(0.05, "a file system's inodes that are left"),
    NodeFilesystemAlmostOutOfFilesCritical: share(0.03, "a file system's inodes that are left"),
    NodeNetworkReceiveErrs: share(0.01, "the packets received that are broken"),
    NodeNetworkTransmitErrs: share(0.01, "the packets sent that fail"),
    NodeNetworkInterfaceFlapping: { threshold: 4, unit: "changes between up and down in 10 minutes" },
    NodeHighNumberConntrackEntriesUsed: share(0.75, "the connection table that is used"),
    NodeClockSkewDetected: seconds(0.05, "that the clock is off"),
    NodeClockNotSynchronising: fixed,
    NodeRAIDDegraded: fixed,
    NodeRAIDDiskFailure: fixed,
    NodeFileDescriptorLimit: share(0.7, "the file descriptors that are open"),
    NodeFileDescriptorLimitCritical: share(0.9, "the file descriptors that are open"),
    NodeCPUHighUsage: share(0.9, "the CPU that is busy"),
    NodeSystemSaturation: { threshold: 2, unit: "load for each core" },
    NodeMemoryMajorPagesFaults: { threshold: 500, unit: "major page faults a second" },
    NodeMemoryHighUtilization: share(0.9, "the memory that is used"),
    NodeDiskIOSaturation: { threshold: 10, unit: "requests waiting at a disk" },
    NodeBondingDegraded: fixed,

    // What is probed.
    ProbeFailed: fixed,
    ProbeSlow: seconds(3, "that a probe takes, on average"),
    ProbeCertificateExpiration: seconds(1_814_400, "that the certificate is valid"),
    ProbeCertificateExpirationCritical: seconds(259_200, "that the certificate is valid"),

    // Prometheus.
    PrometheusBadConfig: fixed,
    PrometheusKubernetesListWatchFailures: fixed,
    PrometheusSDRefreshFailure: fixed,
    PrometheusNotificationQueueRunningFull: fixed,
    PrometheusErrorSendingAlertsToSomeAlertmanagers: share(0.01, "the alerts to one Alertmanager that fail"),
    PrometheusErrorSendingAlertsToAnyAlertmanager: share(0.03, "the alerts to each Alertmanager that fail"),
    PrometheusNotConnectedToAlertmanagers: fixed,
    PrometheusTSDBReloadsFailing: fixed,
    PrometheusTSDBCompactionsFailing: fixed,
    PrometheusNotIngestingSamples: fixed,
    PrometheusDuplicateTimestamps: fixed,
    PrometheusOutOfOrderTimestamps: fixed,
    PrometheusRuleFailures: fixed,
    PrometheusMissingRuleEvaluations: fixed,
    PrometheusTargetLimitHit: fixed,
    PrometheusLabelLimitHit: fixed,
    PrometheusScrapeBodySizeLimitHit: fixed,
    PrometheusScrapeSampleLimitHit: fixed,
    PrometheusTargetSyncFailure: fixed,
    PrometheusHighQueryLoad: share(0.8, "the queries at a time that are allowed"),
    PrometheusHeadSeriesNearLimit: share(0.9, "the series for which Prometheus has requested memory"),
    PrometheusRetentionCutBySize: fixed,
    PrometheusCardinalityExplosion: { threshold: 1.5, unit: "times the series of the day before" },

    // What Prometheus writes to others.
    PrometheusRemoteStorageFailures: share(0.01, "the samples that fail"),
    PrometheusRemoteWriteBehind: seconds(120, "that the newest sample sent is older than the newest there is"),
    PrometheusRemoteWriteDesiredShards: fixed,

    // Prometheus Operator and its config-reloaders.
    PrometheusOperatorListErrors: share(0.4, "the lists that fail"),
    PrometheusOperatorWatchErrors: share(0.4, "the watches that fail"),
    PrometheusOperatorSyncFailed: fixed,
    PrometheusOperatorReconcileErrors: share(0.1, "the reconciliations that fail"),
    PrometheusOperatorStatusUpdateErrors: share(0.1, "the status updates that fail"),
    PrometheusOperatorNodeLookupErrors: { threshold: 0.1, unit: "look-ups a second that fail" },
    PrometheusOperatorNotReady: fixed,
    PrometheusOperatorRejectedResources: fixed,
    ConfigReloaderSidecarErrors: fixed,

    // Alertmanager.
    AlertmanagerFailedReload: fixed,
    AlertmanagerMembersInconsistent: fixed,
    AlertmanagerFailedToSendAlerts: share(0.01, "one replica's notifications that fail"),
    AlertmanagerClusterFailedToSendAlerts: share(0.01, "every replica's notifications that fail"),
    AlertmanagerConfigInconsistent: fixed,
    AlertmanagerClusterCrashlooping: share(0.5, "the replicas that restart again and again"),
    AlertmanagerClusterFailedPeers: fixed,
    AlertmanagerReceiversNotConfigured: fixed,

    // Thanos.
    ThanosSidecarIsDown: fixed,
    ThanosSidecarBucketOperationsFailed: fixed,
    ThanosSidecarNoConnectionToStartedPrometheus: fixed,
    ThanosSidecarNotUploading: { threshold: 1.5, unit: "times the length of a block since the last upload" },
    ThanosQueryIsDown: fixed,
    ThanosQueryHttpRequestQueryErrorRateHigh: share(0.05, "the instant queries that fail"),
    ThanosQueryHttpRequestQueryRangeErrorRateHigh: share(0.05, "the range queries that fail"),
    ThanosQueryInstantLatencyHigh: seconds(40, "that an instant query takes, 99th percentile"),
    ThanosQueryRangeLatencyHigh: seconds(90, "that a range query takes, 99th percentile"),
    ThanosQueryGrpcServerErrorRate: share(0.05, "the gRPC requests served that fail"),
    ThanosQueryGrpcClientErrorRate: share(0.05, "the gRPC requests made that fail"),
    ThanosQueryHighDNSFailures: share(0.01, "the DNS look-ups that fail"),
    ThanosQueryOverload: fixed,
    ThanosQueryFrontendIsDown: fixed,
    ThanosQueryFrontendErrorRateHigh: share(0.05, "the queries that fail"),
    ThanosRuleIsDown: fixed,
    ThanosRuleQueueIsDroppingAlerts: fixed,
    ThanosRuleSenderIsFailingAlerts: fixed,
    ThanosRuleAlertmanagerHighDNSFailures: share(0.01, "the DNS look-ups that fail"),
    ThanosNoRuleEvaluations: fixed,
    ThanosRuleHighRuleEvaluationFailures: share(0.05, "the evaluations that fail"),
    ThanosRuleHighRuleEvaluationWarnings: fixed,
    ThanosRuleRuleEvaluationLatencyHigh: fixed,
    ThanosRuleNoEvaluationFor10Intervals: fixed,
    ThanosRuleGrpcErrorRate: share(0.05, "the gRPC requests served that fail"),
    ThanosRuleConfigReloadFailure: fixed,
    ThanosRuleQueryHighDNSFailures: share(0.01, "the DNS look-ups that fail"),
    ThanosStoreIsDown: fixed,
    ThanosStoreGrpcErrorRate: share(0.05, "the gRPC requests served that fail"),
    ThanosStoreSeriesGateLatencyHigh: seconds(2, "that a request waits for its turn, 99th percentile"),
    ThanosStoreBucketHighOperationFailures: share(0.05, "the operations on the bucket that fail"),
    ThanosStoreObjstoreOperationLatencyHigh: seconds(2, "that an operation on the bucket takes, 99th percentile"),
    ThanosStoreBlockLoadFailures: fixed,
    ThanosCompactMultipleRunning: fixed,
    ThanosCompactBucketHighOperationFailures: share(0.05, "the operations on the bucket that fail"),
    ThanosCompactHasNotRun: seconds(86_400, "since the Compactor last wrote to the bucket"),
    ThanosCompactBacklog: { threshold: 20, unit: "compactions, or blocks to downsample or delete, that wait" },

    // VictoriaMetrics.
    VictoriaMetricsDown: fixed,
    VictoriaMetricsDiskFillingUp: share(0.2, "the disk that is left"),
    VictoriaMetricsReadOnly: fixed,
    VictoriaMetricsRowsIgnored: fixed,
    VictoriaMetricsSlowInserts: share(0.05, "the samples whose series is looked up on the disk"),
    VictoriaMetricsRequestErrors: fixed,

    // blackbox exporter.
    BlackboxExporterDown: fixed,

    // Memcached.
    MemcachedDown: fixed,
    MemcachedConnectionLimitApproaching: share(0.8, "the connections that a memcached takes"),
    MemcachedConnectionLimitApproachingCritical: share(0.95, "the connections that a memcached takes"),
    MemcachedOutOfMemoryErrors: fixed,

    // Grafana and Alloy.
    GrafanaRequestsFailing: share(0.5, "a handler's requests that fail"),
    AlloyDroppingLogs: fixed,

    // Applications, by presets. Those of a Flask application are the eight of profile urlshortener (U-24 to U-31).
    ServiceDown: fixed,
    HighErrorRate: share(0.05, "an application's requests that end in a server error"),
    HighErrorRateCritical: share(0.25, "an application's requests that end in a server error"),
    HighLatency: seconds(2, "that a request takes, 95th percentile"),
    HighCPUUsage: share(0.9, "a node's CPU that is busy"),
    HighAppCPU: { threshold: 0.8, unit: "cores that a process uses" },
    HighMemory: { threshold: 512_000_000, unit: "bytes of memory of a process" },
    NoRequests: fixed,
    KafkaConsumerLag: { threshold: 1000, unit: "records of a topic that a consumer group is behind" },
    RedisDown: fixed,
    CertManagerCertificateExpiration: seconds(1_209_600, "that the certificate is valid"),
    CertManagerCertificateNotReady: fixed,
    CNPGConnectionsNearLimit: share(0.8, "an instance's connections that are taken"),

    // Service level objectives.
    SLOBudgetBurn: { graded: true },
    SLOMetricAbsent: fixed,
} as const satisfies Record<string, AlertTraits>;

/** Name of an alert: a misspelt one doesn't compile, and each has a page in docs/runbooks/. */
export type AlertName = keyof typeof alerts;

export const alertNames = Object.keys(alerts) as AlertName[];

/** Always fires, for the dead man's switch. */
export const WATCHDOG = "Watchdog" satisfies AlertName;

/** Says nothing by itself: it only silences the alerts of severity info. */
export const INFO_INHIBITOR = "InfoInhibitor" satisfies AlertName;

/** Alerts that the program routes itself, before all others: people aren't to be told of them. */
export const routedAlerts: readonly AlertName[] = [WATCHDOG, INFO_INHIBITOR];

/** Alerts that compare with a figure which a stack file may change. */
export type AlertWithThreshold = {
    [Name in AlertName]: (typeof alerts)[Name] extends { threshold: number } ? Name : never;
}[AlertName];

/** Default threshold of an alert and what it counts; undefined: its rule has none to change. */
export function thresholdOf(alert: AlertName): { threshold: number; unit: string } | undefined {
    const traits: AlertTraits = alerts[alert];
    return traits.threshold === undefined ? undefined : { threshold: traits.threshold, unit: traits.unit ?? "" };
}

/** Whether an alert is of one severity or another by how bad it is. */
export function isGraded(alert: AlertName): boolean {
    const traits: AlertTraits = alerts[alert];
    return traits.graded === true;
}
