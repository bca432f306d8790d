import type { KubernetesObject, V1Namespace, V1NetworkPolicy, V1Pod } from "@kubernetes/client-node";
import { NetworkingV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { nodePorts, nodeServicePorts } from "../../../sandbox/node/settings";
import type { Outcome, Target } from "../../support/reach";
import { ClientPod, makeNamespace, removeNamespace, standIn } from "../support/client-pod";
import { api, core, node, objects } from "../support/live";
import { datagramsDuring, forgetNeighbours, listenIn, mostNeighbours, probe, sendDatagrams } from "../support/network";
import { needsAllParts } from "../support/parts";
import { isReady, ownerOf, realOnes, simulatedOnes, stackNamespaces, stackPods, untilAllReady } from "../support/pods";
import { type End, isAllowed, type Policies, type Port, portsInPolicies } from "../support/policy-evaluation";
import { until } from "../support/until";

/** Someone who calls or is called. */
interface Party {
    readonly name: string;
    readonly end: End;
    /** From where calls are made; absent: it is only called. */
    readonly pod?: V1Pod;
    /** On which somebody listens. */
    readonly ports: readonly Port[];
}

const listenPort = 8099;
/** How many pods' calls are tried at the same time at the most: each takes a process. */
const mostCallersAtOnce = 6;
const nodeExporterPort = 9100;

function endOf(pod: V1Pod): End {
    const { namespace = "", labels = {} } = pod.metadata ?? {};
    return { address: pod.status?.podIP ?? "", pod: { namespace, labels } };
}

/** The ports that a pod's containers declare. */
function declaredPorts({ spec }: V1Pod): Port[] {
    return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
        .flatMap(({ ports = [] }) => ports)
        .map(({ containerPort, protocol = "TCP" }) => ({
            protocol: protocol === "UDP" ? "UDP" : "TCP",
            port: containerPort,
        }));
}

const tcp = (port: number): Port => ({ protocol: "TCP", port });

describe("NetworkPolicies", function () {
    this.timeout(600_000);
    needsAllParts();
    let foreign: string;
    let known: Policies;
    /** All that call. */
    let callers: Party[];
    /** All that are called. */
    let called: Party[];
    const cleanUp: (() => unknown)[] = [];

    before(async () => {
        foreign = await makeNamespace("live-foreign");
        await untilAllReady();
        const pods = (await stackPods()).filter(isReady);
        known = await knownPolicies();
        const simulated = await Promise.all([...firstOfEach(simulatedOnes(pods)).values()].map(impersonate));
        const stranger = await ClientPod.start({ namespace: foreign });
        cleanUp.push(await listenIn(stranger.pod, [listenPort]));
        const strangerParty: Party = {
            name: "a pod of another namespace",
            end: endOf(stranger.pod),
            pod: stranger.pod,
            ports: [tcp(listenPort)],
        };
        const own = realOnes(pods).filter(({ spec }) => spec?.hostNetwork !== true);
        callers = [...[...firstOfEach(own).values()].map(party), ...simulated, strangerParty];
        // The last replica, so that the first one's calls to its own kind leave the pod.
        const replicas = [...firstOfEach([...own].reverse()).values()].map(party);
        called = [...replicas, ...simulated, strangerParty, ...(await outsiders())];
    });

    after(async () => {
        for (const undo of cleanUp) {
            await undo();
        }
        await removeNamespace(foreign);
    });

    /** For new calls: those before have filled the kernel's table of neighbours, which all pods share. */
    const forgetAllNeighbours = () =>
        forgetNeighbours([...new Set([...callers, ...called].flatMap(({ pod }) => (pod === undefined ? [] : [pod])))]);

    async function knownPolicies(): Promise<Policies> {
        const networking = api(NetworkingV1Api);
        const lists = await Promise.all(
            (await stackNamespaces()).map((namespace) => networking.listNamespacedNetworkPolicy({ namespace })),
        );
        const { items } = await core().listNamespace();
        return {
            policies: lists.flatMap((list) => list.items),
            namespaces: new Map(
                items.map(({ metadata }: V1Namespace) => [metadata?.name ?? "", metadata?.labels ?? {}]),
            ),
        };
    }

    /** One pod of each workload, by its name. */
    function firstOfEach(pods: readonly V1Pod[]): Map<string, V1Pod> {
        const found = new Map<string, V1Pod>();
        for (const pod of pods) {
            found.set(ownerOf(pod), found.get(ownerOf(pod)) ?? pod);
        }
        return found;
    }

    function party(pod: V1Pod): Party {
        return { name: ownerOf(pod), end: endOf(pod), pod, ports: declaredPorts(pod) };
    }

    /** A real pod that the policies take for a simulated one, and that listens where that would. */
    async function impersonate(simulated: V1Pod): Promise<Party> {
        const { pod } = await standIn(simulated);
        const end = endOf(pod);
        const ports = [...declaredPorts(simulated), ...portsInPolicies(known, end)];
        cleanUp.push(await listenIn(pod, [...new Set(ports.map(({ port }) => port))]));
        return { name: `the stand-in of ${ownerOf(simulated)}`, end, pod, ports };
    }

    /** The node with all that listens on it, and the cluster's DNS. */
    async function outsiders(): Promise<Party[]> {
        const ports = [
            nodePorts["kube-apiserver"],
            nodeServicePorts.kubelet,
            nodeServicePorts.s3,
            nodeServicePorts.smtp,
            nodeExporterPort,
        ];
        const { items } = await core().listNamespacedPod({
            namespace: "kube-system",
            labelSelector: "k8s-app=kube-dns",
        });
        return [
            { name: "the node", end: { address: node().addresses.node }, ports: ports.map(tcp) },
            ...items.map((pod) => ({ name: "the cluster's DNS", end: endOf(pod), ports: declaredPorts(pod) })),
        ];
    }

    interface Attempt {
        readonly from: Party;
        readonly to: Party;
        readonly port: Port;
    }

    /** Everybody's calls of everybody's ports of a protocol. */
    function attempts(protocol: Port["protocol"]): Attempt[] {
        return callers.flatMap((from) =>
            called
                .filter((to) => to.end.address !== from.end.address)
                .flatMap((to) =>
                    to.ports.filter((port) => port.protocol === protocol).map((port) => ({ from, to, port })),
                ),
        );
    }

    const title = ({ from, to, port }: Attempt) => `${from.name} -> ${to.name} ${port.port}/${port.protocol}`;

    /** How all TCP calls end, by their titles. */
    async function outcomes(): Promise<Map<string, Outcome>> {
        const all = attempts("TCP");
        const found = new Map<string, Outcome>();
        // Both ends note each other; half of the table is for whoever else talks.
        const noted = 2 * called.length;
        const atOnce = Math.max(1, Math.min(mostCallersAtOnce, Math.floor(mostNeighbours() / 2 / noted)));
        for (let next = 0; next < callers.length; next += atOnce) {
            await forgetAllNeighbours();
            // Most of the time each waits for answers that never come.
            await Promise.all(
                callers.slice(next, next + atOnce).map(async (caller) => {
                    const own = all.filter(({ from }) => from === caller);
                    const target = ({ to, port }: Attempt): Target => `tcp ${to.end.address} ${port.port}`;
                    const ended = await probe(caller.pod!, [...new Set(own.map(target))]);
                    for (const attempt of own) {
                        found.set(title(attempt), ended.get(target(attempt)) ?? "shut");
                    }
                }),
            );
        }
        return found;
    }

    const ending = (found: Map<string, Outcome>, outcome: Outcome) =>
        [...found].filter(([, ended]) => ended === outcome).map(([name]) => name);

    it("are all that is between the pods: with one that allows everything, everything answers", async () => {
        const namespaces = await stackNamespaces();
        const open = (namespace: string): KubernetesObject =>
            ({
                apiVersion: "networking.k8s.io/v1",
                kind: "NetworkPolicy",
                metadata: { namespace, name: "live-test-open" },
                spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
            }) as V1NetworkPolicy;
        await Promise.all(namespaces.map((namespace) => objects().create(open(namespace))));
        try {
            await until("way between all pods", 60, async () => {
                expect(ending(await outcomes(), "shut")).to.deep.equal([]);
            });
        } finally {
            await Promise.all(namespaces.map((namespace) => objects().delete(open(namespace))));
        }
        await until("policy in force again", 30, async () => {
            const [caller, target] = [callers.at(-1)!, called[0]!];
            const to: Target = `tcp ${target.end.address} ${target.ports[0]?.port ?? 0}`;
            expect((await probe(caller.pod!, [to], 1_000)).get(to)).equals("shut");
        });
    });

    it("V-12, K-115: open each edge of the stack, where somebody listens, and nothing else", async () => {
        const expected = attempts("TCP").map((attempt): [string, Outcome] => [
            title(attempt),
            isAllowed(known, attempt.from.end, attempt.to.end, attempt.port) ? "open" : "shut",
        ]);
        const found = await outcomes();
        const differing = expected
            .filter(([name, outcome]) => found.get(name) !== outcome)
            .map(([name, outcome]) => `${name}: ${found.get(name) ?? "?"}, not ${outcome}`);
        expect(differing).to.deep.equal([]);
        const open = expected.filter(([, outcome]) => outcome === "open");
        process.stderr.write(`      ${open.length} edges open, ${expected.length - open.length} ways shut\n`);
        expect(open).to.have.length.above(50);
    });

    it("open UDP to the DNS and between Alertmanagers, and nothing else", async () => {
        const udp = attempts("UDP");
        const heard = new Map<string, boolean>();
        for (const target of called.filter(({ ports }) => ports.some(({ protocol }) => protocol === "UDP"))) {
            const listening = await podOf(target);
            for (const { port } of target.ports.filter(({ protocol }) => protocol === "UDP")) {
                await forgetAllNeighbours();
                const own = udp.filter((attempt) => attempt.to === target && attempt.port.port === port);
                const texts = await datagramsDuring(listening, port, async () => {
                    await Promise.all(
                        own.map(({ from }) =>
                            sendDatagrams(from.pod!, [[target.end.address, port]], `perch ${from.name}`),
                        ),
                    );
                });
                for (const attempt of own) {
                    heard.set(title(attempt), texts.has(`perch ${attempt.from.name}`));
                }
            }
        }
        const expected = udp.map((attempt) => [
            title(attempt),
            isAllowed(known, attempt.from.end, attempt.to.end, attempt.port),
        ]);
        expect([...heard].sort()).to.deep.equal(expected.sort());
        expect([...heard.values()].filter(Boolean)).to.have.length.above(callers.length - 2);
    });

    async function podOf({ end }: Party): Promise<V1Pod> {
        const { items } = await core().listPodForAllNamespaces();
        const found = items.find(({ status, spec }) => status?.podIP === end.address && spec?.hostNetwork !== true);
        if (found === undefined) {
            throw new Error(`no pod has address ${end.address}`);
        }
        return found;
    }

    it("hold for a pod from its first moment: one that comes into a closed namespace never gets out", async () => {
        const { address } = called.find(({ name }) => name === "the node")!.end;
        const script = `i=0; while [ $i -lt 15 ]; do timeout 1 nc -w 1 ${address} ${nodePorts["kube-apiserver"]} </dev/null && echo out; i=$((i+1)); done; echo end; sleep 600`;
        const pod = await ClientPod.start({ namespace: "monitoring", command: ["sh", "-c", script] });
        const free = await ClientPod.start({ namespace: foreign, command: ["sh", "-c", script] });
        // Beside these lines the shell tells what it killed.
        const said = async ({ namespace, name }: ClientPod) =>
            (await core().readNamespacedPodLog({ namespace, name })).match(/^(out|end)$/gm);
        await until("end of the attempts", 120, async () => {
            expect(await said(pod)).to.include("end");
            expect(await said(free)).to.include("end");
        });
        expect(await said(pod)).to.deep.equal(["end"]);
        expect(await said(free)).to.include("out");
    });
});
