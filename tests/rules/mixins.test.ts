import { expect } from "chai";
import { alertNames } from "../../config/alerts";
import { knownElsewhere } from "../../rules/known-elsewhere";

/** Prefix and the rest of each name. */
const named = (prefix: string, names: string) => names.split(/\s+/).map((name) => prefix + name);

/** What the mixins in common use have, as kube-prometheus and Thanos render them. */
const mixins = [
    ...["TargetDown", "Watchdog", "InfoInhibitor", "CPUThrottlingHigh", "ConfigReloaderSidecarErrors"],
    ...["GrafanaRequestsFailing", "ThanosNoRuleEvaluations"],
    ...named("KubePod", "CrashLooping NotReady NotScheduled"),
    ...named("KubeDeployment", "GenerationMismatch ReplicasMismatch RolloutStuck"),
    ...named("KubeStatefulSet", "ReplicasMismatch GenerationMismatch UpdateNotRolledOut"),
    ...named("KubeDaemonSet", "RolloutStuck NotScheduled MisScheduled"),
    ...named("Kube", "ContainerWaiting JobNotCompleted JobFailed HpaReplicasMismatch HpaMaxedOut"),
    ...named("Kube", "PdbNotEnoughHealthyPods CPUOvercommit MemoryOvercommit CPUQuotaOvercommit"),
    ...named("Kube", "MemoryQuotaOvercommit QuotaAlmostFull QuotaFullyUsed QuotaExceeded"),
    ...named("KubePersistentVolume", "FillingUp InodesFillingUp Errors"),
    ...named("Kube", "VersionMismatch ClientErrors ClientCertificateExpiration AggregatedAPIErrors AggregatedAPIDown"),
    ...named("KubeAPI", "ErrorBudgetBurn Down InstanceUnreachable TerminatedRequests"),
    ...named("KubeNode", "NotReady Pressure Unreachable ReadinessFlapping Eviction"),
    ...named("Kubelet", "TooManyPods PlegDurationHigh PodStartUpLatencyHigh InstanceUnreachable Down"),
    ...named("KubeletClientCertificate", "Expiration RenewalErrors"),
    ...named("KubeletServerCertificate", "Expiration RenewalErrors"),
    ...["Scheduler", "ControllerManager", "Proxy"].flatMap((name) => named(`Kube${name}`, "Down InstanceUnreachable")),
    ...named("KubeStateMetrics", "ListErrors WatchErrors ShardingMismatch ShardsMissing"),
    ...named("NodeFilesystem", "SpaceFillingUp AlmostOutOfSpace FilesFillingUp AlmostOutOfFiles"),
    ...named("Node", "NetworkInterfaceFlapping NetworkReceiveErrs NetworkTransmitErrs HighNumberConntrackEntriesUsed"),
    ...named(
        "Node",
        "TextFileCollectorScrapeError ClockSkewDetected ClockNotSynchronising RAIDDegraded RAIDDiskFailure",
    ),
    ...named("Node", "FileDescriptorLimit CPUHighUsage SystemSaturation MemoryMajorPagesFaults MemoryHighUtilization"),
    ...named("Node", "DiskIOSaturation SystemdServiceFailed SystemdServiceCrashlooping BondingDegraded"),
    ...named("Prometheus", "BadConfig SDRefreshFailure KubernetesListWatchFailures NotificationQueueRunningFull"),
    ...named("Prometheus", "ErrorSendingAlertsToSomeAlertmanagers ErrorSendingAlertsToAnyAlertmanager"),
    ...named("Prometheus", "NotConnectedToAlertmanagers TSDBReloadsFailing TSDBCompactionsFailing NotIngestingSamples"),
    ...named("Prometheus", "DuplicateTimestamps OutOfOrderTimestamps RemoteStorageFailures RemoteWriteBehind"),
    ...named("Prometheus", "RemoteWriteDesiredShards RuleFailures MissingRuleEvaluations TargetLimitHit LabelLimitHit"),
    ...named("Prometheus", "ScrapeBodySizeLimitHit ScrapeSampleLimitHit TargetSyncFailure HighQueryLoad"),
    ...named("Prometheus", "PossibleNarrowSelectors"),
    ...named("Alertmanager", "FailedReload MembersInconsistent FailedToSendAlerts ClusterFailedToSendAlerts"),
    ...named("Alertmanager", "ConfigInconsistent ClusterDown ClusterCrashlooping ClusterFailedPeers"),
    ...named("Alertmanager", "ReceiversNotConfigured"),
    ...named("PrometheusOperator", "ListErrors WatchErrors SyncFailed ReconcileErrors StatusUpdateErrors"),
    ...named("PrometheusOperator", "NodeLookupErrors NotReady RejectedResources"),
    ...named("etcd", "MembersDown InsufficientMembers NoLeader HighNumberOfLeaderChanges"),
    ...named("etcd", "HighNumberOfFailedGRPCRequests GRPCRequestsSlow MemberCommunicationSlow"),
    ...named("etcd", "HighNumberOfFailedProposals HighFsyncDurations HighCommitDurations DatabaseQuotaLowSpace"),
    ...named("etcd", "ExcessiveDatabaseGrowth DatabaseHighFragmentationRatio"),
    ...named("ThanosCompact", "MultipleRunning Halted HighCompactionFailures BucketHighOperationFailures HasNotRun"),
    ...named("ThanosQuery", "HttpRequestQueryErrorRateHigh HttpRequestQueryRangeErrorRateHigh InstantLatencyHigh"),
    ...named("ThanosQuery", "RangeLatencyHigh GrpcServerErrorRate GrpcClientErrorRate HighDNSFailures Overload"),
    ...named("ThanosStore", "GrpcErrorRate SeriesGateLatencyHigh BucketHighOperationFailures"),
    ...named("ThanosStore", "ObjstoreOperationLatencyHigh"),
    ...named("ThanosSidecar", "BucketOperationsFailed NoConnectionToStartedPrometheus"),
    ...named("ThanosRule", "QueueIsDroppingAlerts SenderIsFailingAlerts HighRuleEvaluationFailures"),
    ...named("ThanosRule", "HighRuleEvaluationWarnings RuleEvaluationLatencyHigh GrpcErrorRate QueryHighDNSFailures"),
    ...named("ThanosRule", "AlertmanagerHighDNSFailures ConfigReloadFailure NoEvaluationFor10Intervals"),
    ...["Query", "Store", "Compact", "Rule", "Sidecar"].map((part) => `Thanos${part}IsDown`),
];

/** What the mixins lack and a Thanos in production needs. */
const beyond = [
    ...["ThanosSidecarNotUploading", "ThanosCompactBacklog", "ThanosStoreBlockLoadFailures", "MemcachedDown"],
    ...["PrometheusHeadSeriesNearLimit", "PrometheusCardinalityExplosion", "PrometheusRetentionCutBySize"],
    ...["CertManagerCertificateExpiration", "ProbeFailed", "ProbeSlow", "ProbeCertificateExpiration"],
    ...named("CoreDNS", "Down ErrorsHigh LatencyHigh ForwardErrorsHigh Panics"),
];

describe("The alerts of the mixins in common use", () => {
    it("are Perch's too, or the page of alerts says why not", () => {
        const known: string[] = [...alertNames, ...Object.keys(knownElsewhere)];
        expect([...mixins, ...beyond].filter((name) => !known.includes(name))).to.deep.equal([]);
    });

    it("aren't called absent while they are there", () => {
        const names: string[] = alertNames;
        expect(Object.keys(knownElsewhere).filter((name) => names.includes(name))).to.deep.equal([]);
    });
});
