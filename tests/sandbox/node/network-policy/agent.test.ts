import type { V1NetworkPolicy, V1NetworkPolicyIngressRule, V1Pod } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { installCniPlugin, networkPolicySpec } from "../../../../sandbox/node/network-policy";
import { runDir } from "../../../../sandbox/paths";
import { adminKubeconfig } from "../../../../sandbox/platform";
import { freePort } from "../../../../sandbox/processes";
import { ensureTools } from "../../../../sandbox/toolchain";
import type { Outcome, Target } from "../../../support/reach";
import { admin, apply, ensurePlatform, eventually, freshNamespace } from "../../support/platform";
import { TestNetwork, whyNoNetworks } from "./support/network";
import { app, node } from "./support/objects";

/** Not a node of the cluster: the simulated kubelets leave its pods alone. */
const nodeName = "network-policy-test";
const [serverAddress, clientAddress] = ["10.244.0.10", "10.244.0.11"];
const target: Target = `tcp ${serverAddress} 8080`;

/** Other tests start clusters at the same time. */
const startSeconds = 120;

/** Passes connections on from a port within a network namespace to a socket in the file system. */
const relay = `
const [port, path] = process.argv.slice(1);
const net = require("net");
net.createServer((s) => { const up = net.connect(path); s.pipe(up).pipe(s); s.on("error", () => up.destroy()); up.on("error", () => s.destroy()); })
    .listen(Number(port), "127.0.0.1", () => process.stdout.write("ready"));
`;

