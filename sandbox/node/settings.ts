import * as path from "node:path";
import type { ClusterLayout, Ports } from "../platform/settings";
import { runDir } from "../paths";

/** Run folder of the processes within the node's namespaces, as the machine's commands see it. */
export const nodeRunDir = path.join(runDir, "node");

/** Names in the cluster. */
export const nodeNames = {
    real: "sandbox-real",
    /** Holds the pods that can't be real. */
    simulated: "sandbox-simulated",
} as const;

/** Marks the node without a kubelet: label and taint alike. */
export const simulatedMark = { key: "sandbox.perch.dev/simulated", value: "true" } as const;

/** Ranges within the node's network, which is its own. */
export const nodeNetwork = {
    podCidr: "10.244.0.0/24",
    simulatedPodCidr: "10.245.0.0/24",
    dnsIp: "10.96.0.10",
    /** Nobody answers there (TEST-NET-2, RFC 5737): names outside of the cluster aren't known in it. */
    upstreamDns: "198.51.100.53",
} as const;

/** Last numbers of the addresses that the node has for ingress controllers and load balancers. */
export const externalNumbers = { firstIngress: 10, firstService: 20, last: 59 } as const;

/** Ports in the node's own network: nobody else is there. */
export const nodePorts = {
    etcd: 2379,
    "etcd-peer": 2380,
    "kube-apiserver": 6443,
    "kube-controller-manager": 10257,
    "kube-scheduler": 10259,
    kwok: 10247,
    "cluster-agent": 10246,
} as const satisfies Ports;

/** Ports of what only a real node has. */
export const nodeServicePorts = {
    kubelet: 10250,
    kubeletHealth: 10248,
    kubeProxyHealth: 10256,
    networkPolicy: 10245,
    s3: 9000,
    // As at providers: a client logs in after STARTTLS.
    smtp: 587,
} as const;

/** Where the node's containerd listens; its folder is private to the node. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** Addresses of a /24: the machine's end of the wire and the node's. */
export interface NodeAddresses {
    /** With its length, e.g. `10.123.0.0/24`. */
    subnet: string;
    host: string;
    node: string;
}

/** The addresses of a subnet such as `10.123.0`. */
export function addressesOf(prefix: string): NodeAddresses {
    return { subnet: `${prefix}.0/24`, host: `${prefix}.1`, node: `${prefix}.2` };
}

/** The layout of a cluster with a real node. */
export function nodeLayout(
    { node }: NodeAddresses,
    kubeletClient: NonNullable<ClusterLayout["kubeletClient"]>,
): ClusterLayout {
    return {
        bindAddress: "0.0.0.0",
        apiServerIp: node,
        apiServerHost: node,
        simulatedPodCidr: nodeNetwork.simulatedPodCidr,
        external: { prefix: node.replace(/\d+$/, ""), ...externalNumbers },
        kubeletClient,
    };
}
