import { z } from "zod";
import { cidr, labels, podLabels, port } from "./common";

/** Every address there is. */
export const anywhere: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Peers that aren't pods: what they are differs from cluster to cluster. */
export const networkPoliciesSchema = z
    .strictObject({
        enabled: z.boolean().default(true).describe("Deny by default, in both directions, and allow each edge"),
        apiServer: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses behind the Service `kubernetes`, after DNAT"),
                ports: z
                    .array(port())
                    .min(1)
                    .default([443, 6443, 8443])
                    .describe("Ports of the API server, after DNAT; by default those of most clusters, minikube's too"),
            })
            .prefault({}),
        dns: z
            .strictObject({
                namespace: z.string().min(1).default("kube-system"),
                podLabels: labels().default({ "k8s-app": "kube-dns" }),
                cidrs: z
                    .array(cidr())
                    .default([])
                    .describe("Addresses beside those pods, such as a cache on each node: 169.254.20.10/32"),
                ports: z.array(port()).min(1).default([53]).describe("Ports of the DNS pods, UDP and TCP"),
            })
            .prefault({}),
        nodes: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of the nodes: kubelets, probes"),
            })
            .prefault({}),
        objectStorage: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of the S3 API"),
            })
            .prefault({}),
        smtp: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of the mail server"),
            })
            .prefault({}),
        receivers: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of the chat services, pagers and webhooks that tell of alerts"),
            })
            .prefault({}),
        remoteWrite: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of the servers outside the cluster that metrics.remoteWrite names"),
            })
            .prefault({}),
        otherClusters: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of the other clusters' Thanos that longTerm.query.endpoints names"),
            })
            .prefault({}),
        targets: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe(
                        "Addresses outside the cluster that metrics.targets names or finds, and of who knows them or " +
                            "probes them; etcd's, where given",
                    ),
            })
            .prefault({}),
        clients: z
            .strictObject({
                cidrs: z
                    .array(cidr())
                    .min(1)
                    .default([...anywhere])
                    .describe("Addresses of those who call a node port or a load balancer; its source ranges too"),
            })
            .prefault({}),
        ingressController: z
            .strictObject({
                namespace: z
                    .string()
                    .min(1)
                    .optional()
                    .describe("Namespace of the ingress controller; default: the platform's, or any namespace"),
                podLabels: podLabels(),
                cidrs: z
                    .array(cidr())
                    .default([])
                    .describe(
                        "Addresses of a controller that isn't pods, such as AWS's load balancers, in their place",
                    ),
            })
            .prefault({}),
    })
    .prefault({})
    .describe("NetworkPolicies and the peers that aren't pods of the stack");

export type NetworkPoliciesSettings = z.output<typeof networkPoliciesSchema>;
