import { expect } from "chai";
import { Network } from "../../../components/platform/network";
import { NetworkPolicies, workloadPolicies } from "../../../components/platform/network-policies";
import { Platform } from "../../../components/platform/platform";
import type { Endpoint, PodPeer } from "../../../components/workload/endpoint";
import { anywhere, settingsSchema } from "../../../config/schema";
import { deploy, kubeObjects } from "../../support/mocks";

const settings = settingsSchema.parse({
    cluster: { name: "test" },
    networkPolicies: { apiServer: { cidrs: ["10.0.0.1/32"], ports: [6443] }, nodes: { cidrs: ["10.1.0.0/16"] } },
});
const policies = settings.networkPolicies;

const peer = (workload: string, extra: Partial<PodPeer> = {}): PodPeer => ({
    workload,
    namespace: "monitoring",
    labels: { app: workload },
    ...extra,
});

const endpoint = (pods: PodPeer, podPort: number, extra: Partial<Endpoint> = {}): Endpoint => ({
    service: pods.workload,
    namespace: pods.namespace,
    portName: "http",
    port: 80,
    podPort,
    pods,
    ...extra,
});

const selects = (workload: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
    podSelector: { matchLabels: { app: workload } },
});

const dns = {
    to: [
        {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        },
    ],
    ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
    ],
};

function network(...workloads: PodPeer[]): Network {
    const made = new Network();
    workloads.forEach((workload) => {
        made.register(workload);
    });
    return made;
}

