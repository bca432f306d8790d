import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { AuthenticationV1Api, CoreV1Api, KubeConfig, VersionApi } from "@kubernetes/client-node";
import { UserError, messageOf } from "../../cli/errors";
import { apiMessage } from "../../cli/kubernetes";

const answerTimeoutMs = 10_000;

/** A cluster that is the user's own. */
export interface UserCluster {
    context: string;
    server: string;
    /** UID of its namespace kube-system: there is no other mark by which a cluster is told from others. */
    uid: string;
    /** Of the API server, e.g. `v1.36.1`. */
    version: string;
    /** As whom the kubeconfig logs in. */
    user: string;
}

/**
 * Asks the cluster of the current context, without changing anything there.
 * @param otherwise what to do without it, for messages
 * @throws UserError when there is no kubeconfig, or no context in it, or when the cluster doesn't answer or refuses
 */
export async function checkUserCluster(otherwise: string): Promise<UserCluster> {
    const config = loadUserKubeconfig(otherwise);
    const context = config.getCurrentContext();
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) {
        throw new UserError(
            `The kubeconfig has no cluster for its current context "${context}": choose one with "kubectl config use-context".`,
        );
    }
    try {
        const [{ gitVersion }, { metadata }, review] = await withTimeout(
            Promise.all([
                config.makeApiClient(VersionApi).getCode(),
                config.makeApiClient(CoreV1Api).readNamespace({ name: "kube-system" }),
                config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} }),
            ]),
        );
        if (metadata?.uid === undefined) {
            throw new Error("its namespace kube-system has no UID");
        }
        const user = review.status?.userInfo?.username ?? "unknown";
        return { context, server, uid: metadata.uid, version: gitVersion, user };
    } catch (error) {
        throw new UserError(
            `The cluster of context "${context}" (${server}) can't be used: ${apiMessage(error)}. ` +
                `Start it, or choose another one with "kubectl config use-context", or ${otherwise}.`,
        );
    }
}

function loadUserKubeconfig(otherwise: string): KubeConfig {
    const files = (process.env.KUBECONFIG ?? path.join(os.homedir(), ".kube", "config")).split(path.delimiter);
    if (!files.some((file) => file !== "" && fs.existsSync(file))) {
        throw new UserError(
            `The cluster is to be your own, but there is no kubeconfig: ${files.join(", ")} doesn't exist. ` +
                `Set KUBECONFIG, or ${otherwise}.`,
        );
    }
    const config = new KubeConfig();
    try {
        config.loadFromDefault();
    } catch (error) {
        throw new UserError(`The kubeconfig ${files.join(", ")} can't be read: ${messageOf(error)}`);
    }
    return config;
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
            reject(new Error(`no answer within ${answerTimeoutMs / 1000} s`));
        }, answerTimeoutMs);
    });
    try {
        return await Promise.race([work, late]);
    } finally {
        clearTimeout(timer);
    }
}
