import { CoreV1Api, NetworkingV1Api } from "@kubernetes/client-node";
import type { V1Namespace, V1NetworkPolicy, V1Pod } from "@kubernetes/client-node";
import * as fs from "node:fs";
import * as http from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { messageOf } from "../../../cli/errors";
import { loadKubeconfig } from "../../../cli/kubernetes";
import { Reconciler } from "../../platform/reconciler";
import { Watched } from "../../platform/watched";
import { readJsonIfValid } from "../../processes";
import { Enforcer } from "./enforcer";
import { settingsFile, settingsSchema } from "./settings";
import type { AgentSettings } from "./settings";

const attachmentSchema = z.object({
    uid: z.string(),
    namespace: z.string(),
    name: z.string(),
    addresses: z.array(z.string()),
});

/** Below the patience of the CNI plugin that waits. */
const attachTimeoutMs = 10_000;

/** Packets between pods of one bridge are shown to nftables only where these say so. */
const bridgeSettings = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];

function main(): void {
    const settings = settingsSchema.parse(readJsonIfValid(settingsFile));
    filterBridges();
    const { enforcer, synced } = watch(settings);
    const server = http.createServer((request, response) => {
        void answer(request, enforcer, synced).then(
            (status) => response.writeHead(status).end(),
            (error: unknown) => response.writeHead(503).end(messageOf(error)),
        );
    });
    server.listen(settings.port, "127.0.0.1");
}

/** @throws when the kernel can't filter what passes a bridge: policies would hold between nodes only, silently */
function filterBridges(): void {
    for (const name of bridgeSettings) {
        const file = `/proc/sys/net/bridge/${name}`;
        try {
            fs.writeFileSync(file, "1");
        } catch (error) {
            throw new Error(
                `NetworkPolicies can't be enforced between the pods of a bridge: ${messageOf(error)}. ` +
                    "Load the kernel module br_netfilter.",
                { cause: error },
            );
        }
    }
}

function watch({ kubeconfig, nft, nodeName, podCidr }: AgentSettings): { enforcer: Enforcer; synced: () => boolean } {
    const config = loadKubeconfig(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const networking = config.makeApiClient(NetworkingV1Api);
    const reconciler = new Reconciler("network policies", async () => {
        // What isn't known yet would be open: the table of an earlier run, or none, stays until all is known.
        if (synced()) {
            await enforcer.enforce();
        }
    });
    const pods = new Watched<V1Pod>(
        config,
        { path: "/api/v1/pods", list: () => core.listPodForAllNamespaces() },
        reconciler.trigger,
    );
    const namespaces = new Watched<V1Namespace>(
        config,
        { path: "/api/v1/namespaces", list: () => core.listNamespace() },
        reconciler.trigger,
    );
    const policies = new Watched<V1NetworkPolicy>(
        config,
        {
            path: "/apis/networking.k8s.io/v1/networkpolicies",
            list: () => networking.listNetworkPolicyForAllNamespaces(),
        },
        reconciler.trigger,
    );
    const synced = () => [pods, namespaces, policies].every((watched) => watched.synced);
    const enforcer = new Enforcer({
        node: { nodeName, podCidr },
        nft,
        state: () => ({ pods: pods.list(), namespaces: namespaces.list(), policies: policies.list() }),
        trigger: reconciler.trigger,
    });
    return { enforcer, synced };
}

/** `GET /healthz`; `PUT` and `DELETE /attachments/<container>` of the CNI plugin. */
async function answer(request: http.IncomingMessage, enforcer: Enforcer, synced: () => boolean): Promise<number> {
    const [, folder, container = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
    if (request.method === "GET" && folder === "healthz") {
        return synced() && enforcer.current ? 200 : 503;
    }
    if (request.method === "PUT" && folder === "attachments" && container !== "") {
        const { uid, addresses, namespace, name } = attachmentSchema.parse(JSON.parse(await text(request)));
        const address = addresses.find((found) => !found.includes(":"));
        if (address === undefined) {
            throw new Error(`pod ${namespace}/${name} has no IPv4 address`);
        }
        await enforcer.attach(container, { uid, address }, AbortSignal.timeout(attachTimeoutMs)).catch(() => {
            throw new Error(`the policies of pod ${namespace}/${name} aren't in force after ${attachTimeoutMs} ms`);
        });
        return 204;
    }
    if (request.method === "DELETE" && folder === "attachments" && container !== "") {
        enforcer.detach(container);
        return 204;
    }
    return 404;
}

if (require.main === module) {
    main();
}
