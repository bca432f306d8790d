import { isMap, type PlainMap, pluck, sameValue, text } from "../objects";
import type { PollRule } from "./types";

const MINUTE = 60_000;

/** Source of all rules here: `await/awaiters.go` of the official plugin. Their time-outs are fixed there too. */
export const persistentVolumeRule: PollRule = {
    timeoutMs: 5 * MINUTE,
    isReady: (_, volume) => ["Available", "Bound"].includes(text(volume, "status", "phase")),
};

/** Bound; of a class with `WaitForFirstConsumer` pending is enough. */
export const persistentVolumeClaimRule: PollRule = {
    timeoutMs: 5 * MINUTE,
    async isReady(context, claim, cluster) {
        const phase = text(claim, "status", "phase");
        if (context.before !== undefined && phase === "Bound") {
            return true;
        }
        const name = text(claim, "spec", "storageClassName");
        const storageClass: PlainMap = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name } };
        const mode =
            name === ""
                ? ""
                : await cluster.get(storageClass).then(
                      (found) => text(found, "volumeBindingMode"),
                      () => "",
                  );
        // The official plugin waits for `Pending` alone; a claim that a pod has bound meanwhile is as good.
        return phase === "Bound" || (phase === "Pending" && mode === "WaitForFirstConsumer");
    },
};

export const resourceQuotaRule: PollRule = {
    timeoutMs: MINUTE,
    isReady: (_, quota) => {
        const hard = pluck(quota, "spec", "hard");
        return isMap(hard) && sameValue(hard, pluck(quota, "status", "hard"));
    },
};

/** Only the token of a service account is filled in by a controller. */
export const secretRule: PollRule = {
    timeoutMs: 5000,
    isReady: (_, secret) => {
        const data = pluck(secret, "data");
        return (
            text(secret, "type") !== "kubernetes.io/service-account-token" ||
            (isMap(data) && Object.keys(data).length > 0)
        );
    },
};
