import type { Callers } from "../../config/schema";
import type { Endpoint, PodPeer } from "../workload/endpoint";

/** Peers that aren't pods of the stack; what they are in a given cluster is a setting of `networkPolicies`. */
export type ExternalPeer =
    | "apiServer"
    | "nodes"
    | "objectStorage"
    | "smtp"
    | "receivers"
    | "remoteWrite"
    | "otherClusters"
    | "targets"
    | "clients"
    | "ingressController"
    | "monitoredPods";

/** Every pod of a namespace of somebody else's. */
export interface NamespacePeer {
    readonly namespace: string;
}

/** One allowed connection. Either end may be outside the stack, not both. */
export type Edge =
    | { readonly kind: "internal"; readonly from: PodPeer; readonly to: Endpoint }
    | {
          readonly kind: "egress";
          readonly from: PodPeer;
          readonly to: ExternalPeer | NamespacePeer;
          readonly ports: readonly number[];
          /** @default "TCP" */
          readonly protocol?: "UDP";
      }
    | { readonly kind: "ingress"; readonly from: ExternalPeer; readonly to: Endpoint };

/**
 * The connections of a stack, noted where a client takes an endpoint. There is no second list: the NetworkPolicies
 * are made from these edges alone.
 */
export class Network {
    private readonly workloads = new Map<string, PodPeer>();
    private readonly noted: Edge[] = [];
    private readonly scraped: Endpoint[] = [];
    private readonly scrapers: PodPeer[] = [];

    /** Makes a workload's pods known: they get a policy, also when nobody may reach them. */
    register(pods: PodPeer): void {
        this.workloads.set(`${pods.namespace}/${pods.workload}`, pods);
    }

    /** `from` is a client of `to`. */
    connect(from: PodPeer, to: Endpoint): void {
        this.noted.push({ kind: "internal", from, to });
    }

    /**
     * Applications outside the stack are clients of `to`.
     *
     * @param role what they are to it, such as `writer`; tells the edges of two applications of one namespace apart
     */
    admit(role: string, callers: Callers, to: Endpoint): void {
        for (const [name, { namespace, podLabels }] of Object.entries(callers)) {
            this.connect({ workload: `${role}-${name}`, namespace, labels: podLabels }, to);
        }
    }

    /**
     * `from` calls something outside the stack.
     *
     * @param ports ports of the peer; empty where the peer's setting has them (`apiServer`) or any is meant (`monitoredPods`,
     *     a namespace)
     */
    egress(
        from: PodPeer,
        to: ExternalPeer | NamespacePeer,
        ports: readonly number[] = [],
        protocol: "TCP" | "UDP" = "TCP",
    ): void {
        this.noted.push({ kind: "egress", from, to, ports, ...(protocol === "UDP" ? { protocol } : {}) });
    }

    /** Something outside the stack calls `to`. */
    ingress(from: ExternalPeer, to: Endpoint): void {
        this.noted.push({ kind: "ingress", from, to });
    }

    /** Every Prometheus of the stack scrapes `target`. */
    scrape(target: Endpoint): void {
        this.scraped.push(target);
    }

    /** These pods scrape all that was given to {@link scrape}, before or after. */
    scrapeFrom(pods: PodPeer): void {
        this.scrapers.push(pods);
    }

    /** All edges, each once. */
    edges(): Edge[] {
        const all: Edge[] = [
            ...this.noted,
            ...this.scrapers.flatMap((from) => this.scraped.map((to): Edge => ({ kind: "internal", from, to }))),
        ];
        return [...new Map(all.map((edge) => [edgeKey(edge), edge])).values()];
    }

    /** All workloads that need a policy. */
    pods(): PodPeer[] {
        return [...this.workloads.values()];
    }
}

function edgeKey(edge: Edge): string {
    const from = edge.kind === "ingress" ? edge.from : `${edge.from.namespace}/${edge.from.workload}`;
    const to =
        edge.kind === "egress"
            ? `${typeof edge.to === "string" ? edge.to : `${edge.to.namespace}/`}:${edge.ports.join(",")}/${edge.protocol ?? "TCP"}`
            : `${edge.to.pods.namespace}/${edge.to.pods.workload}:${edge.to.podPort}/${edge.to.protocol ?? "TCP"}`;
    return `${from} -> ${to}`;
}
