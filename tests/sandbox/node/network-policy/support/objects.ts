import type {
    V1ContainerPort,
    V1LabelSelector,
    V1Namespace,
    V1NetworkPolicy,
    V1NetworkPolicyPeer,
    V1NetworkPolicyPort,
    V1NetworkPolicySpec,
    V1Pod,
} from "@kubernetes/client-node";

/** The node of the tests, and the range of its pods. */
export const node = { nodeName: "node", podCidr: "10.244.0.0/24" };

interface PodOptions {
    namespace?: string;
    labels?: Record<string, string>;
    ports?: V1ContainerPort[];
    phase?: string;
    nodeName?: string;
    hostNetwork?: boolean;
    created?: string;
}

/** A running pod; its UID is `uid-<namespace>-<name>`, its label `app` its name. */
export function pod(name: string, address: string | undefined, options: PodOptions = {}): V1Pod {
    const { namespace = "n", labels = { app: name }, ports = [], phase = "Running", created } = options;
    const { nodeName = node.nodeName, hostNetwork } = options;
    return {
        metadata: {
            uid: `uid-${namespace}-${name}`,
            namespace,
            name,
            labels,
            ...(created === undefined ? {} : { creationTimestamp: new Date(created) }),
        },
        spec: { nodeName, hostNetwork, containers: [{ name: "main", ports }] },
        status: address === undefined ? { phase } : { phase, podIP: address, podIPs: [{ ip: address }] },
    };
}

export function namespace(name: string, labels: Record<string, string> = {}): V1Namespace {
    return { metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } } };
}

export function policy(name: string, spec: V1NetworkPolicySpec, inNamespace = "n"): V1NetworkPolicy {
    return { metadata: { namespace: inNamespace, name }, spec };
}

/** What selects a pod of {@link pod} by its name. */
export function app(name: string): V1LabelSelector {
    return { matchLabels: { app: name } };
}

/** A policy that lets the given traffic into one pod of namespace `n`. */
export function allowIngress(
    to: string,
    from: V1NetworkPolicyPeer[] | undefined,
    ports?: V1NetworkPolicyPort[],
): V1NetworkPolicy {
    return policy(`to-${to}`, { podSelector: app(to), policyTypes: ["Ingress"], ingress: [{ _from: from, ports }] });
}

/** A policy that lets the given traffic out of one pod of namespace `n`. */
export function allowEgress(
    from: string,
    to: V1NetworkPolicyPeer[] | undefined,
    ports?: V1NetworkPolicyPort[],
): V1NetworkPolicy {
    return policy(`from-${from}`, { podSelector: app(from), policyTypes: ["Egress"], egress: [{ to, ports }] });
}

/** Nothing in, nothing out. */
export function denyAll(inNamespace = "n"): V1NetworkPolicy {
    return policy("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }, inNamespace);
}
