import { AppsV1Api, type KubernetesObject } from "@kubernetes/client-node";
import { mergePatch, orMissing } from "../../cli/kubernetes";
import { api, core, objects } from "../../tests/live/support/live";
import { isReady } from "../../tests/live/support/pods";
import { until } from "../../tests/live/support/until";

/** Makes a namespace; what an earlier run has left in one of that name goes first. */
export async function freshNamespace(name: string): Promise<void> {
    await orMissing(core().deleteNamespace({ name }));
    await until(`end of the earlier namespace ${name}`, 180, async () => {
        if ((await orMissing(core().readNamespace({ name }))) !== undefined) {
            throw new Error("it is there");
        }
    });
    await create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await until(`ServiceAccount "default" in ${name}`, 60, () =>
        core().readNamespacedServiceAccount({ namespace: name, name: "default" }),
    );
}

/** Creates objects, in order. */
export async function create(...wanted: readonly KubernetesObject[]): Promise<void> {
    for (const object of wanted) {
        await objects().create(object);
    }
}

/** Sets the number of a Deployment's pods, and waits until all are ready and others are gone. */
export async function scale(namespace: string, name: string, replicas: number): Promise<void> {
    await api(AppsV1Api).patchNamespacedDeploymentScale({ namespace, name, body: { spec: { replicas } } }, mergePatch);
    await untilPods(namespace, `app=${name}`, replicas);
}

/** Waits until exactly so many pods have a label, and all are ready. @returns their names */
export async function untilPods(namespace: string, labelSelector: string, count: number): Promise<string[]> {
    return until(`${count} ready pods ${labelSelector} in ${namespace}`, 300, async () => {
        const { items } = await core().listNamespacedPod({ namespace, labelSelector });
        const ready = items.filter(isReady);
        if (ready.length !== count || items.length !== count) {
            throw new Error(`there are ${items.length}, ${ready.length} of them ready`);
        }
        return ready.map(({ metadata }) => metadata?.name ?? "").sort();
    });
}