describe("the NetworkPolicy agent", () => {
    let network: TestNetwork;
    let namespace: string;
    let agentPort: number;
    let agent: ChildProcess;
    let plugin: string;
    /** What takes away again what has been made so far. */
    const undo: (() => unknown)[] = [];

    before(async function () {
        if (whyNoNetworks() !== undefined) {
            this.skip();
        }
        const [{ nft }, { apiServer }] = [await ensureTools(["nft"]), await ensurePlatform()];
        namespace = await freshNamespace("network-policy");
        undo.push(() => core().deleteNamespace({ name: namespace }));
        await eventually(() => core().readNamespacedServiceAccount({ namespace, name: "default" }), startSeconds);
        network = await TestNetwork.create(nft);
        undo.push(() => network.remove());
        await network.addPod("server", serverAddress);
        await network.addPod("client", clientAddress);
        const bridge = await relayTo(Number(new URL(apiServer).port));
        undo.push(() => bridge.close());
        agentPort = await freePort();
        const cni = installCniPlugin(agentPort);
        plugin = path.join(cni.binDir, cni.config.type);
        await startAgent(nft);
    });

    after(async () => {
        for (const step of undo.reverse()) {
            await step();
        }
    });

    const core = () => admin().makeApiClient(CoreV1Api);

    async function relayTo(port: number): Promise<net.Server> {
        const socket = path.join(runDir, "np.sock");
        const server = net.createServer((inner) => {
            const outer = net.connect(port, "127.0.0.1");
            inner.pipe(outer).pipe(inner);
            inner.on("error", () => outer.destroy());
            outer.on("error", () => inner.destroy());
        });
        server.listen(socket);
        await once(server, "listening");
        const child = network.start("node", process.execPath, ["-e", relay, String(port), socket]);
        await once(child.stdout!, "data");
        return server;
    }

    async function startAgent(nft: string): Promise<void> {
        const spec = networkPolicySpec({
            kubeconfig: adminKubeconfig,
            nodeName,
            podCidr: node.podCidr,
            nft,
            port: agentPort,
        });
        agent = network.start("node", spec.command, spec.args);
        await eventually(async () => {
            const script = `fetch("http://127.0.0.1:${agentPort}/healthz").then((r) => process.exit(r.ok ? 0 : 1))`;
            await network.runIn("node", process.execPath, ["-e", script]);
        }, startSeconds);
    }

    /** A pod that no kubelet starts: the test plays the kubelet. */
    async function createPod(name: string): Promise<V1Pod> {
        return core().createNamespacedPod({
            namespace,
            body: {
                metadata: { name, labels: { app: name } },
                spec: { nodeName, containers: [{ name: "main", image: "example/none:1" }] },
            },
        });
    }

    /** What containerd does when it makes a pod's sandbox or takes it away. */
    async function callPlugin(
        command: "ADD" | "DEL",
        pod: V1Pod,
        address: string,
    ): Promise<{ code: number; said: unknown }> {
        const { uid = "", name = "" } = pod.metadata ?? {};
        const args = { IgnoreUnknown: "1", K8S_POD_NAMESPACE: namespace, K8S_POD_NAME: name, K8S_POD_UID: uid };
        const child = network.start("node", plugin, [], {
            CNI_COMMAND: command,
            CNI_CONTAINERID: `sandbox-of-${name}`,
            CNI_ARGS: Object.entries(args)
                .map((pair) => pair.join("="))
                .join(";"),
        });
        child.stdin!.end(
            JSON.stringify({
                cniVersion: "1.0.0",
                name: "test",
                type: "perch-network-policy",
                agentPort,
                prevResult: result(address),
            }),
        );
        const [[code], said] = await Promise.all([once(child, "exit") as Promise<[number]>, text(child.stdout!)]);
        return { code, said: said === "" ? undefined : JSON.parse(said) };
    }

    const result = (address: string) => ({
        cniVersion: "1.0.0",
        ips: [{ address: `${address}/24`, gateway: "10.244.0.1" }],
    });

    const reach = async (patienceMs = 400): Promise<Outcome | undefined> =>
        (await network.probe("client", [target], patienceMs)).get(target);

    /** Lets what the rules say into the server, and nothing else. */
    function isolate(...ingress: V1NetworkPolicyIngressRule[]): V1NetworkPolicy {
        return {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { namespace, name: "isolate" },
            spec: { podSelector: app("server"), ingress },
        };
    }

    let server: V1Pod;
    let client: V1Pod;

    it("keeps a pod cut off that it doesn't know", async () => {
        expect(await reach(1_500)).equals("shut");
    });

    it("has a pod's policies in force when the CNI plugin lets it start, before the API server knows its address", async () => {
        await apply(isolate());
        [server, client] = [await createPod("server"), await createPod("client")];
        expect(await callPlugin("ADD", client, clientAddress)).eql({ code: 0, said: result(clientAddress) });
        const begin = Date.now();
        expect(await callPlugin("ADD", server, serverAddress)).eql({ code: 0, said: result(serverAddress) });
        expect(Date.now() - begin).below(3_000);
        expect(await reach(1_500)).equals("shut");
        expect((await network.probe("server", [`tcp ${clientAddress} 8080`])).get(`tcp ${clientAddress} 8080`)).equals(
            "open",
        );
    });

    it("follows policies, labels and namespaces", async () => {
        await apply(isolate({ _from: [{ podSelector: { matchLabels: { may: "call" } } }] }));
        expect(await reach(1_500)).equals("shut");
        await apply({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { namespace, name: "client", labels: { may: "call" } },
        });
        await eventually(async () => {
            expect(await reach()).equals("open");
        });
        await apply(isolate({ _from: [{ namespaceSelector: { matchLabels: { trusted: "yes" } } }] }));
        await eventually(async () => {
            expect(await reach()).equals("shut");
        });
        await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { trusted: "yes" } } });
        await eventually(async () => {
            expect(await reach()).equals("open");
        });
    });

    it("leaves its rules in force when it is killed, and takes them over when it comes back", async () => {
        await apply(isolate());
        await eventually(async () => {
            expect(await reach()).equals("shut");
        });
        agent.kill("SIGKILL");
        await once(agent, "exit");
        expect(await reach(1_500)).equals("shut");
        const { said, code } = await callPlugin("ADD", client, clientAddress);
        expect(code).equals(1);
        expect(said).to.include({ cniVersion: "1.0.0", code: 11 });
        expect((await callPlugin("DEL", client, clientAddress)).code).equals(0);
        const { nft } = await ensureTools(["nft"]);
        await startAgent(nft);
        // It forgot what the CNI plugin said, and the API server never knew: closed, not open.
        expect(await reach(1_500)).equals("shut");
        await callPlugin("ADD", server, serverAddress);
        await callPlugin("ADD", client, clientAddress);
        await apply(isolate({}));
        await eventually(async () => {
            expect(await reach()).equals("open");
        });
    });

    it("cuts an address off when its pod has gone, and tells when a pod's policies don't come into force", async () => {
        expect(await reach(1_500)).equals("open");
        expect((await callPlugin("DEL", client, clientAddress)).code).equals(0);
        await eventually(async () => {
            expect(await reach()).equals("shut");
        });
        await core().deleteNamespacedPod({ namespace, name: "client", gracePeriodSeconds: 0 });
        const { code, said } = await callPlugin("ADD", client, clientAddress);
        expect({ code, said }).eql({
            code: 1,
            said: {
                cniVersion: "1.0.0",
                code: 11,
                msg: `NetworkPolicy agent: the policies of pod ${namespace}/client aren't in force after 10000 ms`,
            },
        });
        expect(await reach(1_500)).equals("shut");
    });

    it("tells the container runtime which versions of CNI it speaks", async () => {
        const child = spawn(plugin, { env: { CNI_COMMAND: "VERSION" }, stdio: ["pipe", "pipe", "inherit"] });
        child.stdin.end(JSON.stringify({ cniVersion: "1.0.0" }));
        expect(JSON.parse(await text(child.stdout))).eql({
            cniVersion: "1.0.0",
            supportedVersions: ["0.4.0", "1.0.0", "1.1.0"],
        });
    });
});