describe("NetworkPolicies", () => {
    it("V-12, P-57: open Grafana to the ingress controller, wherever it runs or where a setting says", () => {
        const grafana = peer("grafana");
        const net = network(grafana);
        net.ingress("ingressController", endpoint(grafana, 3000));
        const rule = (ingressController: typeof policies.ingressController) =>
            workloadPolicies(net, { ...policies, ingressController })[0]?.ingress;
        const ports = [{ protocol: "TCP", port: 3000 }];
        expect(rule(policies.ingressController)).to.deep.equal([
            { from: [{ namespaceSelector: {}, podSelector: { matchLabels: {} } }], ports },
        ]);
        expect(rule({ podLabels: {}, cidrs: ["10.2.0.0/24"] })).to.deep.equal([
            { from: [{ ipBlock: { cidr: "10.2.0.0/24" } }], ports },
        ]);
        expect(rule({ namespace: "traefik", podLabels: { app: "traefik" }, cidrs: [] })).to.deep.equal([
            {
                from: [
                    {
                        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
                        podSelector: { matchLabels: { app: "traefik" } },
                    },
                ],
                ports,
            },
        ]);
    });

    it("V-12: open Grafana to the clients' addresses, and to the nodes' that may stand for them", () => {
        const grafana = peer("grafana");
        const net = network(grafana);
        net.ingress("clients", endpoint(grafana, 3000));
        const from = (input: Partial<typeof policies>) => {
            const [rule] = workloadPolicies(net, { ...policies, ...input })[0]?.ingress ?? [];
            return rule?.from;
        };
        const blocks = (...cidrs: string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));
        expect(from({})).to.deep.equal(blocks("0.0.0.0/0", "::/0", "10.1.0.0/16"));
        expect(from({ clients: { cidrs: ["203.0.113.0/24"] } })).to.deep.equal(blocks("203.0.113.0/24", "10.1.0.0/16"));
        const nodes = { cidrs: [...anywhere] };
        expect(from({ clients: nodes, nodes })).to.deep.equal(blocks(...anywhere));
    });

    it("allow an edge on both of its ends, by the pods' port", () => {
        const [client, server] = [peer("client"), peer("server")];
        const net = network(client, server);
        net.connect(client, endpoint(server, 8080));
        const port = [{ protocol: "TCP", port: 8080 }];
        expect(workloadPolicies(net, policies)).to.deep.equal([
            { pods: client, ingress: [], egress: [dns, { to: [selects("server")], ports: port }] },
            { pods: server, ingress: [{ from: [selects("client")], ports: port }], egress: [dns] },
        ]);
    });

    it("V-12: an edge that is noted twice gives one rule", () => {
        const [client, server] = [peer("client"), peer("server")];
        const net = network(client, server);
        net.connect(client, endpoint(server, 8080));
        net.connect(client, endpoint(server, 8080));
        expect(workloadPolicies(net, policies)[1]?.ingress).to.have.length(1);
    });

    it("leave a workload without edges closed but for DNS", () => {
        const alone = peer("alone");
        expect(workloadPolicies(network(alone), policies)).to.deep.equal([{ pods: alone, ingress: [], egress: [dns] }]);
    });

    it("let a scraper reach targets that were noted after it", () => {
        const [prometheus, target] = [peer("prometheus"), peer("target")];
        const net = network(prometheus, target);
        net.scrapeFrom(prometheus);
        net.scrape(endpoint(target, 9000));
        expect(workloadPolicies(net, policies)[0]?.egress).to.deep.equal([
            dns,
            { to: [selects("target")], ports: [{ protocol: "TCP", port: 9000 }] },
        ]);
    });

    it("reach a pod in the host's network by the nodes' addresses, and give it no policy", () => {
        const [prometheus, exporter] = [peer("prometheus"), peer("node-exporter", { hostNetwork: true })];
        const net = network(prometheus, exporter);
        net.connect(prometheus, endpoint(exporter, 9100));
        expect(workloadPolicies(net, policies)).to.deep.equal([
            {
                pods: prometheus,
                ingress: [],
                egress: [dns, { to: [{ ipBlock: { cidr: "10.1.0.0/16" } }], ports: [{ protocol: "TCP", port: 9100 }] }],
            },
        ]);
    });

    it("take the API server's address and port from the settings, for after DNAT", () => {
        const pods = peer("operator");
        const net = network(pods);
        net.egress(pods, "apiServer");
        expect(workloadPolicies(net, policies)[0]?.egress[1]).to.deep.equal({
            to: [{ ipBlock: { cidr: "10.0.0.1/32" } }],
            ports: [{ protocol: "TCP", port: 6443 }],
        });
    });

    it("let every workload ask a DNS cache on its node, where there is one", () => {
        const alone = peer("alone");
        const cached = { ...policies, dns: { ...policies.dns, cidrs: ["169.254.20.10/32"] } };
        expect(workloadPolicies(network(alone), cached)[0]?.egress).to.deep.equal([
            { ...dns, to: [...dns.to, { ipBlock: { cidr: "169.254.20.10/32" } }] },
        ]);
    });

    it("allow UDP where an endpoint speaks it", () => {
        const pods = peer("gossip");
        const net = network(pods);
        net.connect(pods, endpoint(pods, 9094, { protocol: "UDP" }));
        expect(workloadPolicies(net, policies)[0]?.ingress).to.deep.equal([
            { from: [selects("gossip")], ports: [{ protocol: "UDP", port: 9094 }] },
        ]);
    });

    const made = (enabled: boolean) =>
        deploy((opts) => {
            const platform = new Platform(
                "p",
                { stack: "test", cluster: settings.cluster, settings: settings.platform, hostAccess: false },
                opts,
            );
            platform.network.register(peer("alone"));
            return new NetworkPolicies(
                "np",
                { platform, settings: { ...policies, enabled } },
                { ...opts, parent: platform },
            );
        });

    it("deny by default in both directions", async () => {
        const { resources } = await made(true);
        const found = kubeObjects(resources).filter((o) => o.kind === "NetworkPolicy");
        expect(found.map((o) => [o.metadata.name, o.spec])).to.deep.equal([
            ["default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }],
            [
                "alone",
                {
                    podSelector: { matchLabels: { app: "alone" } },
                    policyTypes: ["Ingress", "Egress"],
                    ingress: [],
                    egress: [dns],
                },
            ],
        ]);
    });

    it("K-115: are off where the setting says so", async () => {
        const { resources } = await made(false);
        expect(kubeObjects(resources).filter((o) => o.kind === "NetworkPolicy")).to.deep.equal([]);
    });
});
