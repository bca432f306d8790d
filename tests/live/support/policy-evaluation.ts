import { BlockList } from "node:net";
import type {
    V1LabelSelector,
    V1NetworkPolicy,
    V1NetworkPolicyPeer,
    V1NetworkPolicyPort,
} from "@kubernetes/client-node";

// Says what NetworkPolicies allow, of the small part of their language that the stack uses, and apart from what the node's
// enforcer makes of them.

/** One end of a connection. */
export interface End {
    readonly address: string;
    /** Absent: not a pod that policies can select. */
    readonly pod?: { readonly namespace: string; readonly labels: Readonly<Partial<Record<string, string>>> };
}

/** A port of the end that is called. */
export interface Port {
    readonly protocol: "TCP" | "UDP";
    readonly port: number;
}

/** What is known of the cluster. */
export interface Policies {
    readonly policies: readonly V1NetworkPolicy[];
    /** Labels of each namespace. */
    readonly namespaces: ReadonlyMap<string, Readonly<Partial<Record<string, string>>>>;
}

/** Whether both ends' policies let a connection pass. */
export function isAllowed(known: Policies, from: End, to: End, port: Port): boolean {
    return lets(known, "Egress", from, to, port) && lets(known, "Ingress", to, from, port);
}

/** The ports of an end that its policies name, each once. */
export function portsInPolicies(known: Policies, end: End): Port[] {
    const ports = selecting(known, "Ingress", end)
        .flatMap(({ spec }) => spec?.ingress ?? [])
        .flatMap((rule) => (rule.ports ?? []).map(portOf));
    return [...new Map(ports.map((port) => [`${port.protocol} ${port.port}`, port])).values()];
}

function lets(known: Policies, direction: "Ingress" | "Egress", own: End, other: End, port: Port): boolean {
    const policies = selecting(known, direction, own);
    return (
        policies.length === 0 ||
        policies.some(({ metadata, spec }) =>
            rulesOf(spec ?? {}, direction).some(
                ({ peers, ports }) =>
                    (peers.length === 0 ||
                        peers.some((peer) => isPeer(known, peer, metadata?.namespace ?? "", other))) &&
                    (ports.length === 0 ||
                        ports.map(portOf).some((p) => p.protocol === port.protocol && p.port === port.port)),
            ),
        )
    );
}

function selecting({ policies }: Policies, direction: "Ingress" | "Egress", { pod }: End): V1NetworkPolicy[] {
    return policies.filter(
        ({ metadata, spec }) =>
            pod !== undefined &&
            metadata?.namespace === pod.namespace &&
            (spec?.policyTypes ?? []).includes(direction) &&
            selects(spec?.podSelector ?? {}, pod.labels),
    );
}

function rulesOf(
    { ingress = [], egress = [] }: NonNullable<V1NetworkPolicy["spec"]>,
    direction: "Ingress" | "Egress",
): { peers: V1NetworkPolicyPeer[]; ports: V1NetworkPolicyPort[] }[] {
    return direction === "Ingress"
        ? ingress.map(({ _from: peers = [], ports = [] }) => ({ peers, ports }))
        : egress.map(({ to: peers = [], ports = [] }) => ({ peers, ports }));
}

function isPeer(known: Policies, peer: V1NetworkPolicyPeer, namespace: string, end: End): boolean {
    const { ipBlock, namespaceSelector, podSelector } = peer;
    if (ipBlock !== undefined) {
        return (
            contains(ipBlock.cidr, end.address) && !(ipBlock.except ?? []).some((cidr) => contains(cidr, end.address))
        );
    }
    if (end.pod === undefined) {
        return false;
    }
    const inNamespace =
        namespaceSelector === undefined
            ? end.pod.namespace === namespace
            : selects(namespaceSelector, known.namespaces.get(end.pod.namespace) ?? {});
    return inNamespace && selects(podSelector ?? {}, end.pod.labels);
}

function selects(
    { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
    labels: Readonly<Partial<Record<string, string>>>,
): boolean {
    if (matchExpressions.length > 0) {
        throw new Error("a policy of the stack uses matchExpressions, which the live tests don't know");
    }
    return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function portOf({ protocol = "TCP", port, endPort }: V1NetworkPolicyPort): Port {
    if (typeof port !== "number" || endPort !== undefined || (protocol !== "TCP" && protocol !== "UDP")) {
        throw new Error(`a policy of the stack has port ${String(port)}/${protocol}, which the live tests don't know`);
    }
    return { protocol, port };
}

function contains(cidr: string, address: string): boolean {
    const [base = "", bits = ""] = cidr.split("/");
    const family = base.includes(":") ? "ipv6" : "ipv4";
    const list = new BlockList();
    list.addSubnet(base, Number(bits), family);
    return family === "ipv4" && list.check(address, family);
}
