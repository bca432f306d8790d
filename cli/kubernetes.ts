import { ApiException, KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import * as z from "zod";
import { messageOf } from "./errors";
import { parseJson } from "./json";

const statusSchema = z.object({ message: z.string() });

/** A client's configuration from a kubeconfig file. */
export function loadKubeconfig(file: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(file);
    return config;
}

/** Options that send the body of a patch call as a merge patch; the generated client would say JSON patch. */
export const mergePatch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

/** As {@link mergePatch}, but lists merge by their key where their type has one, e.g. conditions by type. */
export const strategicMergePatch = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);

/** Whether the API server answered with this status code, e.g. 404. */
export function isApiError(thrown: unknown, code: number): boolean {
    return thrown instanceof ApiException && thrown.code === code;
}

/** What the API server, or the network, says about a failed call. */
export function apiMessage(thrown: unknown): string {
    if (thrown instanceof ApiException) {
        const body: unknown = typeof thrown.body === "string" ? parseJson(thrown.body) : thrown.body;
        const status = statusSchema.safeParse(body);
        const short = /^Message: (.*)$/m.exec(thrown.message)?.[1] ?? "an error";
        return status.success ? status.data.message : `the API server answers ${thrown.code} ${short}`;
    }
    // "fetch failed" says nothing; why it did is in the cause.
    return thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : messageOf(thrown);
}

/** Gives `undefined` where the API server answers that the object isn't there. */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
    try {
        return await call;
    } catch (error) {
        if (isApiError(error, 404)) {
            return undefined;
        }
        throw error;
    }
}
