/**
 * Alerts of the mixins in common use (Kubernetes, node, Prometheus, Alertmanager, Thanos) that Perch hasn't under their
 * name, and why: for who comes from them.
 */
export const knownElsewhere = {
    AlertmanagerClusterDown: "`AlertmanagerDown` tells of the first one that is missing",
    NodeSystemdServiceCrashlooping: "node-exporter would need the host's D-Bus, which its pod hasn't",
    NodeSystemdServiceFailed: "node-exporter would need the host's D-Bus, which its pod hasn't",
    NodeTextFileCollectorScrapeError: "node-exporter has no folder of text files here",
    PrometheusPossibleNarrowSelectors:
        "it was for the change to Prometheus 3; Perch's rules take the bounds of both versions",
    ThanosCompactHalted: "a part of `ThanosCompactorFailed`",
    ThanosCompactHighCompactionFailures: "a part of `ThanosCompactorFailed`",
    ThanosCompactIsDown: "a part of `ThanosCompactorFailed`",
    "ThanosReceive*, ThanosBucketReplicate*": "Perch deploys neither part",
} as const satisfies Readonly<Record<string, string>>;
