import type {
    V1IPBlock,
    V1NetworkPolicy,
    V1NetworkPolicyIngressRule,
    V1NetworkPolicyPeer,
    V1NetworkPolicyPort,
    V1NetworkPolicySpec,
} from "@kubernetes/client-node";
import type { NetworkedPod } from "./pods";
import { selects } from "./selectors";
import type { Labels } from "./selectors";

/** Seen from the pod that a policy selects. */
export type Direction = "ingress" | "egress";

export const directions: readonly Direction[] = ["ingress", "egress"];

/** A policy as its rules need it. */
export interface Policy {
    readonly namespace: string;
    readonly name: string;
    readonly spec: V1NetworkPolicySpec;
}

/** The pods of the cluster, and the labels of its namespaces. */
export interface Peers {
    readonly pods: readonly NetworkedPod[];
    readonly namespaceLabels: ReadonlyMap<string, Labels>;
}

/** Lists hold objects of the client's classes, where the field is `_from`; watches hold what the API server sent. */
type IngressRule = V1NetworkPolicyIngressRule & { readonly from?: V1NetworkPolicyPeer[] };

interface Rule {
    readonly peers: readonly V1NetworkPolicyPeer[];
    readonly ports: readonly V1NetworkPolicyPort[];
}

const protocols: Readonly<Partial<Record<string, string>>> = { TCP: "tcp", UDP: "udp", SCTP: "sctp" };

/** Those of the API server's policies that are complete, in the order of their names. */
export function policiesOf(policies: readonly V1NetworkPolicy[]): Policy[] {
    return policies.flatMap(({ metadata, spec }) =>
        metadata?.namespace === undefined || metadata.name === undefined || spec === undefined
            ? []
            : [{ namespace: metadata.namespace, name: metadata.name, spec }],
    );
}

/** Whether a policy isolates a pod in a direction. */
export function isolates(policy: Policy, direction: Direction, pod: NetworkedPod): boolean {
    return (
        pod.namespace === policy.namespace &&
        affects(policy.spec, direction) &&
        selects(policy.spec.podSelector ?? {}, pod.labels)
    );
}

/** What a policy lets pass, as nftables rules: one that matches is enough. */
export function acceptRules(policy: Policy, direction: Direction, peers: Peers): string[] {
    return rulesOf(policy.spec, direction).flatMap((rule) => {
        const ports = portMatches(rule.ports, peers.pods);
        return peerMatches(rule.peers, direction, policy.namespace, peers).flatMap((peer) =>
            ports.map((port) => [peer, port, "accept"].filter((part) => part !== "").join(" ")),
        );
    });
}

/** The API server sets `policyTypes` by this rule when they are left out. */
function affects({ policyTypes = [], egress = [] }: V1NetworkPolicySpec, direction: Direction): boolean {
    if (policyTypes.length === 0) {
        return direction === "ingress" || egress.length > 0;
    }
    return policyTypes.includes(direction === "ingress" ? "Ingress" : "Egress");
}

function rulesOf(spec: V1NetworkPolicySpec, direction: Direction): Rule[] {
    return direction === "ingress"
        ? (spec.ingress ?? []).map((rule: IngressRule) => ({
              peers: rule.from ?? rule._from ?? [],
              ports: rule.ports ?? [],
          }))
        : (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }));
}

/** Matches of the other end's address; an empty one matches everything, and none at all lets nothing pass. */
function peerMatches(
    peers: readonly V1NetworkPolicyPeer[],
    direction: Direction,
    namespace: string,
    known: Peers,
): string[] {
    if (peers.length === 0) {
        return [""];
    }
    const field = direction === "ingress" ? "ip saddr" : "ip daddr";
    const blocks = peers.flatMap(({ ipBlock }) => (ipBlock === undefined || isIPv6(ipBlock) ? [] : [ipBlock]));
    const whole = blocks.filter(({ except = [] }) => except.length === 0);
    const addresses = new Set([
        ...known.pods.filter((pod) => peers.some((peer) => isPeer(peer, pod, namespace, known))).map((p) => p.address),
        ...whole.map(({ cidr }) => cidr),
    ]);
    return [
        ...(addresses.size === 0 ? [] : [`${field} ${setOf([...addresses])}`]),
        ...blocks.flatMap(({ cidr, except = [] }) =>
            except.length === 0 ? [] : [`${field} ${cidr} ${field} != ${setOf(except)}`],
        ),
    ];
}

function isPeer(
    { ipBlock, namespaceSelector, podSelector }: V1NetworkPolicyPeer,
    pod: NetworkedPod,
    namespace: string,
    { namespaceLabels }: Peers,
): boolean {
    if (ipBlock !== undefined || (namespaceSelector === undefined && podSelector === undefined)) {
        return false;
    }
    const labels = namespaceLabels.get(pod.namespace);
    const inNamespace =
        namespaceSelector === undefined
            ? pod.namespace === namespace
            : labels !== undefined && selects(namespaceSelector, labels);
    return inNamespace && selects(podSelector ?? {}, pod.labels);
}

/** Matches of the port at the end that is called; an empty one matches everything, ICMP too. */
function portMatches(ports: readonly V1NetworkPolicyPort[], pods: readonly NetworkedPod[]): string[] {
    if (ports.length === 0) {
        return [""];
    }
    const whole = new Set<string>();
    const numbers = new Map<string, Set<string>>();
    const named = new Set<string>();
    for (const { protocol = "TCP", port, endPort } of ports) {
        const keyword = protocols[protocol];
        if (keyword === undefined) {
            throw new Error(`a NetworkPolicy names the unknown protocol "${protocol}"`);
        }
        if (port === undefined) {
            whole.add(keyword);
        } else if (typeof port === "number") {
            const range = endPort === undefined || endPort === port ? `${port}` : `${port}-${endPort}`;
            numbers.set(keyword, (numbers.get(keyword) ?? new Set()).add(range));
        } else {
            for (const pod of pods) {
                for (const found of pod.ports.filter((own) => own.name === port && own.protocol === protocol)) {
                    named.add(`${pod.address} . ${keyword} . ${found.port}`);
                }
            }
        }
    }
    return [
        ...(whole.size === 0 ? [] : [`meta l4proto ${setOf([...whole])}`]),
        ...[...numbers].map(([keyword, ranges]) => `${keyword} dport ${setOf([...ranges])}`),
        ...(named.size === 0 ? [] : [`ip daddr . meta l4proto . th dport ${setOf([...named])}`]),
    ];
}

/** An anonymous set, which may hold ranges that overlap. */
function setOf(elements: readonly string[]): string {
    return `{ ${elements.join(", ")} }`;
}

function isIPv6({ cidr }: V1IPBlock): boolean {
    return cidr.includes(":");
}
