import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { KeyRef } from "../operated/key-ref";
import type { LabelSelector } from "../operated/label-selector";

/**
 * The part of `ThanosRuler.spec` (monitoring.coreos.com/v1) that the stack uses. What isn't here, the operator adds: the
 * container's security context, the replica label and its removal from alerts, `thanos-ruler-operated`, the config-reloader.
 */
export interface ThanosRulerSpec {
    image: string;
    /** The operator decides by it, not by the image's tag, which flags the Ruler knows. */
    version: string;
    replicas: number;
    logFormat: "json" | "logfmt";
    evaluationInterval: string;
    ruleQueryOffset: string;
    retention: string;
    /** External labels. */
    labels: Record<string, string>;
    queryConfig: KeyRef;
    alertmanagersConfig?: KeyRef;
    /** Whose graph notifications link to. */
    alertQueryUrl: string;
    objectStorageConfigFile: string;
    ruleSelector: LabelSelector;
    ruleNamespaceSelector: LabelSelector;
    storage: { volumeClaimTemplate: { spec: input.core.v1.PersistentVolumeClaimSpec } };
    serviceAccountName: pulumi.Input<string>;
    enableServiceLinks: boolean;
    priorityClassName?: pulumi.Input<string>;
    securityContext: input.core.v1.PodSecurityContext;
    resources: input.core.v1.ResourceRequirements;
    nodeSelector: Record<string, string>;
    topologySpreadConstraints: input.core.v1.TopologySpreadConstraint[];
    podMetadata: { labels: Record<string, string>; annotations: Record<string, pulumi.Input<string>> };
    /** Fields that a strategic merge puts into the operator's container. */
    containers: {
        name: "thanos-ruler";
        env: input.core.v1.EnvVar[];
        livenessProbe: input.core.v1.Probe;
        readinessProbe: input.core.v1.Probe;
    }[];
    volumes: input.core.v1.Volume[];
    volumeMounts: input.core.v1.VolumeMount[];
    terminationGracePeriodSeconds: number;
}
