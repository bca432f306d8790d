import { CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { UserError } from "../cli/errors";
import { nodeKubeconfig, runningNode } from "./node";
import { adminKubeconfig } from "./platform";
import { apiMessage, loadKubeconfig } from "../cli/kubernetes";
import { isDaemonAlive } from "./processes";
import { agreedTarget, askedTarget, describeTarget, keptTarget, type PodsKind, type Target } from "./target";

/** The embedded cluster that is up. */
export interface RunningCluster {
    pods: PodsKind;
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
    config: KubeConfig;
}

/** The embedded cluster, if it is up and the sandbox deploys there. Nothing is started. */
export function runningCluster(target: Target | undefined = keptTarget()): RunningCluster | undefined {
    const pods = target?.kind ?? "simulated";
    if (pods === "own") {
        return undefined;
    }
    const isUp = pods === "real" ? runningNode() !== undefined : isDaemonAlive("kube-apiserver");
    const kubeconfig = pods === "real" ? nodeKubeconfig : adminKubeconfig;
    return isUp ? { pods, kubeconfig, config: loadKubeconfig(kubeconfig) } : undefined;
}

/**
 * The cluster, with pods that run.
 * @param what the command does, for the message
 * @throws UserError when it isn't up, when its pods are simulated, or when the stack is in a cluster of the user's
 */
export function requireRealPods(what: string): RunningCluster {
    const target = agreedTarget(askedTarget(), keptTarget());
    if (target?.kind === "own") {
        throw new UserError(
            `${what} works on the sandbox's own cluster, and this sandbox deploys to ${describeTarget(target)}: ` +
                'use kubectl there, as "make shell" has it.',
        );
    }
    const cluster = runningCluster(target);
    if (cluster === undefined) {
        throw new UserError(`${what} needs a sandbox that is up: start it with "make up PODS=real".`);
    }
    if (cluster.pods === "simulated") {
        throw new UserError(
            `${what} needs pods that run, and those of this sandbox are simulated: ` +
                `"make down", then "make up PODS=real" (Linux, root).`,
        );
    }
    return cluster;
}

/** All pods of the cluster, in the order of their names. @throws UserError when the API server doesn't answer */
export async function podsOf({ config }: Pick<RunningCluster, "config">): Promise<V1Pod[]> {
    try {
        const { items } = await config.makeApiClient(CoreV1Api).listPodForAllNamespaces();
        const key = ({ metadata }: V1Pod): string => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
        return items.sort((left, right) => key(left).localeCompare(key(right)));
    } catch (error) {
        throw new UserError(`The cluster doesn't say which pods it has: ${apiMessage(error)}`);
    }
}
