/** Pods of one workload, as a NetworkPolicy selects them. */
export interface PodPeer {
    /** Name of the workload, unique in its namespace. */
    readonly workload: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Pods in the host's network are seen by others as their node. */
    readonly hostNetwork?: boolean;
}

/**
 * A port that a component offers. Who takes an endpoint becomes its client: the URL, the NetworkPolicy's rules and the
 * datasource all come from this one object.
 */
export interface Endpoint {
    /** Name of the Service. */
    readonly service: string;
    readonly namespace: string;
    /** Name of the Service's port. */
    readonly portName: string;
    /** Port of the Service. */
    readonly port: number;
    /** Port of the pods behind it, which is what NetworkPolicies see. */
    readonly podPort: number;
    /** @default "TCP" */
    readonly protocol?: "TCP" | "UDP";
    /** The pods behind it. */
    readonly pods: PodPeer;
}

/** `service.namespace.svc`: resolves whatever the cluster's domain is. */
export function hostOf(endpoint: Pick<Endpoint, "service" | "namespace">): string {
    return `${endpoint.service}.${endpoint.namespace}.svc`;
}

/** `http://service.namespace.svc:port/path`. */
export function urlOf(endpoint: Endpoint, path = ""): string {
    return `http://${hostOf(endpoint)}:${endpoint.port}${path}`;
}

/** DNS name of the SRV records of a headless Service: one record for each ready pod. */
export function srvOf(endpoint: Endpoint): string {
    return `_${endpoint.portName}._tcp.${hostOf(endpoint)}`;
}

export const HTTPS = 443;

/** Port that a URL leads to. */
export function portOf(url: string): number {
    const { port, protocol } = new URL(url);
    return port === "" ? (protocol === "http:" ? 80 : HTTPS) : Number(port);
}
