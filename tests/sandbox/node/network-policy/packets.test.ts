import type { V1NetworkPolicy, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { once } from "node:events";
import { ruleset } from "../../../../sandbox/node/network-policy";
import { ensureTools } from "../../../../sandbox/toolchain";
import type { Outcome, Target } from "../../../support/reach";
import { addresses, TestNetwork, whyNoNetworks } from "./support/network";
import { allowEgress, allowIngress, app, denyAll, namespace, node, pod, policy } from "./support/objects";

const server = pod("server", addresses.serviceBackend, {
    ports: [
        { name: "web", containerPort: 8080 },
        { name: "lookup", containerPort: 5300, protocol: "UDP" },
    ],
});
const client = pod("client", "10.244.0.11", { ports: [{ name: "web", containerPort: 9000 }] });
const far = pod("client", "10.244.0.12", { namespace: "m" });
const other = pod("other", "10.244.0.13", { namespace: "m" });
/** Runs, but neither the API server nor the node has said so. */
const unknown = pod("unknown", "10.244.0.99");
const all = [server, client, far, other];
const namespaces = [namespace("n"), namespace("m", { team: "b" })];

/** Name of a pod in the test's network. */
const nameOf = (target: V1Pod) => `${target.metadata?.namespace ?? ""}-${target.metadata?.name ?? ""}`;

const at = (target: V1Pod, port: number, protocol: "tcp" | "udp" = "tcp"): Target =>
    `${protocol} ${target.status?.podIP ?? ""} ${port}`;

describe("NetworkPolicies in the kernel", () => {
    let network: TestNetwork;

    before(async function () {
        if (whyNoNetworks() !== undefined) {
            this.skip();
        }
        const { nft } = await ensureTools(["nft"]);
        network = await TestNetwork.create(nft);
        for (const each of [...all, unknown]) {
            await network.addPod(nameOf(each), each.status?.podIP ?? "");
        }
    });

    after(() => network.remove());

    const enforce = (policies: V1NetworkPolicy[], pods = all, attached?: ReadonlyMap<string, string>) =>
        network.load(ruleset({ pods, namespaces, policies, ...(attached === undefined ? {} : { attached }) }, node));

    /** Every attempt with its expected end, so that a table shows which ones differ. */
    async function expectOutcomes(expected: readonly [from: string | V1Pod, to: Target, outcome: Outcome][]) {
        const sources = [...new Set(expected.map(([from]) => (typeof from === "string" ? from : nameOf(from))))];
        const found = await Promise.all(
            sources.map(async (source) => {
                const own = expected.filter(([from]) => (typeof from === "string" ? from : nameOf(from)) === source);
                const outcomes = await network.probe(
                    source,
                    own.map(([, to]) => to),
                );
                return own.map(([, to]) => `${source} -> ${to}: ${outcomes.get(to) ?? ""}`);
            }),
        );
        expect(found.flat().sort()).eql(
            expected
                .map(([from, to, outcome]) => `${typeof from === "string" ? from : nameOf(from)} -> ${to}: ${outcome}`)
                .sort(),
        );
    }

    it("let everything pass where there is none", async () => {
        await enforce([]);
        await expectOutcomes([
            [client, at(server, 8080), "open"],
            [client, at(server, 5300, "udp"), "open"],
            [far, at(server, 8081), "open"],
            [client, `tcp ${addresses.service} 80`, "open"],
            [server, `tcp ${addresses.service} 80`, "open"],
            [client, `tcp ${addresses.apiService} 443`, "open"],
            [client, `tcp ${addresses.outside} 9000`, "open"],
            ["outside", at(server, 8080), "open"],
            ["node", at(server, 8080), "open"],
        ]);
    });

    it("shut a pod's ports to all but the named peers; what it calls stays open", async () => {
        await enforce([
            denyIngress,
            allowIngress(
                "server",
                [{ namespaceSelector: { matchLabels: { team: "b" } }, podSelector: app("client") }],
                [{ port: "web" }],
            ),
        ]);
        await expectOutcomes([
            [far, at(server, 8080), "open"],
            [far, `tcp ${addresses.service} 80`, "open"],
            [far, at(server, 8081), "shut"],
            [far, at(server, 5300, "udp"), "shut"],
            [other, at(server, 8080), "shut"],
            [other, `tcp ${addresses.service} 80`, "shut"],
            [client, at(server, 8080), "shut"],
            [far, at(client, 9000), "shut"],
            ["outside", at(server, 8080), "shut"],
            [server, at(far, 9000), "open"],
            [server, `tcp ${addresses.apiService} 443`, "open"],
            [server, `tcp ${addresses.outside} 9000`, "open"],
            [client, at(far, 9000), "open"],
            [far, at(other, 9000), "open"],
        ]);
    });

    it("let the node reach its pods, and a pod reach itself through a Service", async () => {
        await enforce([denyAll()]);
        await expectOutcomes([
            ["node", at(server, 8080), "open"],
            ["node", at(server, 5300, "udp"), "open"],
            [server, `tcp ${addresses.service} 80`, "open"],
            [client, `tcp ${addresses.service} 80`, "shut"],
            [server, at(client, 9000), "shut"],
        ]);
    });

    it("shut what a pod may not call, the node's own ports too; who calls it stays free", async () => {
        await enforce([
            denyEgress,
            allowEgress("client", [{ podSelector: app("server") }], [{ port: "web" }]),
            policy("api", {
                podSelector: app("client"),
                policyTypes: ["Egress"],
                egress: [{ to: [{ ipBlock: { cidr: `${addresses.node}/32` } }], ports: [{ port: 6443 }] }],
            }),
        ]);
        await expectOutcomes([
            [client, at(server, 8080), "open"],
            [client, `tcp ${addresses.service} 80`, "open"],
            [client, at(server, 8081), "shut"],
            [client, at(far, 8080), "shut"],
            [client, `tcp ${addresses.apiService} 443`, "open"],
            [client, `tcp ${addresses.node} 6443`, "open"],
            [client, `tcp ${addresses.node} 9000`, "shut"],
            [client, `tcp ${addresses.gateway} 9000`, "shut"],
            [client, `tcp ${addresses.outside} 9000`, "shut"],
            [server, `tcp ${addresses.apiService} 443`, "shut"],
            [server, at(client, 9000), "shut"],
            [far, at(client, 9000), "open"],
            ["outside", at(client, 9000), "open"],
        ]);
    });

    it("need both ends to agree", async () => {
        const out = allowEgress("client", [{ podSelector: app("server") }]);
        const into = allowIngress("server", [{ podSelector: app("client") }]);
        const attempt = async (...policies: V1NetworkPolicy[]) => {
            await enforce([denyAll(), ...policies]);
            return (await network.probe(nameOf(client), [at(server, 8080)])).get(at(server, 8080));
        };
        expect(await attempt()).equals("shut");
        expect(await attempt(out)).equals("shut");
        expect(await attempt(into)).equals("shut");
        expect(await attempt(out, into)).equals("open");
    });

    it("add up: what one policy allows another doesn't take back", async () => {
        await enforce([
            denyAll(),
            policy("everything-out", { podSelector: {}, policyTypes: ["Egress"], egress: [{}] }),
            allowIngress("server", [{ podSelector: app("client") }], [{ port: 8080 }]),
            policy("more", { podSelector: {}, ingress: [{ ports: [{ port: 8000, endPort: 8081 }] }] }),
        ]);
        await expectOutcomes([
            [client, at(server, 8080), "open"],
            [client, at(server, 8081), "open"],
            [other, at(server, 8081), "open"],
            [client, at(server, 9000), "shut"],
            [server, at(client, 8080), "open"],
        ]);
    });

    it("tell blocks of addresses and their exceptions, and protocols", async () => {
        await enforce([
            denyIngress,
            allowIngress(
                "server",
                [{ ipBlock: { cidr: "10.0.0.0/8", except: [`${other.status?.podIP ?? ""}/32`, "10.123.0.0/24"] } }],
                [{ protocol: "UDP", port: "lookup" }, { port: 8080 }],
            ),
            allowIngress(
                "client",
                [{ ipBlock: { cidr: "10.123.0.0/24" } }, { ipBlock: { cidr: "::/0" } }],
                [{ protocol: "UDP" }],
            ),
        ]);
        await expectOutcomes([
            [far, at(server, 8080), "open"],
            [far, at(server, 5300, "udp"), "open"],
            [far, at(server, 5301, "udp"), "shut"],
            [other, at(server, 8080), "shut"],
            [other, at(server, 5300, "udp"), "shut"],
            ["outside", at(server, 8080), "shut"],
            ["outside", at(client, 5301, "udp"), "open"],
            ["outside", at(client, 9000), "shut"],
            [far, at(client, 5300, "udp"), "shut"],
        ]);
    });

    it("tell the ports of SCTP", async () => {
        const received = async (...policies: V1NetworkPolicy[]) => {
            await enforce(policies);
            const listener = network.start(nameOf(server), "python3", ["-c", sctpListener]);
            let heard = "";
            listener.stdout!.on("data", (chunk: Buffer) => (heard += chunk.toString()));
            const ended = once(listener, "exit");
            while (heard !== "ready ") {
                await once(listener.stdout!, "data");
            }
            await network.runIn(nameOf(client), "python3", ["-c", sctpSender, addresses.serviceBackend, "7", "8"]);
            await ended;
            return heard.replace("ready ", "").trim();
        };
        expect(await received()).equals("7 8");
        expect(await received(denyIngress)).equals("");
        expect(await received(denyIngress, allowIngress("server", [], [{ protocol: "SCTP", port: 8 }]))).equals("8");
        expect(await received(denyIngress, allowIngress("server", [], [{ protocol: "TCP", port: 8 }]))).equals("");
    });

    it("cut off a pod that isn't known yet, in both directions, and free it when it is", async () => {
        const expected = (outcome: Outcome): [string | V1Pod, Target, Outcome][] => [
            [unknown, at(server, 8080), outcome],
            [unknown, `tcp ${addresses.apiService} 443`, outcome],
            [unknown, `tcp ${addresses.outside} 9000`, outcome],
            [far, at(unknown, 9000), outcome],
            ["outside", at(unknown, 9000), outcome],
        ];
        await enforce([]);
        await expectOutcomes(expected("shut"));
        const { uid = "", name = "", namespace: inNamespace = "" } = unknown.metadata ?? {};
        const started = pod(name, undefined, { namespace: inNamespace });
        await enforce([], [...all, started], new Map([[uid, unknown.status?.podIP ?? ""]]));
        await expectOutcomes(expected("open"));
    });

    it("leave open connections alone, and end no reply", async () => {
        await enforce([]);
        const talker = network.start(nameOf(client), process.execPath, ["-e", talk, addresses.serviceBackend, "8080"]);
        const said = async () => {
            const [chunk] = (await once(talker.stdout!, "data")) as [Buffer];
            return chunk.toString();
        };
        expect(await said()).equals("hello");
        await enforce([denyAll()]);
        const echo = said();
        talker.stdin!.write("still there?");
        expect(await echo).equals("still there?");
        await expectOutcomes([[client, at(server, 8080), "shut"]]);
        talker.stdin!.end();
    });

    it("can't be passed by with link-local IPv6 addresses", async () => {
        const { stdout } = await network.runIn(nameOf(server), "ip", ["-6", "-o", "addr", "show", "dev", "eth0"]);
        const address = `${/inet6 (fe80[^/]*)/.exec(stdout)?.[1] ?? ""}%eth0`;
        const target: Target = `tcp ${address} 8080`;
        await network.load("delete table inet perch-network-policy");
        expect((await network.probe(nameOf(client), [target])).get(target)).equals("open");
        await enforce([]);
        expect((await network.probe(nameOf(client), [target])).get(target)).equals("shut");
    });
});

const denyIngress = policy("deny-ingress", { podSelector: {} });
const denyEgress = policy("deny-egress", { podSelector: {}, policyTypes: ["Egress"] });

/** Copies its standard input into a connection, and what comes back to its standard output. */
const talk = `
const s = require("net").connect(Number(process.argv[2]), process.argv[1]);
s.pipe(process.stdout);
process.stdin.pipe(s);
`;

/** Prints the ports of the SCTP packets that arrive within a second; the kernel need not know the protocol itself. */
const sctpListener = `
import socket, struct, time
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
print("ready", end=" ", flush=True)
end = time.monotonic() + 1.5
ports = set()
while (left := end - time.monotonic()) > 0:
    s.settimeout(left)
    try:
        packet = s.recv(2000)
    except TimeoutError:
        break
    ports.add(struct.unpack("!H", packet[22:24])[0])
print(*sorted(ports), flush=True)
`;

/** Sends the begin of an association to each of the ports. */
const sctpSender = `
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
for port in sys.argv[2:]:
    s.sendto(struct.pack("!HHII", 4000, int(port), 0, 0) + struct.pack("!BBHIIHHI", 1, 0, 20, 1, 65536, 1, 1, 1), (sys.argv[1], 0))
`;
