import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import type { KubernetesObject, V1Namespace } from "@kubernetes/client-node";
import { adminKubeconfig, platformTools, startPlatform } from "../../../sandbox/platform";
import type { Platform, PlatformOptions } from "../../../sandbox/platform";
import { ensureTools, moduleFiles } from "../../../sandbox/toolchain";

/** Every class that a profile names. */
export const testedStorageClasses = ["longhorn", "hcloud-volumes", "local-path", "openebs-hostpath", "gp3"];

/** What the tests start. */
export async function platformOptions(): Promise<PlatformOptions> {
    const tools = await ensureTools(platformTools);
    return { tools, kwokStages: await moduleFiles("kwok-stages"), storageClasses: testedStorageClasses };
}

/** The platform, started or as it runs. */
export async function ensurePlatform(): Promise<Platform> {
    return startPlatform(await platformOptions());
}

/** The administrator's client configuration; read anew, since a restart may move the API server. */
export function admin(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(adminKubeconfig);
    return config;
}

/** Applies objects server-side, in their order. */
export async function apply(...objects: KubernetesObject[]): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(admin());
    for (const object of objects) {
        await api.patch(object, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
    }
}

/** Makes a namespace of its own for a test, and gives its name. */
export async function freshNamespace(prefix: string, labels: Record<string, string> = {}): Promise<string> {
    const name = `${prefix}-${Math.random().toString(36).slice(2, 8)}`;
    const namespace: V1Namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
    await apply(namespace);
    return name;
}

/** Repeats a check until it passes; the last failure is the test's. */
export async function eventually<T>(check: () => Promise<T>, seconds = 30): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        try {
            return await check();
        } catch (error) {
            if (Date.now() > end) {
                throw error;
            }
        }
        await sleep(200);
    }
}
