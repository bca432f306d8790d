import * as fs from "node:fs";
import { type ApiConstructor, type ApiType, CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { z } from "zod";
import { type ConfigValues, overlay, STACK } from "../../../sandbox/engine";
import { engineFiles } from "../../../sandbox/engine/home";
import { parseStackFile } from "../../../sandbox/engine/stack-config";
import { nodeKubeconfig } from "../../../sandbox/node/node";
import { type NodeNamespaces, runningNode } from "../../../sandbox/node/namespaces";
import { writePrivateFile } from "../../../sandbox/processes";
import { openSandbox, type Sandbox } from "../../../sandbox/sandbox";
import { Stack, stateOnce } from "../../e2e/support/stack";

const outputsSchema = z.object({
    namespace: z.string(),
    buckets: z.object({ metrics: z.string(), logs: z.string() }),
    endpoints: z.object({
        prometheus: z.string(),
        thanosQuery: z.string(),
        loki: z.string(),
        alertmanager: z.string(),
        grafana: z.string(),
    }),
});

/** The stack of `make up PODS=real`, on a node of this machine. */
export interface Live {
    readonly sandbox: Sandbox;
    readonly stack: Stack;
    /** Outputs of the stack. */
    readonly outputs: z.output<typeof outputsSchema>;
}

let opened: Live | undefined;

/**
 * Starts the node, or takes the one that runs, and deploys the stack. What it does is told as it is done.
 * @param deploy whether to deploy; else the stack is taken as it is
 */
export async function openLive(deploy = true): Promise<Live> {
    const report = (message: string): void => {
        process.stderr.write(`  ${message}\n`);
    };
    const sandbox = await openSandbox({ target: "real", report });
    const { engine } = sandbox;
    if (deploy) {
        report("pulumi up");
        const begin = Date.now();
        await new Stack(STACK, engine).up();
        report(`deployed and ready after ${Math.round((Date.now() - begin) / 1_000)} s`);
    }
    const stack = new Stack(STACK, { ...engine, env: { ...engine.env, ...stateOnce } });
    opened = { sandbox, stack, outputs: outputsSchema.parse(await stack.outputs()) };
    return opened;
}

/** Reads the outputs anew, after a change of the stack. */
export async function readOutputs(): Promise<void> {
    opened = { ...live(), outputs: outputsSchema.parse(await live().stack.outputs()) };
}

/** Lays settings over those of the stack file of this run, for the next `pulumi up`. */
export function laySettings(...settings: readonly ConfigValues[]): void {
    const file = engineFiles.stackConfig;
    const current = parseStackFile(fs.readFileSync(file, "utf8"), file);
    writePrivateFile(file, stringify({ ...current, config: settings.reduce(overlay, current.config) }));
}

/** What {@link openLive} made, which mocha's hooks call first. */
export function live(): Live {
    if (opened === undefined) {
        throw new Error("the live stack isn't up: run the tests by `make test-live`");
    }
    return opened;
}

/** The node as it runs now. */
export function node(): NodeNamespaces {
    const running = runningNode();
    if (running === undefined) {
        throw new Error("the node doesn't run");
    }
    return running;
}

/** The administrator's client configuration; read anew, since a new node has other addresses. */
export function kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(nodeKubeconfig);
    return config;
}

/** A client of one of the APIs of the cluster. */
export const api = <T extends ApiType>(constructor: ApiConstructor<T>): T => kubeConfig().makeApiClient(constructor);

/** The core API of the cluster. */
export const core = (): CoreV1Api => api(CoreV1Api);

/** Reads and writes objects of any kind. */
export const objects = (): KubernetesObjectApi => KubernetesObjectApi.makeApiClient(kubeConfig());
