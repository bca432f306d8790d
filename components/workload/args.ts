import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { Volume } from "../../config/schema";
import type { Platform } from "../platform/platform";
import type { ConfigFiles, SecretFiles } from "./files";
import type { ContainerArgs } from "./pod";
import type { ScrapeArgs } from "./service-monitor";

/** Kind of controller and what only that kind has. */
export type Controller =
    | { kind: "Deployment"; replicas: number; /** @default "RollingUpdate" */ strategy?: "RollingUpdate" | "Recreate" }
    | {
          kind: "StatefulSet";
          replicas: number;
          /** A volume for each replica, mounted at `mountPath`. */
          volume?: Volume & { mountPath: string };
          /** @default "Parallel" */
          podManagementPolicy?: "Parallel" | "OrderedReady";
      }
    | { kind: "DaemonSet" };

/** A Service in front of the workload's pods. */
export interface ServiceArgs {
    /** Name of the Service. */
    name: string;
    /** Names of the container ports that it offers.  @default all of the first container */
    ports?: string[];
    /** Headless: DNS gives the pods' own addresses.  @default false */
    headless?: boolean;
    /** Pods are found before they are ready, as gossip needs.  @default false */
    publishNotReadyAddresses?: boolean;
    /** @default "ClusterIP" */
    type?: "ClusterIP" | "NodePort" | "LoadBalancer";
    /** Port of every node, by port name; only with type NodePort. */
    nodePorts?: Record<string, number>;
    /** Address ranges that are let in; only with type LoadBalancer.  @default any */
    sourceRanges?: string[];
}

/** What a pod needs of the host; only in the host namespace. */
export interface HostAccess {
    hostNetwork?: boolean;
    hostPID?: boolean;
    /** Read-only mounts: path of the host to path in every container. */
    paths?: Record<string, string>;
}

/** Inputs of {@link Workload}. */
export interface WorkloadArgs {
    platform: Platform;
    /** Name of the software: label `app.kubernetes.io/name`. */
    app: string;
    /** Role in the stack: label `app.kubernetes.io/component`.  @default app */
    component?: string;
    /** Version of the software: label `app.kubernetes.io/version`. */
    version: string;
    /** Name of the controller and, by default, of its Service. */
    objectName: string;
    controller: Controller;
    /** The first is the one that speaks for the pod; its ports make the Services. */
    containers: [ContainerArgs, ...ContainerArgs[]];
    /** Numeric user that the image runs as. */
    user: number;
    /** Numeric group; owns the volumes.  @default user */
    group?: number;
    /** @default one Service under `objectName` with every port; a StatefulSet gets a headless one beside it */
    services?: ServiceArgs[];
    /** How the workload itself is scraped; each adds an endpoint to one ServiceMonitor. */
    scrapes: ScrapeArgs[];
    config?: ConfigFiles[];
    secrets?: SecretFiles[];
    /** Content of Secrets that containers take as environment variables, where known: a change rolls the pods. */
    envSecrets?: pulumi.Input<Record<string, pulumi.Input<string>>>[];
    volumes?: input.core.v1.Volume[];
    /** Permissions; without any, the pod gets no API token. */
    rules?: { cluster?: input.rbac.v1.PolicyRule[]; namespace?: input.rbac.v1.PolicyRule[] };
    /** Annotations of the ServiceAccount, such as an IAM role. */
    serviceAccountAnnotations?: Record<string, pulumi.Input<string>>;
    host?: HostAccess;
    /** Seconds between TERM and KILL.  @default 30 */
    terminationGracePeriodSeconds?: number;
}
