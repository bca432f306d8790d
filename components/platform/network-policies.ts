import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPoliciesSettings } from "../../config/schema";
import type { Endpoint, PodPeer } from "../workload/endpoint";
import type { Edge, ExternalPeer, Network } from "./network";
import type { Platform } from "./platform";

type Peer = input.networking.v1.NetworkPolicyPeer;
type Port = input.networking.v1.NetworkPolicyPort;

/** The policy of one workload: exactly the edges that touch its pods. */
export interface WorkloadPolicy {
    readonly pods: PodPeer;
    readonly ingress: input.networking.v1.NetworkPolicyIngressRule[];
    readonly egress: input.networking.v1.NetworkPolicyEgressRule[];
}

const ranges = (cidrs: readonly string[]): Peer[] => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

function pods(namespace: string, labels: Readonly<Record<string, string>>): Peer {
    return {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: { ...labels } },
    };
}

/** The one peer that may be any namespace: nothing tells where a cluster runs its ingress controller. */
function ingressController({ namespace, podLabels, cidrs }: NetworkPoliciesSettings["ingressController"]): Peer[] {
    if (cidrs.length > 0) {
        return ranges(cidrs);
    }
    return namespace === undefined
        ? [{ namespaceSelector: {}, podSelector: { matchLabels: { ...podLabels } } }]
        : [pods(namespace, podLabels)];
}

/** What a peer outside the stack is in this cluster. */
function externalPeers(peer: ExternalPeer, settings: NetworkPoliciesSettings): Peer[] {
    switch (peer) {
        case "apiServer":
        case "nodes":
        case "objectStorage":
        case "smtp":
        case "receivers":
        case "remoteWrite":
        case "otherClusters":
        case "targets":
            return ranges(settings[peer].cidrs);
        case "clients":
            // kube-proxy puts a node's address in place of the client's; which of both is seen differs by CNI.
            return ranges([...new Set([...settings.clients.cidrs, ...settings.nodes.cidrs])]);
        case "ingressController":
            return ingressController(settings.ingressController);
        case "monitoredPods":
            return [{ namespaceSelector: {} }];
    }
}

function dnsRule(settings: NetworkPoliciesSettings): input.networking.v1.NetworkPolicyEgressRule {
    return {
        to: [pods(settings.dns.namespace, settings.dns.podLabels), ...ranges(settings.dns.cidrs)],
        ports: settings.dns.ports.flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ protocol, port }))),
    };
}

function egressRule(edge: Edge, settings: NetworkPoliciesSettings): input.networking.v1.NetworkPolicyEgressRule {
    if (edge.kind === "egress") {
        const ports = edge.ports.length === 0 && edge.to === "apiServer" ? settings.apiServer.ports : edge.ports;
        return {
            to: typeof edge.to === "string" ? externalPeers(edge.to, settings) : [pods(edge.to.namespace, {})],
            ...(ports.length === 0
                ? {}
                : { ports: ports.map((port): Port => ({ protocol: edge.protocol ?? "TCP", port })) }),
        };
    }
    const to = edge.to;
    return {
        // A pod in the host's network has its node's address: no pod selector matches it.
        to: to.pods.hostNetwork === true ? externalPeers("nodes", settings) : [pods(to.pods.namespace, to.pods.labels)],
        ports: [podPort(to)],
    };
}

function podPort(endpoint: Endpoint): Port {
    return { protocol: endpoint.protocol ?? "TCP", port: endpoint.podPort };
}

const samePods = (a: PodPeer, b: PodPeer) => a.workload === b.workload && a.namespace === b.namespace;

/** The policies of all workloads, from the edges that their components noted. */
export function workloadPolicies(network: Network, settings: NetworkPoliciesSettings): WorkloadPolicy[] {
    const edges = network.edges();
    return network
        .pods()
        .filter((own) => own.hostNetwork !== true)
        .map((own) => ({
            pods: own,
            ingress: edges.flatMap((edge) => {
                if (edge.kind === "egress" || !samePods(edge.to.pods, own)) {
                    return [];
                }
                const from =
                    edge.kind === "ingress"
                        ? externalPeers(edge.from, settings)
                        : [pods(edge.from.namespace, edge.from.labels)];
                return [{ from, ports: [podPort(edge.to)] }];
            }),
            egress: [
                dnsRule(settings),
                ...edges
                    .filter((edge) => edge.kind !== "ingress" && samePods(edge.from, own))
                    .map((edge) => egressRule(edge, settings)),
            ],
        }));
}

/** Inputs of {@link NetworkPolicies}. */
export interface NetworkPoliciesArgs {
    platform: Platform;
    settings: NetworkPoliciesSettings;
}

/**
 * Denies everything in the stack's namespaces, in both directions, then allows each edge on its two ends.
 *
 * Make it last: it takes the edges that the components have noted until then. Needs a CNI that enforces NetworkPolicies;
 * without one the objects do nothing.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
    constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:platform:NetworkPolicies", name, {}, opts);
        const { platform, settings } = args;
        const policies = settings.enabled ? workloadPolicies(platform.network, settings) : [];
        for (const namespace of settings.enabled ? platform.namespaces() : []) {
            new k8s.networking.v1.NetworkPolicy(
                `${name}-${namespace}-default-deny`,
                {
                    metadata: platform.metadata("default-deny", {}, namespace),
                    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
                },
                { parent: this },
            );
        }
        for (const { pods: own, ingress, egress } of policies) {
            // Not the pods' labels: those that the operator makes carry its own in place of the stack's.
            const labels = { "app.kubernetes.io/component": own.workload };
            new k8s.networking.v1.NetworkPolicy(
                `${name}-${own.workload}`,
                {
                    metadata: platform.metadata(own.workload, labels, own.namespace),
                    spec: {
                        podSelector: { matchLabels: { ...own.labels } },
                        policyTypes: ["Ingress", "Egress"],
                        ingress,
                        egress,
                    },
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }
}
