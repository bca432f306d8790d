import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

/** Labels that tell one workload's pods from all others; part of immutable selectors, so contract once landed. */
export interface SelectorLabels {
    "app.kubernetes.io/name": string;
    "app.kubernetes.io/instance": string;
    "app.kubernetes.io/component": string;
    [key: string]: string;
}

/** What a pod of ours may do at most: Pod Security `restricted`, which the namespace enforces. */
export const containerSecurityContext = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
} satisfies input.core.v1.SecurityContext;

/** Pod-level half of the restricted standard, for an image that runs as the numeric user `uid`. */
export function podSecurityContext(uid: number, gid = uid) {
    return {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: gid,
        fsGroup: gid,
        // Large volumes would otherwise be chowned file by file at every start.
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
    } satisfies input.core.v1.PodSecurityContext;
}

/** Spreads replicas over zones, then over nodes, without leaving a pod pending on a small cluster. */
export function spread(selector: Record<string, string>): input.core.v1.TopologySpreadConstraint[] {
    return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selector },
    }));
}

/** Every image of the stack is for Linux: on nodes of Windows its pods would never start. */
export const linuxNodes = { "kubernetes.io/os": "linux" };

/**
 * Every node, whatever keeps other pods off it, but for those that are none: EKS's Fargate and virtual kubelets run no pods of a
 * DaemonSet, whose rollout would wait for them for ever.
 */
export const everyNode = {
    tolerations: [{ operator: "Exists" }],
    affinity: {
        nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                    {
                        matchExpressions: [
                            { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["fargate"] },
                            { key: "type", operator: "NotIn", values: ["virtual-kubelet"] },
                        ],
                    },
                ],
            },
        },
    },
} satisfies Pick<input.core.v1.PodSpec, "tolerations" | "affinity">;

/** One pod at a time is taken down, and pods that aren't healthy anyway never block a drain; nothing for a single replica. */
export function addDisruptionBudget(
    name: string,
    {
        metadata,
        pods,
        replicas,
    }: { metadata: input.meta.v1.ObjectMeta; pods: Record<string, string>; replicas: number },
    opts: pulumi.CustomResourceOptions,
): void {
    if (replicas < 2) {
        return;
    }
    const spec = {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: pods },
    };
    new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec }, opts);
}
