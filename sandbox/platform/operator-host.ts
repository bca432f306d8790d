import { CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig, V1Pod } from "@kubernetes/client-node";
import { daemonNames, stopDaemon } from "../processes";
import { isMissingImage, isOperatorImage } from "./images";
import { OperatorProcess, daemonNameOf } from "./operator-process";
import type { OperatorPod } from "./operator-process";
import { Reconciler } from "./reconciler";
import { operatorDaemonPrefix } from "./settings";
import { Watched } from "./watched";

/**
 * Runs the real Prometheus Operator for each pod of its image, as long as the pod is there.
 * @param programOf path of the operator for an image; without one the image's pods never get ready
 * @returns whether it sees the cluster now
 */
export function startOperatorHost(config: KubeConfig, programOf: (image: string) => string | undefined): () => boolean {
    const core = config.makeApiClient(CoreV1Api);
    const processes = new Map<string, OperatorProcess>();
    let strayHandled = false;

    const work = new Reconciler("operator host", async () => {
        if (!pods.synced) {
            return;
        }
        const wanted = new Map(
            pods
                .list()
                .flatMap(operatorPod)
                .map((target) => [target.uid, target]),
        );
        if (!strayHandled) {
            await stopStrays([...wanted.values()]);
            strayHandled = true;
        }
        for (const [uid, process] of processes) {
            if (!wanted.has(uid)) {
                processes.delete(uid);
                await process.stop();
            }
        }
        for (const [uid, target] of wanted) {
            if (!processes.has(uid)) {
                const process = new OperatorProcess(config, programOf(target.container.image ?? ""), target);
                processes.set(uid, process);
                void process.run();
            }
        }
    });
    const pods = new Watched<V1Pod>(
        config,
        { path: "/api/v1/pods", list: () => core.listPodForAllNamespaces() },
        work.trigger,
    );
    return () => pods.synced;
}

/** The pod's operator container, once the pod has its node and its address and as long as it isn't being deleted. */
export function operatorPod(pod: V1Pod): OperatorPod[] {
    const { metadata, spec, status } = pod;
    const images = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ image }) => image ?? "");
    const container = spec?.containers.find(({ image }) => isOperatorImage(image ?? ""));
    const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
    const startable = spec?.nodeName !== undefined && status?.podIP !== undefined && !ended;
    const { uid, namespace, name, deletionTimestamp } = metadata ?? {};
    if (container === undefined || !startable || deletionTimestamp !== undefined || images.some(isMissingImage)) {
        return [];
    }
    return uid === undefined || namespace === undefined || name === undefined
        ? []
        : [{ pod, container, uid, namespace, name }];
}

/** Ends operators of an earlier host whose pods went while no host ran. */
async function stopStrays(wanted: readonly OperatorPod[]): Promise<void> {
    const known = new Set(wanted.map(({ namespace, name }) => daemonNameOf(namespace, name)));
    const strays = daemonNames().filter((name) => name.startsWith(operatorDaemonPrefix) && !known.has(name));
    await Promise.all(strays.map((name) => stopDaemon(name)));
}
