import type { V1Container, V1Namespace, V1NetworkPolicy, V1Pod } from "@kubernetes/client-node";
import type { Labels } from "./selectors";

/** What decides which packets pass. */
export interface ClusterState {
    readonly pods: readonly V1Pod[];
    readonly namespaces: readonly V1Namespace[];
    readonly policies: readonly V1NetworkPolicy[];
    /**
     * Addresses that the node has just given to pods, by the pods' UID: the API server hears of them a second or two later.
     * @default none
     */
    readonly attached?: ReadonlyMap<string, string>;
}

/** A port that a container names. */
export interface NamedPort {
    readonly name: string;
    readonly protocol: string;
    readonly port: number;
}

/** A pod with an IPv4 address of its own. */
export interface NetworkedPod {
    readonly uid: string;
    readonly namespace: string;
    readonly name: string;
    readonly labels: Labels;
    readonly nodeName: string | undefined;
    readonly address: string;
    readonly ports: readonly NamedPort[];
}

/**
 * The pods that policies can select, in the order of their names. Pods in the host's network are none of them: their packets
 * are the node's.
 */
export function networkedPods({ pods, attached = new Map<string, string>() }: ClusterState): NetworkedPod[] {
    const justGiven = new Set(attached.values());
    const found = pods
        .filter(({ spec, status }) => spec?.hostNetwork !== true && !isOver(status?.phase))
        .sort((a, b) => createdAt(a) - createdAt(b))
        .flatMap(({ metadata, spec, status }): NetworkedPod[] => {
            const { uid, namespace, name, labels = {} } = metadata ?? {};
            const reported = (status?.podIPs ?? []).map(({ ip }) => ip).find(isIPv4) ?? status?.podIP;
            const kept = reported === undefined || justGiven.has(reported) ? undefined : reported;
            const address = attached.get(uid ?? "") ?? kept;
            return uid === undefined || namespace === undefined || name === undefined || !isIPv4(address)
                ? []
                : [
                      {
                          uid,
                          namespace,
                          name,
                          labels,
                          nodeName: spec?.nodeName,
                          address,
                          ports: runningContainers(spec?.containers, spec?.initContainers).flatMap(namedPorts),
                      },
                  ];
        });
    // The address of a pod that has gone is given again before the API server hears that it has gone: the newest pod has it.
    return [...new Map(found.map((pod) => [pod.address, pod])).values()].sort((a, b) =>
        compare(fullName(a), fullName(b)),
    );
}

/** `<namespace>/<name>`. */
export function fullName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
    return `${namespace}/${name}`;
}

/** For a sort that doesn't depend on the user's language. */
export function compare(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}

/** Init containers that are always restarted run beside the others. */
function runningContainers(containers: V1Container[] = [], initContainers: V1Container[] = []): V1Container[] {
    return [...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always"), ...containers];
}

function namedPorts({ ports = [] }: V1Container): NamedPort[] {
    return ports.flatMap(({ name, protocol = "TCP", containerPort }) =>
        name === undefined ? [] : [{ name, protocol, port: containerPort }],
    );
}

/** A date in a list of the client's, a text in what it watches. */
function createdAt({ metadata }: V1Pod): number {
    return new Date(metadata?.creationTimestamp ?? 0).getTime();
}

function isOver(phase: string | undefined): boolean {
    return phase === "Succeeded" || phase === "Failed";
}

function isIPv4(address: string | undefined): address is string {
    return address !== undefined && !address.includes(":");
}
