import { createHash } from "node:crypto";
import { acceptRules, directions, isolates, policiesOf } from "./policy-rules";
import type { Direction, Peers, Policy } from "./policy-rules";
import { compare, fullName, networkedPods } from "./pods";
import type { ClusterState, NetworkedPod } from "./pods";

/** The node whose packets are filtered. */
export interface NodeOptions {
    readonly nodeName: string;
    /** Range of the addresses of the node's pods, e.g. `10.244.0.0/24`. */
    readonly podCidr: string;
}

/** Name of the nftables table, of family `inet`. */
export const tableName = "perch-network-policy";

/** nftables takes names of up to 255 characters; a name of the API server may have 253, and its namespace another 63. */
const longestName = 200;

/**
 * The NetworkPolicies of a node as one nftables script, which replaces the table at once: no packet meets a half of it.
 *
 * A packet between pods has to pass the egress rules of its sender and the ingress rules of its receiver; one from a pod to
 * the node, which is where the API server is after DNAT, the egress rules. What the node itself sends (probes of the kubelet)
 * isn't filtered. Replies always pass, and so do connections that were open before a policy came.
 *
 * An address of the pod range that belongs to no known pod is cut off: a new pod is never open before its policies are in
 * force. IPv6 isn't routed to pods here, so that pods can't reach each other by link-local addresses behind the rules' back.
 */
export function ruleset(state: ClusterState, { nodeName, podCidr }: NodeOptions): string {
    const pods = networkedPods(state);
    const policies = policiesOf(state.policies).sort((a, b) => compare(fullName(a), fullName(b)));
    const peers: Peers = {
        pods,
        namespaceLabels: new Map(
            state.namespaces.map(({ metadata }) => [metadata?.name ?? "", metadata?.labels ?? {}]),
        ),
    };
    const isolated = directions.map((direction) => isolation(direction, pods, policies, nodeName));
    const chains = isolated.flatMap((found) => [...policyChains(found, peers), ...podChains(found)]);
    return [
        `table inet ${tableName}`,
        `delete table inet ${tableName}`,
        `table inet ${tableName} {`,
        ...block("set pods", "type ipv4_addr", ...elements(unique(pods.map(({ address }) => address)))),
        ...block("set self", "type ipv4_addr . ipv4_addr", ...elements(unique(pods.map(withItself)))),
        ...chains,
        ...isolated.flatMap(verdicts),
        ...baseChains(podCidr),
        "}",
        "",
    ].join("\n");
}

/** The pods of the node that are isolated in a direction, with the policies that isolate them. */
interface Isolation {
    readonly direction: Direction;
    readonly pods: readonly { readonly pod: NetworkedPod; readonly policies: readonly Policy[] }[];
}

function isolation(
    direction: Direction,
    pods: readonly NetworkedPod[],
    policies: readonly Policy[],
    nodeName: string,
): Isolation {
    const own = pods
        .filter((pod) => pod.nodeName === nodeName)
        .map((pod) => ({ pod, policies: policies.filter((policy) => isolates(policy, direction, pod)) }));
    return { direction, pods: own.filter((found) => found.policies.length > 0) };
}

/** One chain for each policy that lets something pass. */
function policyChains({ direction, pods }: Isolation, peers: Peers): string[] {
    const policies = new Map(pods.flatMap((found) => found.policies.map((policy) => [fullName(policy), policy])));
    return [...policies.values()].flatMap((policy) =>
        block(`chain ${policyChain(direction, policy)}`, ...acceptRules(policy, direction, peers)),
    );
}

/** One chain for each pod: through its policies, and to the end. Its counter tells whose packets are dropped. */
function podChains({ direction, pods }: Isolation): string[] {
    return pods.flatMap(({ pod, policies }) =>
        block(
            `chain ${podChain(direction, pod)}`,
            ...policies.map((policy) => `jump ${policyChain(direction, policy)}`),
            "counter drop",
        ),
    );
}

function verdicts({ direction, pods }: Isolation): string[] {
    const entries = pods.map(({ pod }) => `${pod.address} : goto ${podChain(direction, pod)}`);
    return block(`map isolated-${direction}`, "type ipv4_addr : verdict", ...elements(entries));
}

function baseChains(podCidr: string): string[] {
    // After the DNAT of Services, and one after the other: to be accepted by one chain of a hook isn't the end of the next.
    const hook = (name: string, priority: number) => `type filter hook ${name} priority filter + ${priority}`;
    const noIPv6 = 'meta nfproto ipv6 counter drop comment "no IPv6 between pods"';
    const replies = "ct state established,related accept";
    const self = "ip saddr . ip daddr @self accept";
    const unknown = (field: string) => `${field} ${podCidr} ${field} != @pods counter drop comment "not known yet"`;
    return [
        ...block(
            "chain forward-egress",
            hook("forward", 5),
            noIPv6,
            replies,
            self,
            unknown("ip saddr"),
            "ip saddr vmap @isolated-egress",
        ),
        ...block(
            "chain forward-ingress",
            hook("forward", 6),
            replies,
            self,
            unknown("ip daddr"),
            "ip daddr vmap @isolated-ingress",
        ),
        ...block(
            "chain input-egress",
            hook("input", 5),
            'iifname "lo" accept',
            noIPv6,
            replies,
            unknown("ip saddr"),
            "ip saddr vmap @isolated-egress",
        ),
    ];
}

function policyChain(direction: Direction, policy: Policy): string {
    return identifier(`${direction}-policy/${fullName(policy)}`);
}

function podChain(direction: Direction, pod: NetworkedPod): string {
    return identifier(`${direction}-pod/${fullName(pod)}`);
}

function identifier(name: string): string {
    const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
    return name.length <= longestName ? name : `${name.slice(0, longestName)}/${digest}`;
}

function withItself({ address }: NetworkedPod): string {
    return `${address} . ${address}`;
}

function elements(entries: readonly string[]): string[] {
    return entries.length === 0 ? [] : [`elements = { ${entries.join(", ")} }`];
}

function unique(entries: readonly string[]): string[] {
    return [...new Set(entries)];
}

function block(head: string, ...statements: string[]): string[] {
    return [`    ${head} {`, ...statements.map((statement) => `        ${statement}`), "    }"];
}
