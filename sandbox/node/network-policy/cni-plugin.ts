import * as http from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

// A CNI plugin of its own program: containerd starts it for each pod, after the plugin that gives the pod its address and
// before the pod's first container. It tells the address to the agent and ends when the pod's policies are in force.

/** What containerd writes to the plugin, as far as it is needed: https://www.cni.dev/docs/spec/ */
interface NetworkConfig {
    cniVersion: string;
    /** Port of the agent on the node's loopback interface. */
    agentPort: number;
    prevResult?: { ips?: { address: string }[] };
}

const supportedVersions = ["0.4.0", "1.0.0", "1.1.0"];
/** The agent may be starting; kubelet tries again after a failure. */
const patienceMs = 10_000;
/** Of the CNI specification: try again later. */
const tryAgainLater = 11;

async function main(): Promise<void> {
    const config = JSON.parse(await text(process.stdin)) as NetworkConfig;
    const { CNI_COMMAND: command = "", CNI_CONTAINERID: container = "", CNI_ARGS: args = "" } = process.env;
    try {
        if (command === "VERSION") {
            answer({ cniVersion: config.cniVersion, supportedVersions });
        } else if (command === "ADD") {
            const pod = new URLSearchParams(args.replaceAll(";", "&"));
            await tell(config.agentPort, "PUT", container, {
                uid: pod.get("K8S_POD_UID"),
                namespace: pod.get("K8S_POD_NAMESPACE"),
                name: pod.get("K8S_POD_NAME"),
                addresses: (config.prevResult?.ips ?? []).map(({ address }) => address.split("/")[0]),
            });
            answer(config.prevResult ?? {});
        } else if (command === "DEL") {
            // Without the agent nobody enforces anything: nothing to forget, and a pod must be able to go.
            await tell(config.agentPort, "DELETE", container).catch(() => undefined);
        }
    } catch (error) {
        const { cniVersion } = config;
        answer({ cniVersion, code: tryAgainLater, msg: error instanceof Error ? error.message : String(error) });
        process.exitCode = 1;
    }
}

async function tell(port: number, method: string, container: string, body?: object): Promise<void> {
    const end = Date.now() + patienceMs;
    for (;;) {
        try {
            await request(port, method, container, body);
            return;
        } catch (error) {
            const absent = error instanceof Error && (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
            if (method === "DELETE" || !absent || Date.now() > end) {
                throw error;
            }
        }
        await sleep(100);
    }
}

function request(port: number, method: string, container: string, body?: object): Promise<void> {
    return new Promise((resolve, reject) => {
        const path = `/attachments/${encodeURIComponent(container)}`;
        const options = { host: "127.0.0.1", port, method, path, timeout: patienceMs + 5_000 };
        const call = http.request(options, (response) => {
            void text(response).then((said) => {
                if (response.statusCode === 204) {
                    resolve();
                } else {
                    reject(new Error(`NetworkPolicy agent: ${said.trim() || String(response.statusCode)}`));
                }
            }, reject);
        });
        call.once("timeout", () => call.destroy(new Error("the NetworkPolicy agent doesn't answer")));
        call.once("error", reject);
        call.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

function answer(result: object): void {
    process.stdout.write(`${JSON.stringify(result)}\n`);
}

void main();
