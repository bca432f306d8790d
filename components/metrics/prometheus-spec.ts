import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { LabelSelector } from "../operated/label-selector";
import type { Relabeling } from "../workload/service-monitor";
import type { RemoteWriteSpec } from "./remote-write";

/** Fields of a container that a strategic merge puts into one that the operator makes. */
export interface ContainerPatch {
    name: "prometheus" | "thanos-sidecar" | "config-reloader";
    env?: input.core.v1.EnvVar[];
    livenessProbe?: input.core.v1.Probe;
    readinessProbe?: input.core.v1.Probe;
}

/** The sidecar that uploads blocks and answers Thanos Query. */
export interface ThanosSidecarSpec {
    image: string;
    /** The operator decides by it, not by the image's tag, which flags the sidecar knows. */
    version: string;
    objectStorageConfigFile: string;
    volumeMounts: input.core.v1.VolumeMount[];
    logFormat: "json" | "logfmt";
    resources: input.core.v1.ResourceRequirements;
}

/** A spread constraint, to whose selector the operator may add the labels of the StatefulSet that it is in. */
export type SpreadConstraint = input.core.v1.TopologySpreadConstraint & { additionalLabelSelectors?: "OnShard" };

/** How a group of targets is scraped that needs credentials of Prometheus itself. */
export interface ScrapeClass {
    name: string;
    authorization: { credentialsFile: string };
    tlsConfig: { caFile?: string; insecureSkipVerify?: boolean; serverName?: string };
    /** Applied before those of the monitor that uses the class. */
    relabelings: Relabeling[];
}

/**
 * The part of `Prometheus.spec` (monitoring.coreos.com/v1) that the stack uses. What isn't here, the operator adds:
 * probes, the container's security context, the replica label, `prometheus-operated`, 600 s of grace.
 */
export interface PrometheusSpec {
    image: string;
    /** The operator decides by it, not by the image's tag, which flags Prometheus knows. */
    version: string;
    /** Of each shard. */
    replicas: number;
    /** Each a StatefulSet of its own.  @default 1 */
    shards?: number;
    logFormat: "json" | "logfmt";
    /** What notifications link to; without a path, or the API would move below that. */
    externalUrl: string;
    scrapeInterval: string;
    /** @default 10s */
    scrapeTimeout?: string;
    evaluationInterval: string;
    /** @default 0s */
    ruleQueryOffset?: string;
    externalLabels: Record<string, string>;
    retention: string;
    retentionSize: string;
    enforcedSampleLimit?: number;
    enforcedLabelLimit?: number;
    enforcedLabelNameLengthLimit?: number;
    enforcedLabelValueLengthLimit?: number;
    /** Such as `50MiB`. */
    enforcedBodySizeLimit?: string;
    enforcedTargetLimit?: number;
    /** @default false */
    scrapeNativeHistograms?: boolean;
    /** Whether a target's classic histograms are taken beside its native ones.  @default false */
    scrapeClassicHistograms?: boolean;
    /** @default false */
    enableRemoteWriteReceiver?: boolean;
    remoteWrite?: RemoteWriteSpec[];
    tsdb?: { outOfOrderTimeWindow: string };
    /** Nothing without the feature. */
    exemplars?: { maxSize: number };
    enableFeatures?: "exemplar-storage"[];
    /** @default true */
    walCompression?: boolean;
    additionalArgs?: { name: string; value?: string }[];
    storage: { volumeClaimTemplate: { spec: input.core.v1.PersistentVolumeClaimSpec } };
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" | "Delete"; whenScaled: "Retain" | "Delete" };
    serviceAccountName: pulumi.Input<string>;
    automountServiceAccountToken: boolean;
    enableServiceLinks: boolean;
    priorityClassName?: pulumi.Input<string>;
    securityContext: input.core.v1.PodSecurityContext;
    resources: input.core.v1.ResourceRequirements;
    nodeSelector: Record<string, string>;
    affinity?: input.core.v1.Affinity;
    topologySpreadConstraints: SpreadConstraint[];
    podMetadata: { labels: Record<string, string>; annotations: Record<string, pulumi.Input<string>> };
    containers: ContainerPatch[];
    volumes: input.core.v1.Volume[];
    thanos?: ThanosSidecarSpec;
    web: {
        pageTitle: string;
        httpConfig: {
            headers: { contentSecurityPolicy: string; xContentTypeOptions: "NoSniff"; xFrameOptions: "Deny" };
        };
    };
    alerting?: {
        alertmanagers: { namespace: string; name: string; port: string; apiVersion: "v2"; timeout: string }[];
    };
    serviceDiscoveryRole: "EndpointSlice";
    arbitraryFSAccessThroughSMs: { deny: boolean };
    scrapeClasses?: ScrapeClass[];
    serviceMonitorSelector: LabelSelector;
    serviceMonitorNamespaceSelector: LabelSelector;
    podMonitorSelector: LabelSelector;
    podMonitorNamespaceSelector: LabelSelector;
    probeSelector: LabelSelector;
    probeNamespaceSelector: LabelSelector;
    scrapeConfigSelector: LabelSelector;
    scrapeConfigNamespaceSelector: LabelSelector;
    ruleSelector: LabelSelector;
    ruleNamespaceSelector: LabelSelector;
}
