import { KubernetesObjectApi, PatchStrategy, type KubeConfig, type KubernetesObject } from "@kubernetes/client-node";

const fieldManager = "perch-sandbox";

/** Applies objects server-side, in their order. */
export async function applyAll(config: KubeConfig, objects: readonly KubernetesObject[]): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(config);
    for (const object of objects) {
        await api.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
    }
}
