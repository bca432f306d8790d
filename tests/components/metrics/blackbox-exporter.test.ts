import { expect } from "chai";
import { parse } from "yaml";
import { renderBlackboxConfig } from "../../../components/metrics/blackbox-config";
import { BlackboxExporter } from "../../../components/metrics/blackbox-exporter";
import { operatedPods } from "../../../components/metrics/prometheus-names";
import { Targets } from "../../../components/metrics/targets";
import { workloadPolicies } from "../../../components/platform/network-policies";
import type { PodPeer } from "../../../components/workload/endpoint";
import { kubeObject } from "../../support/mocks";
import { containerOf, deployOn, names, settingsOf, type TestInput } from "./fixture";

type Metrics = NonNullable<TestInput["metrics"]>;

const prometheus: PodPeer = { workload: "prometheus", namespace: "monitoring", labels: operatedPods };

async function probing({ targets = {}, ...blackbox }: NonNullable<Metrics["blackbox"]> & Pick<Metrics, "targets">) {
    const settings = settingsOf({ metrics: { blackbox: { enabled: true, ...blackbox }, targets } });
    const { resources, made } = await deployOn(settings, (parts, opts) => {
        const { platform } = parts;
        const all = { platform, targets: settings.metrics.targets };
        platform.network.register(prometheus);
        platform.network.scrapeFrom(prometheus);
        const exporter = new BlackboxExporter("b", { ...parts, ...all, settings: settings.metrics.blackbox }, opts);
        return new Targets("targets", { ...all, prometheus, blackbox: exporter.endpoint }, opts);
    });
    const policies = workloadPolicies(made.platform.network, settings.networkPolicies);
    const policy = (workload: string) => policies.find(({ pods }) => pods.workload === workload);
    return { resources, policy };
}

const anywhere = [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }];

describe("The blackbox exporter", () => {
    it("makes exactly these, and has no permission", async () => {
        const { resources } = await probing({ replicas: 2 });
        expect(names(resources)).to.have.members([
            "ServiceAccount blackbox-exporter",
            "ConfigMap blackbox-exporter",
            "Deployment blackbox-exporter",
            "PodDisruptionBudget blackbox-exporter",
            "Service blackbox-exporter",
            "ServiceMonitor blackbox-exporter",
        ]);
        const { args } = containerOf(kubeObject(resources, "Deployment", "blackbox-exporter"), "blackbox-exporter");
        expect(args).to.include("--config.file=/etc/blackbox_exporter/config.yml");
    });

    it("does the probes that name no prober, and no other", async () => {
        const { resources } = await probing({
            targets: {
                site: { kind: "probe", module: "http_2xx", targets: ["https://example.com"] },
                old: { kind: "probe", prober: "other.web.svc:9115", module: "icmp", targets: ["example.com"] },
            },
        });
        const prober = (target: string) =>
            (kubeObject(resources, "Probe", `target-${target}`).spec as { prober: object }).prober;
        expect(prober("site")).to.deep.equal({ url: "blackbox-exporter.monitoring.svc:9115" });
        expect(prober("old")).to.deep.equal({ url: "other.web.svc:9115" });
    });

    it("may call just what its targets name: their ports outside, and pods of the namespaces of Services", async () => {
        const { policy } = await probing({
            modules: { resolver: { kind: "dns", name: "example.com" } },
            targets: {
                site: { kind: "probe", module: "http_2xx", targets: ["https://example.com:8443/health"] },
                plain: { kind: "probe", module: "http_2xx", targets: ["http://example.org"] },
                db: { kind: "probe", module: "tcp_connect", targets: ["db.example.com:5432", "[2001:db8::1]:22"] },
                dns: { kind: "probe", module: "resolver", targets: ["192.0.2.53"] },
                shop: {
                    kind: "probe",
                    module: "http_2xx",
                    targets: ["http://shop.web.svc/", "http://cart.web.svc.cluster.local:8080/"],
                },
                old: { kind: "probe", prober: "other:9116", module: "tcp_connect", targets: ["other.example.com:99"] },
            },
        });
        const [dns, ...others] = policy("blackbox-exporter")?.egress ?? [];
        expect(JSON.stringify(dns)).to.include("kube-dns");
        expect(others).to.deep.equal([
            // 443 is where a plain page redirects to.
            { to: anywhere, ports: [22, 80, 443, 5432, 8443].map((port) => ({ protocol: "TCP", port })) },
            { to: anywhere, ports: [{ protocol: "UDP", port: 53 }] },
            {
                to: [
                    {
                        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "web" } },
                        podSelector: { matchLabels: {} },
                    },
                ],
            },
        ]);
    });

    it("may call nobody without targets", async () => {
        const { policy } = await probing({});
        expect(policy("blackbox-exporter")?.egress).to.have.length(1);
    });

    it("lets Prometheus in", async () => {
        const { policy } = await probing({
            targets: { site: { kind: "probe", module: "http_2xx", targets: ["https://example.com"] } },
        });
        expect(policy("blackbox-exporter")?.ingress).to.deep.include({
            from: [
                {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
                    podSelector: { matchLabels: { ...operatedPods } },
                },
            ],
            ports: [{ protocol: "TCP", port: 9115 }],
        });
    });
});

describe("The configuration of the blackbox exporter", () => {
    const modulesOf = (modules: NonNullable<Metrics["blackbox"]>["modules"] = {}) =>
        (
            parse(renderBlackboxConfig(settingsOf({ metrics: { blackbox: { modules } } }).metrics.blackbox)) as {
                modules: Record<string, object>;
            }
        ).modules;

    it("has the usual modules", () => {
        const usual = ["http_2xx", "http_post_2xx", "http_2xx_tls", "tcp_connect", "tls_connect", "grpc"];
        expect(Object.keys(modulesOf())).to.deep.equal(usual);
        expect(modulesOf().http_2xx_tls).to.deep.equal({
            prober: "http",
            http: {
                preferred_ip_protocol: "ip4",
                ip_protocol_fallback: true,
                method: "GET",
                follow_redirects: true,
                fail_if_not_ssl: true,
            },
        });
    });

    it("has those of the settings, also in the place of a usual one", () => {
        const { http_2xx: page, smtp } = modulesOf({
            http_2xx: { kind: "http", timeout: "3s", statusCodes: [200, 401], bodyMatches: ["ok"], ipProtocol: "ip6" },
            smtp: {
                kind: "tcp",
                verifyCertificate: false,
                dialogue: [{ expect: "^220 " }, { send: "STARTTLS" }, { expect: "^220", startTls: true }],
            },
        });
        expect(page).to.deep.equal({
            timeout: "3s",
            prober: "http",
            http: {
                preferred_ip_protocol: "ip6",
                ip_protocol_fallback: true,
                method: "GET",
                valid_status_codes: [200, 401],
                follow_redirects: true,
                fail_if_body_not_matches_regexp: ["ok"],
            },
        });
        expect(smtp).to.deep.include({
            tcp: {
                preferred_ip_protocol: "ip4",
                ip_protocol_fallback: true,
                tls: false,
                tls_config: { insecure_skip_verify: true },
                query_response: [{ expect: "^220 " }, { send: "STARTTLS" }, { expect: "^220", starttls: true }],
            },
        });
    });
});
