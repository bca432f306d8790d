import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

/**
 * The part of `Alertmanager.spec` (monitoring.coreos.com/v1) that the stack uses. What isn't here, the operator adds:
 * probes, the container's security context, gossip flags, `alertmanager-operated`, 120 s of grace.
 */
export interface AlertmanagerSpec {
    image: string;
    /** The operator decides by it, not by the image's tag, which flags Alertmanager knows. */
    version: string;
    replicas: number;
    logFormat: "json" | "logfmt";
    retention: string;
    /** Keeps this cluster's gossip apart from any other's, when addresses of pods are used again. */
    clusterLabel: string;
    /** What notifications link to. */
    externalUrl: string;
    /** Secret with the configuration under the key `alertmanager.yaml`; its other keys are files beside it. */
    configSecret: pulumi.Input<string>;
    /** Secrets to mount below {@link secretsPath}, each under its name. */
    secrets: pulumi.Input<string>[];
    storage: { volumeClaimTemplate: { spec: input.core.v1.PersistentVolumeClaimSpec } };
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" | "Delete"; whenScaled: "Retain" | "Delete" };
    serviceAccountName: string;
    automountServiceAccountToken: boolean;
    enableServiceLinks: boolean;
    priorityClassName?: pulumi.Input<string>;
    securityContext: input.core.v1.PodSecurityContext;
    resources: input.core.v1.ResourceRequirements;
    nodeSelector: Record<string, string>;
    topologySpreadConstraints: input.core.v1.TopologySpreadConstraint[];
    podMetadata: { labels: Record<string, string> };
}

/** Where the operator mounts the Secrets of `spec.secrets`. */
export const secretsPath = "/etc/alertmanager/secrets";

/** Where the operator mounts the files of `spec.configSecret`. */
export const configPath = "/etc/alertmanager/config";

/** Ports that the operator gives to Alertmanager's pods. */
export const alertmanagerPorts = { web: 9093, mesh: 9094 };

/** Headless Service that the operator keeps in front of every Alertmanager of a namespace. */
export const operatedService = "alertmanager-operated";
