import { KubeConfig } from "@kubernetes/client-node";
import { existsSync, readFileSync } from "node:fs";
import type * as https from "node:https";
import { homedir } from "node:os";
import * as path from "node:path";
import type { SecureContextOptions } from "node:tls";

/** How to reach one API server. */
export interface Connection {
    url: URL;
    tls: Pick<SecureContextOptions, "ca" | "cert" | "key" | "pfx" | "passphrase"> & {
        rejectUnauthorized?: boolean;
        servername?: string;
    };
    /** Headers that say who asks; asked for each request, as tokens run out. */
    headers(): Promise<Record<string, string>>;
    /** Namespace of the context; empty where it has none. */
    namespace: string;
}

/** Which cluster, of those that a kubeconfig may have. */
export interface ClusterChoice {
    /** A kubeconfig, or the path of one; absent: `$KUBECONFIG`, `~/.kube/config`, or the pod's own account. */
    kubeconfig?: string;
    context?: string;
    cluster?: string;
}

/** Tokens that a command or a file supplies are read again after this time. */
const HEADERS_MS = 60_000;

/** The text of a kubeconfig that is given as such or as a path (`~` is the home folder). */
export function kubeconfigText(pathOrText: string): string {
    const file = pathOrText.replace(/^~(?=\/|$)/, homedir());
    // A whole kubeconfig is no file name: too long for one, and asking would fail.
    return !file.includes("\n") && file.length < 4096 && existsSync(path.resolve(file))
        ? readFileSync(path.resolve(file), "utf8")
        : pathOrText;
}

function load({ kubeconfig, context, cluster }: ClusterChoice): KubeConfig {
    const config = new KubeConfig();
    if (kubeconfig === undefined || kubeconfig === "") {
        config.loadFromDefault();
    } else {
        config.loadFromString(kubeconfigText(kubeconfig));
    }
    if (context !== undefined && context !== "") {
        config.setCurrentContext(context);
    }
    if (cluster !== undefined && cluster !== "") {
        config.contexts = config.contexts.map((entry) =>
            entry.name === config.getCurrentContext() ? { ...entry, cluster } : entry,
        );
    }
    return config;
}

/**
 * Reads a kubeconfig.
 * @throws {Error} when it can't be read, or names no cluster
 */
export async function loadConnection(choice: ClusterChoice): Promise<Connection> {
    const config = load(choice);
    const cluster = config.getCurrentCluster();
    if (cluster === null) {
        const name = config.getCurrentContext();
        throw new Error(name ? `context "${name}" doesn't lead to a cluster` : "no context is set");
    }
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    let read = Date.now();
    return {
        url: new URL(cluster.server),
        tls: {
            ca: options.ca,
            cert: options.cert,
            key: options.key,
            pfx: options.pfx,
            passphrase: options.passphrase,
            rejectUnauthorized: options.rejectUnauthorized,
            servername: options.servername,
        },
        async headers() {
            if (Date.now() - read > HEADERS_MS) {
                read = Date.now();
                await config.applyToHTTPSOptions(options);
            }
            return options.headers as Record<string, string>;
        },
        namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? "",
    };
}

/** The cluster that a kubeconfig leads to, for comparing two; undefined where it leads to none. */
export function activeCluster(choice: ClusterChoice): object | undefined {
    if (choice.kubeconfig === undefined || choice.kubeconfig === "") {
        return undefined;
    }
    return load(choice).getCurrentCluster() ?? undefined;
}
