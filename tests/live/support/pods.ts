import * as fs from "node:fs";
import { AppsV1Api } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { simulationOf } from "../../../sandbox/node/simulated-pods";
import { saysReady } from "../../support/ready";
import { api, core } from "./live";
import { until } from "./until";

/** The namespaces of the stack: its own, and that of what needs the host. */
export async function stackNamespaces(): Promise<string[]> {
    const { items } = await core().listNamespace({ labelSelector: "app.kubernetes.io/part-of=perch" });
    return items.map(({ metadata }) => metadata?.name ?? "").sort();
}

/** The stack's pods, those of tests left out. */
export async function stackPods(): Promise<V1Pod[]> {
    const lists = await Promise.all(
        (await stackNamespaces()).map((namespace) => core().listNamespacedPod({ namespace })),
    );
    return lists
        .flatMap(({ items }) => items)
        .filter(({ metadata }) => metadata?.labels?.[testLabel] === undefined)
        .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** Marks the pods that tests make. */
export const testLabel = "perch.dev/live-test";

/** Those of some pods that run for real. */
export function realOnes(pods: readonly V1Pod[]): V1Pod[] {
    return pods.filter((pod) => simulationOf(pod) === undefined);
}

/** Those of some pods that only the API server knows of. */
export function simulatedOnes(pods: readonly V1Pod[]): V1Pod[] {
    return pods.filter((pod) => simulationOf(pod) !== undefined);
}

/** `<namespace>/<name>`. */
export function nameOf({ metadata }: V1Pod): string {
    return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}

/** `<kind> <name>` of what made a pod: the same for all replicas of a workload. */
export function ownerOf({ metadata }: V1Pod): string {
    const [owner] = metadata?.ownerReferences ?? [];
    return owner === undefined ? `Pod ${metadata?.name ?? ""}` : `${owner.kind} ${owner.name}`;
}

export function isReady(pod: V1Pod): boolean {
    return pod.metadata?.deletionTimestamp === undefined && saysReady(pod);
}

/** Restarts of each container of some pods that was restarted. */
export function restarts(pods: readonly V1Pod[]): string[] {
    return pods.flatMap((pod) =>
        [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
            .filter(({ restartCount }) => restartCount > 0)
            .map(({ name, restartCount }) => `${nameOf(pod)} ${name}: ${restartCount}`),
    );
}

/** Waits until every workload of the stack has all of its pods, and all are ready. */
export async function untilAllReady(seconds = 300): Promise<V1Pod[]> {
    return until("stack whose pods are all ready", seconds, async () => {
        const [pods, missing] = [await stackPods(), await missingReplicas()];
        const unready = pods.filter((pod) => !isReady(pod)).map(nameOf);
        if (pods.length === 0 || unready.length > 0 || missing.length > 0) {
            throw new Error([...unready, ...missing].join(", ") || "there are no pods");
        }
        return pods;
    });
}

/** A process of a container, as the machine sees it. */
export interface ContainerProcess {
    readonly pid: number;
    /** Name of the container; undefined for the one that holds the pod's namespaces. */
    readonly container: string | undefined;
}

/** The processes of a real pod. */
export function processesOf(pod: V1Pod): ContainerProcess[] {
    const uid = pod.metadata?.uid ?? "";
    const names = new Map(
        [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(
            ({ name, containerID }) => [containerID?.replace(/^.*:\/\//, ""), name],
        ),
    );
    return fs
        .readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .flatMap((entry): ContainerProcess[] => {
            const group = readProc(`${entry}/cgroup`)
                ?.split("\n")
                .find((line) => line.includes(`/pod${uid}/`));
            return uid === "" || group === undefined
                ? []
                : [{ pid: Number(entry), container: names.get(group.split("/").at(-1)) }];
        });
}

/** A file of /proc; undefined when the process has ended meanwhile. */
export function readProc(file: string): string | undefined {
    try {
        return fs.readFileSync(`/proc/${file}`, "utf8");
    } catch {
        return undefined;
    }
}

/** Workloads that have fewer pods than they want, or pods of an older generation. */
async function missingReplicas(): Promise<string[]> {
    const apps = api(AppsV1Api);
    const found = await Promise.all(
        (await stackNamespaces()).map(async (namespace) => {
            const [deployments, statefulSets, daemonSets] = await Promise.all([
                apps.listNamespacedDeployment({ namespace }),
                apps.listNamespacedStatefulSet({ namespace }),
                apps.listNamespacedDaemonSet({ namespace }),
            ]);
            return [
                ...[...deployments.items, ...statefulSets.items].map(({ metadata, spec, status }) => ({
                    name: metadata?.name ?? "",
                    current: status?.observedGeneration === metadata?.generation,
                    wanted: spec?.replicas ?? 1,
                    ready: Math.min(status?.readyReplicas ?? 0, status?.updatedReplicas ?? status?.readyReplicas ?? 0),
                })),
                ...daemonSets.items.map(({ metadata, status }) => ({
                    name: metadata?.name ?? "",
                    current: status?.observedGeneration === metadata?.generation,
                    wanted: status?.desiredNumberScheduled ?? 1,
                    ready: Math.min(status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0),
                })),
            ];
        }),
    );
    return found
        .flat()
        .filter(({ current, wanted, ready }) => !current || ready < wanted)
        .map(({ name, wanted, ready }) => `${name}: ${ready} of ${wanted}`);
}
