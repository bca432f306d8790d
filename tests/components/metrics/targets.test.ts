import { expect } from "chai";
import { Targets } from "../../../components/metrics";
import { operatedPods } from "../../../components/metrics/prometheus-names";
import { workloadPolicies } from "../../../components/platform/network-policies";
import type { PodPeer } from "../../../components/workload/endpoint";
import { anywhere } from "../../../config/schema";
import { kubeObject, kubeObjects } from "../../support/mocks";
import { deployOn, settingsOf, type TestInput } from "./fixture";

type TargetsInput = NonNullable<NonNullable<TestInput["metrics"]>["targets"]>;

const prometheus: PodPeer = { workload: "prometheus", namespace: "monitoring", labels: operatedPods };

async function scrape(targets: TargetsInput) {
    const settings = settingsOf({ metrics: { targets } });
    const { resources, made } = await deployOn(settings, ({ platform }, opts) => {
        platform.network.register(prometheus);
        return new Targets("targets", { platform, targets: settings.metrics.targets, prometheus }, opts);
    });
    return { resources, network: made.platform.network, networkPolicies: settings.networkPolicies };
}

describe("targets of the settings", () => {
    it("are a ServiceMonitor for Services of any namespace, kept with the stack", async () => {
        const { resources } = await scrape({
            shop: {
                kind: "service",
                namespace: "shop",
                labels: { app: "shop" },
                port: "metrics",
                path: "/internal/metrics",
                interval: "1m",
                timeout: "20s",
                honorLabels: true,
                relabelings: [{ kind: "keep", sourceLabels: ["__meta_kubernetes_pod_ready"], regex: "true" }],
                metricRelabelings: [{ kind: "drop", regex: "go_.*" }],
            },
        });
        const monitor = kubeObject(resources, "ServiceMonitor", "target-shop");
        expect(monitor.metadata.namespace).to.equal("monitoring");
        expect(monitor.spec).to.deep.equal({
            namespaceSelector: { matchNames: ["shop"] },
            selector: { matchLabels: { app: "shop" } },
            endpoints: [
                {
                    port: "metrics",
                    path: "/internal/metrics",
                    scheme: "http",
                    honorLabels: true,
                    interval: "1m",
                    scrapeTimeout: "20s",
                    metricRelabelings: [{ action: "drop", sourceLabels: ["__name__"], regex: "go_.*" }],
                    relabelings: [
                        { action: "replace", targetLabel: "job", replacement: "shop" },
                        { action: "keep", sourceLabels: ["__meta_kubernetes_pod_ready"], regex: "true" },
                    ],
                },
            ],
        });
    });

    it("are a PodMonitor for pods", async () => {
        const { resources } = await scrape({
            workers: { kind: "pods", namespace: "jobs", labels: { app: "worker" }, port: "http", job: "worker" },
        });
        expect(kubeObject(resources, "PodMonitor", "target-workers").spec).to.deep.equal({
            namespaceSelector: { matchNames: ["jobs"] },
            selector: { matchLabels: { app: "worker" } },
            podMetricsEndpoints: [
                {
                    port: "http",
                    path: "/metrics",
                    scheme: "http",
                    relabelings: [{ action: "replace", targetLabel: "job", replacement: "worker" }],
                },
            ],
        });
    });

    it("U-22: may name a port by its number, and be in any namespace", async () => {
        const { resources } = await scrape({
            flask: { kind: "pods", labels: { app: "flask" }, port: 5000 },
            api: { kind: "service", labels: { app: "api" }, port: 8080 },
        });
        const any = { any: true };
        const pods = kubeObject(resources, "PodMonitor", "target-flask").spec as { podMetricsEndpoints: object[] };
        expect(pods).to.deep.include({ namespaceSelector: any, selector: { matchLabels: { app: "flask" } } });
        expect(pods.podMetricsEndpoints[0]).to.include({ portNumber: 5000 }).and.not.have.property("port");
        const services = kubeObject(resources, "ServiceMonitor", "target-api").spec as { endpoints: object[] };
        expect(services).to.deep.include({ namespaceSelector: any });
        expect(services.endpoints[0]).to.include({ targetPort: 8080 }).and.not.have.property("port");
    });

    it("are a ScrapeConfig for addresses, each once", async () => {
        const { resources } = await scrape({
            database: {
                kind: "static",
                addresses: ["db1.example.com:9187", "db2.example.com:9187", "db1.example.com:9187"],
                labels: { team: "shop" },
                scheme: "https",
                interval: "1m",
            },
        });
        const object = kubeObject(resources, "ScrapeConfig", "target-database");
        expect(object.apiVersion).to.equal("monitoring.coreos.com/v1alpha1");
        expect(object.spec).to.deep.equal({
            jobName: "database",
            staticConfigs: [{ targets: ["db1.example.com:9187", "db2.example.com:9187"], labels: { team: "shop" } }],
            metricsPath: "/metrics",
            scheme: "HTTPS",
            scrapeInterval: "1m",
        });
    });

    describe("that somebody else knows", () => {
        const scraped = { metricsPath: "/metrics", scheme: "HTTP" };

        it("are a ScrapeConfig that looks them up in DNS", async () => {
            const { resources, network } = await scrape({
                vms: {
                    kind: "discovery",
                    from: { kind: "dns", names: ["a.example.com", "b.example.com"], type: "AAAA", port: 9100 },
                },
                services: {
                    kind: "discovery",
                    from: { kind: "srv", names: ["_metrics._tcp.example.com"], ports: [9200, 9201], refresh: "5m" },
                    job: "service",
                },
            });
            expect(kubeObject(resources, "ScrapeConfig", "target-vms").spec).to.deep.equal({
                jobName: "vms",
                dnsSDConfigs: [
                    { names: ["a.example.com", "b.example.com"], type: "AAAA", port: 9100, refreshInterval: "30s" },
                ],
                ...scraped,
            });
            expect(kubeObject(resources, "ScrapeConfig", "target-services").spec).to.deep.equal({
                jobName: "service",
                dnsSDConfigs: [{ names: ["_metrics._tcp.example.com"], type: "SRV", refreshInterval: "5m" }],
                ...scraped,
            });
            expect(network.edges()).to.deep.equal([
                { kind: "egress", from: prometheus, to: "targets", ports: [9100, 9200, 9201] },
            ]);
        });

        it("are a ScrapeConfig that asks a URL, with another login than that of the targets", async () => {
            const { resources, network } = await scrape({
                machines: {
                    kind: "discovery",
                    from: {
                        kind: "http",
                        url: "https://inventory.example.com/targets",
                        ports: [9100],
                        tls: { ca: { kind: "configMap", name: "kube-root-ca.crt" } },
                        login: { kind: "bearer", secretName: "inventory" },
                    },
                    login: { kind: "basic", secretName: "machines" },
                },
            });
            expect(kubeObject(resources, "ScrapeConfig", "target-machines").spec).to.deep.equal({
                jobName: "machines",
                httpSDConfigs: [
                    {
                        url: "https://inventory.example.com/targets",
                        refreshInterval: "1m",
                        tlsConfig: { ca: { configMap: { name: "kube-root-ca.crt", key: "ca.crt" } } },
                        authorization: { type: "Bearer", credentials: { name: "inventory", key: "token" } },
                    },
                ],
                ...scraped,
                basicAuth: {
                    username: { name: "machines", key: "username" },
                    password: { name: "machines", key: "password" },
                },
            });
            expect(network.edges()).to.deep.equal([
                { kind: "egress", from: prometheus, to: "targets", ports: [443, 9100] },
            ]);
        });
    });

    it("let Prometheus in by references alone, whatever their kind", async () => {
        const access = {
            scheme: "https",
            tls: {
                ca: { kind: "secret", name: "shop-ca", key: "tls.pem" },
                serverName: "shop.internal",
                clientSecretName: "prometheus-client",
            },
            login: { kind: "bearer", secretName: "shop", key: "read-token" },
        } as const;
        const { resources } = await scrape({
            shop: { kind: "service", namespace: "shop", labels: {}, port: "metrics", ...access },
            workers: { kind: "pods", namespace: "shop", labels: {}, port: "metrics", ...access },
            outside: { kind: "static", addresses: ["shop.example.com:443"], ...access },
            found: { kind: "discovery", from: { kind: "dns", names: ["shop.example.com"], port: 443 }, ...access },
        });
        const [service, pods, outside, found] = [
            kubeObject(resources, "ServiceMonitor", "target-shop").spec,
            kubeObject(resources, "PodMonitor", "target-workers").spec,
            kubeObject(resources, "ScrapeConfig", "target-outside").spec,
            kubeObject(resources, "ScrapeConfig", "target-found").spec,
        ] as [{ endpoints: object[] }, { podMetricsEndpoints: object[] }, object, object];
        const client = (key: string) => ({ name: "prometheus-client", key });
        for (const spec of [service.endpoints[0], pods.podMetricsEndpoints[0], outside, found]) {
            expect(spec).to.deep.include({
                tlsConfig: {
                    ca: { secret: { name: "shop-ca", key: "tls.pem" } },
                    serverName: "shop.internal",
                    cert: { secret: client("tls.crt") },
                    keySecret: client("tls.key"),
                },
                authorization: { type: "Bearer", credentials: { name: "shop", key: "read-token" } },
            });
        }
    });

    it("are a Probe for what a blackbox exporter calls", async () => {
        const { resources } = await scrape({
            site: {
                kind: "probe",
                prober: "blackbox.monitoring:9115",
                module: "http_2xx",
                targets: ["https://example.com"],
                timeout: "15s",
            },
        });
        expect(kubeObject(resources, "Probe", "target-site").spec).to.deep.equal({
            jobName: "site",
            prober: { url: "blackbox.monitoring:9115" },
            module: "http_2xx",
            targets: { staticConfig: { static: ["https://example.com"] } },
            scrapeTimeout: "15s",
        });
    });

    it("make one object each, and let Prometheus call the ports of addresses alone", async () => {
        const { resources, network, networkPolicies } = await scrape({
            one: { kind: "static", addresses: ["a.example.com:9187", "[2001:db8::1]:80"] },
            two: { kind: "probe", prober: "blackbox.example.com:9115", module: "icmp", targets: ["example.com"] },
            three: { kind: "pods", namespace: "jobs", labels: {}, port: "http" },
        });
        expect(kubeObjects(resources).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).to.have.members([
            "ScrapeConfig target-one",
            "Probe target-two",
            "PodMonitor target-three",
        ]);
        const egress = (cidrs: readonly string[]) =>
            workloadPolicies(network, { ...networkPolicies, targets: { cidrs: [...cidrs] } })[0]?.egress.slice(1);
        for (const cidrs of [anywhere, ["192.0.2.0/24"]]) {
            expect(egress(cidrs)).to.deep.equal([
                {
                    to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
                    ports: [80, 9115, 9187].map((port) => ({ protocol: "TCP", port })),
                },
            ]);
        }
    });

    it("open nothing where they are pods", async () => {
        const { network } = await scrape({ workers: { kind: "pods", namespace: "jobs", labels: {}, port: "http" } });
        expect(network.edges()).to.deep.equal([]);
    });
});
