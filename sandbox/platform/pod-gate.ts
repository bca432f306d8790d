import { CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig, V1ConfigMap, V1Pod, V1PodCondition, V1Secret } from "@kubernetes/client-node";
import { orMissing, strategicMergePatch } from "../../cli/kubernetes";
import { Reconciler } from "./reconciler";
import { complaint } from "./references";
import { Watched } from "./watched";

/** Condition of a pod whose ConfigMaps and Secrets are all there: KWOK starts no other. */
export const referencesFound = "sandbox.perch.dev/ReferencesFound";

/**
 * Plays a part of the kubelets that KWOK leaves out: a pod whose ConfigMaps or Secrets aren't there doesn't start, and says
 * what it waits for.
 * @param simulates whether KWOK keeps the node of this name; a real kubelet needs no gate
 * @returns whether it sees the cluster now
 */
export function startPodGate(config: KubeConfig, simulates: (node: string) => boolean): () => boolean {
    const core = config.makeApiClient(CoreV1Api);
    const work = new Reconciler("pod gate", async () => {
        if (![pods, configMaps, secrets].every(({ synced }) => synced)) {
            return;
        }
        await Promise.all(
            pods.list().flatMap((pod) => {
                const known = foundCondition(pod);
                const message = complaint(pod, (kind, namespace, name) =>
                    (kind === "Secret" ? secrets : configMaps).get(namespace, name),
                );
                const isNews = known?.status !== "True" && known?.message !== (message ?? "");
                const gated = isStarting(pod) && simulates(pod.spec?.nodeName ?? "");
                return gated && isNews ? [report(core, pod, message)] : [];
            }),
        );
    });
    const pods = new Watched<V1Pod>(
        config,
        { path: "/api/v1/pods", list: () => core.listPodForAllNamespaces() },
        work.trigger,
    );
    const configMaps = new Watched<V1ConfigMap>(
        config,
        { path: "/api/v1/configmaps", list: () => core.listConfigMapForAllNamespaces() },
        work.trigger,
    );
    const secrets = new Watched<V1Secret>(
        config,
        { path: "/api/v1/secrets", list: () => core.listSecretForAllNamespaces() },
        work.trigger,
    );
    return () => [pods, configMaps, secrets].every(({ synced }) => synced);
}

function isStarting({ metadata, spec, status }: V1Pod): boolean {
    return spec?.nodeName !== undefined && status?.phase === "Pending" && metadata?.deletionTimestamp === undefined;
}

function foundCondition({ status }: V1Pod): V1PodCondition | undefined {
    return status?.conditions?.find(({ type }) => type === referencesFound);
}

async function report(core: CoreV1Api, pod: V1Pod, message: string | undefined): Promise<void> {
    const { uid, namespace = "", name = "" } = pod.metadata ?? {};
    const condition = {
        type: referencesFound,
        status: message === undefined ? "True" : "False",
        lastTransitionTime: new Date(),
        reason: message === undefined ? "" : "NotFound",
        message: message ?? "",
    };
    const waiting = { reason: "CreateContainerConfigError", message };
    const containerStatuses = (pod.spec?.containers ?? []).map((container) => ({
        name: container.name,
        image: container.image ?? "",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { waiting },
    }));
    const status = { conditions: [condition], ...(message === undefined ? {} : { containerStatuses }) };
    await orMissing(
        core.patchNamespacedPodStatus({ namespace, name, body: { metadata: { uid }, status } }, strategicMergePatch),
    );
}
