/** Label that every alert and series outside of its cluster has: what groups or silences alerts has to keep clusters apart. */
export const clusterLabel = "cluster";

/** Label by which the operator tells the replicas of one Prometheus apart. */
export const replicaLabel = "prometheus_replica";

/** Label by which the operator tells the replicas of a Ruler apart. */
export const rulerReplicaLabel = "thanos_ruler_replica";

/** External labels that each Prometheus of the stack has: the stack's own and the operator's. */
export const fixedExternalLabels: readonly string[] = [clusterLabel, "prometheus", replicaLabel];

/** Labels of nearly every series, from its target: Thanos would put an external label of the same name in their place. */
export const targetLabels: readonly string[] = [
    "job",
    "instance",
    "namespace",
    "pod",
    "container",
    "service",
    "endpoint",
    "node",
];
