import type { V1Pod } from "@kubernetes/client-node";
import { UserError } from "../../cli/errors";

/** Name of the Deployment, StatefulSet or DaemonSet that a pod belongs to; its own where it belongs to none. */
export function workloadOf({ metadata }: V1Pod): string {
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
    const hash = metadata?.labels?.["pod-template-hash"];
    return owner?.kind === "ReplicaSet" && hash !== undefined
        ? owner.name.replace(new RegExp(`-${hash}$`), "")
        : (owner?.name ?? metadata?.name ?? "");
}

/** What a component may be called: by its workload, such as `thanos-store`, or by its program, such as `thanos`. */
function namesOf(pod: V1Pod): string[] {
    const program = pod.metadata?.labels?.["app.kubernetes.io/name"];
    return [workloadOf(pod), ...(program === undefined ? [] : [program]), pod.metadata?.name ?? ""];
}

/**
 * The pods of a component, those of one workload at a time where the name allows it.
 * @throws UserError when there are none; it names the components that there are
 */
export function podsOfComponent(pods: readonly V1Pod[], component: string): V1Pod[] {
    for (const index of [0, 1, 2]) {
        const found = pods.filter((pod) => namesOf(pod)[index] === component);
        if (found.length > 0) {
            return found;
        }
    }
    const known = [...new Set(pods.map(workloadOf))].sort();
    throw new UserError(
        `No pod belongs to a component "${component}"; there are: ${known.length === 0 ? "none" : known.join(", ")}.`,
    );
}
