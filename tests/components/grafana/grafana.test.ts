import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Grafana } from "../../../components/grafana";
import { workloadPolicies } from "../../../components/platform/network-policies";
import { anywhere, type AreaInput } from "../../../config/schema";
import { images } from "../../../config/versions";
import { dashboards } from "../../../dashboards";
import { CANARY, kubeObject, kubeObjects, leaks } from "../../support/mocks";
import { type ControllerSpec, deployOnPlatform, edgeLines, endpointOf, settingsWith } from "../../support/platform";

async function deployGrafana(
    grafana: NonNullable<AreaInput["grafana"]>,
    {
        protectData = true,
        takeBack = false,
        clients = anywhere,
    }: { protectData?: boolean; takeBack?: boolean; clients?: readonly string[] } = {},
) {
    const settings = settingsWith({ grafana, platform: { protectData, takeBack } });
    const secret = (content: Record<string, string>) => pulumi.secret<Record<string, string>>(content);
    const deployed = await deployOnPlatform(
        settings,
        (platform, opts) =>
            new Grafana(
                "grafana",
                {
                    platform,
                    settings: settings.grafana,
                    images,
                    secrets: {
                        admin: { name: "grafana-admin", content: secret({ username: "admin", password: CANARY }) },
                        secretKey: { name: "grafana-secret-key", content: secret({ "secret-key": CANARY }) },
                        metrics: { name: "grafana-metrics", content: secret({ username: "p", password: CANARY }) },
                    },
                    clients,
                    datasources: {
                        thanos: endpointOf("thanos-query", 10902),
                        loki: { ...endpointOf("loki-gateway", 80), podPort: 8080 },
                        alertmanager: endpointOf("alertmanager", 9093),
                    },
                    scrapeInterval: "30s",
                    dashboards: dashboards(settings),
                    jobs: { grafana: "grafana" },
                },
                opts,
            ),
    );
    const url = await new Promise<string>((resolve) => deployed.made.component.url.apply(resolve));
    return { ...deployed, url };
}

type Result = Awaited<ReturnType<typeof deployGrafana>>;
const deploymentOf = ({ resources }: Result) => kubeObject(resources, "Deployment", "grafana").spec as ControllerSpec;

const kup6s: NonNullable<AreaInput["grafana"]> = {
    host: "grafana.example.com",
    exposure: { kind: "ingress", className: "traefik" },
    state: { kind: "volume", volume: { size: "5Gi", storageClass: "longhorn" } },
    resources: { requests: { cpu: "50m", memory: "512Mi" } },
};

describe("Grafana", () => {
    let result: Result;
    before(async () => {
        result = await deployGrafana(kup6s);
    });

    it("makes exactly these", () => {
        expect(kubeObjects(result.resources).map((o) => `${o.kind} ${o.metadata.name}`)).to.have.members([
            "Namespace monitoring",
            "PriorityClass perch-test",
            "PersistentVolumeClaim grafana",
            "ServiceAccount grafana",
            "ConfigMap grafana-config",
            "ConfigMap grafana-datasources",
            "ConfigMap grafana-dashboard-providers",
            "ConfigMap grafana-dashboard-stack-health",
            "Deployment grafana",
            "Service grafana",
            "ServiceMonitor grafana",
            "Ingress grafana",
        ]);
    });

    it("K-85 K-123 K-136: is a Deployment of one that ends before its successor starts", () => {
        const { replicas, strategy, template } = deploymentOf(result);
        expect(replicas).to.equal(1);
        expect(strategy).to.deep.equal({ type: "Recreate" });
        expect(template.spec.containers[0]?.resources.requests).to.deep.equal({ cpu: "50m", memory: "512Mi" });
    });

    it("D-12: takes its volume back where told to, with what the cluster has filled in of the claim", async () => {
        const claim = "kubernetes:core/v1:PersistentVolumeClaim grafana";
        const back = await deployGrafana(kup6s, { takeBack: true });
        const filledIn = ["spec.volumeName", "spec.volumeMode"];
        expect(back.options.get(claim)).to.deep.include({ import: "monitoring/grafana", ignoreChanges: filledIn });
        // Once they are among the inputs, they stay there.
        expect(result.options.get(claim)).to.deep.include({ import: undefined, ignoreChanges: filledIn });
        const ofDefaultClass = await deployGrafana({ ...kup6s, state: { kind: "volume" } });
        expect(ofDefaultClass.options.get(claim)?.ignoreChanges).to.include("spec.storageClassName");
    });

    it("K-89 K-99: keeps its state on 5Gi of Longhorn, protected", () => {
        expect(kubeObject(result.resources, "PersistentVolumeClaim", "grafana").spec).to.deep.equal({
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "5Gi" } },
            storageClassName: "longhorn",
        });
        expect(result.options.get("kubernetes:core/v1:PersistentVolumeClaim grafana")).to.deep.include({
            protect: true,
            retainOnDelete: true,
        });
        expect(result.made.platform.capacity.totals().volumeGi).to.equal(5);
        const mounts = deploymentOf(result).template.spec.containers[0]?.volumeMounts;
        expect(mounts).to.deep.include({ name: "state", mountPath: "/var/lib/grafana" });
    });

    it("K-90 K-106: takes its administrator from a Secret, by file, and leaks nothing", () => {
        const { volumes } = deploymentOf(result).template.spec;
        expect(volumes.flatMap((v) => ("secret" in v ? [v.secret] : []))).to.deep.equal([
            {
                secretName: "grafana-admin",
                defaultMode: 0o440,
                items: [
                    { key: "username", path: "username" },
                    { key: "password", path: "password" },
                ],
            },
            {
                secretName: "grafana-secret-key",
                defaultMode: 0o440,
                items: [{ key: "secret-key", path: "secret-key" }],
            },
            {
                secretName: "grafana-metrics",
                defaultMode: 0o440,
                items: [
                    { key: "username", path: "username" },
                    { key: "password", path: "password" },
                ],
            },
        ]);
        expect(result.resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
        const configMaps = kubeObjects(result.resources).filter((o) => o.kind === "ConfigMap");
        expect(JSON.stringify(configMaps)).not.to.contain(CANARY);
    });

    it("K-108: is reached by Traefik with a certificate of Let's Encrypt", () => {
        const ingress = kubeObject(result.resources, "Ingress", "grafana");
        expect(ingress.metadata.annotations).to.deep.equal({ "cert-manager.io/cluster-issuer": "letsencrypt" });
        expect(ingress.spec).to.deep.equal({
            ingressClassName: "traefik",
            tls: [{ hosts: ["grafana.example.com"], secretName: "grafana-tls" }],
            rules: [
                {
                    host: "grafana.example.com",
                    http: {
                        paths: [
                            {
                                path: "/",
                                pathType: "Prefix",
                                backend: { service: { name: "grafana", port: { name: "http" } } },
                            },
                        ],
                    },
                },
            ],
        });
        expect(result.url).to.equal("https://grafana.example.com");
    });

    it("K-110: asks for no sidecar of a service mesh", () => {
        expect(JSON.stringify(deploymentOf(result).template.metadata)).not.to.match(/inject|istio|linkerd/);
        expect(deploymentOf(result).template.spec.containers).to.have.length(1);
    });

    it("K-86 K-87: is a client of each data source, and the ingress controller of it", () => {
        expect(edgeLines(result.made.platform)).to.have.members([
            "grafana -> thanos-query:10902",
            "grafana -> loki-gateway:8080",
            "grafana -> alertmanager:9093",
            "ingressController -> grafana:3000",
            "ingressController -> acme-http01-solver:8089",
        ]);
    });

    it("lets an ACME issuer's challenge through where cert-manager makes the certificate, and only there", async () => {
        const policy = async (tls: { kind: "certManager" } | { kind: "none" }) => {
            const { made } = await deployGrafana({ host: "grafana.example.com", exposure: { kind: "ingress", tls } });
            return workloadPolicies(made.platform.network, settingsWith({}).networkPolicies).find(
                ({ pods }) => pods.workload === "acme-http01-solver",
            );
        };
        const { pods, ingress } = (await policy({ kind: "certManager" }))!;
        expect(pods.labels).to.deep.equal({ "acme.cert-manager.io/http01-solver": "true" });
        expect(ingress).to.deep.equal([
            {
                from: [{ namespaceSelector: {}, podSelector: { matchLabels: {} } }],
                ports: [{ protocol: "TCP", port: 8089 }],
            },
        ]);
        expect(await policy({ kind: "none" })).to.equal(undefined);
    });

    it("K-154: is healthy by /api/health", () => {
        const [container] = deploymentOf(result).template.spec.containers;
        for (const probe of [container?.readinessProbe, container?.livenessProbe, container?.startupProbe]) {
            expect(probe?.httpGet.path).to.equal("/api/health");
        }
    });

    it("K-159: is scraped, with a password: users reach the same port", () => {
        const { endpoints } = kubeObject(result.resources, "ServiceMonitor", "grafana").spec as { endpoints: object[] };
        expect(endpoints).to.deep.equal([
            {
                port: "http",
                path: "/metrics",
                basicAuth: {
                    username: { name: "grafana-metrics", key: "username" },
                    password: { name: "grafana-metrics", key: "password" },
                },
                relabelings: [{ action: "replace", targetLabel: "job", replacement: "grafana" }],
            },
        ]);
    });

    it("finds each dashboard below its provider's folder", () => {
        const provider = (kubeObject(result.resources, "ConfigMap", "grafana-dashboard-providers").data as object)[
            "perch.yaml" as never
        ] as string;
        expect(provider).to.contain("path: /etc/grafana/dashboards/perch\n");
        const mounts = deploymentOf(result).template.spec.containers[0]?.volumeMounts.map((m) => m.mountPath);
        expect(mounts).to.include("/etc/grafana/dashboards/perch/stack-health");
    });

    it("writes only to folders that are its own", () => {
        const mounts = deploymentOf(result).template.spec.containers[0]?.volumeMounts ?? [];
        expect(mounts.filter((m) => m.readOnly !== true).map((m) => m.mountPath)).to.have.members([
            "/tmp",
            "/var/log/grafana",
            "/var/lib/grafana-search",
            "/var/lib/grafana",
        ]);
    });
});

describe("Grafana's other settings", () => {
    it("has no volume and rolls without a gap when its state is ephemeral", async () => {
        const result = await deployGrafana({ exposure: { kind: "none" }, state: { kind: "ephemeral" } });
        expect(kubeObjects(result.resources).map((o) => o.kind)).not.to.include.any.members([
            "PersistentVolumeClaim",
            "Ingress",
        ]);
        expect(deploymentOf(result).strategy).to.deep.include({ type: "RollingUpdate" });
        expect(result.url).to.equal("http://grafana.monitoring.svc:80");
        expect(edgeLines(result.made.platform).filter((line) => line.endsWith("grafana:3000"))).to.deep.equal([]);
    });

    it("U-38 U-45: is reached by a port of every node", async () => {
        const result = await deployGrafana(
            { host: "203.0.113.7", exposure: { kind: "nodePort", port: 30030 } },
            { protectData: false },
        );
        expect(kubeObject(result.resources, "Service", "grafana").spec).to.deep.include({ type: "NodePort" });
        expect(JSON.stringify(kubeObject(result.resources, "Service", "grafana").spec)).to.contain('"nodePort":30030');
        expect(edgeLines(result.made.platform)).to.include("clients -> grafana:3000");
        expect(result.url).to.equal("http://203.0.113.7:30030");
        expect(result.options.get("kubernetes:core/v1:PersistentVolumeClaim grafana")).to.deep.include({
            protect: false,
            retainOnDelete: false,
        });
    });

    it("is reached by a load balancer under a Service name of its own", async () => {
        const result = await deployGrafana({ exposure: { kind: "loadBalancer" }, serviceName: "perch-grafana" });
        const { spec } = kubeObject(result.resources, "Service", "perch-grafana");
        expect(spec).to.deep.include({ type: "LoadBalancer" }).and.not.have.property("loadBalancerSourceRanges");
        expect(edgeLines(result.made.platform)).to.include("clients -> grafana:3000");
        expect(result.url).to.equal("http://perch-grafana.monitoring.svc:80");
    });

    it("S-72, S-73: is reached by an ingress and by a load balancer, at the port asked for", async () => {
        const exposure = { kind: "ingress" as const, loadBalancer: true, tls: { kind: "none" as const } };
        const result = await deployGrafana(
            { host: "grafana.localhost", exposure, servicePort: 3000, serviceName: "grafana-service" },
            { clients: ["203.0.113.0/24"] },
        );
        expect(kubeObject(result.resources, "Service", "grafana-service").spec).to.deep.include({
            type: "LoadBalancer",
            loadBalancerSourceRanges: ["203.0.113.0/24"],
            ports: [{ name: "http", port: 3000, targetPort: "http", protocol: "TCP" }],
        });
        expect(JSON.stringify(kubeObject(result.resources, "Ingress", "grafana").spec)).to.include(
            '"service":{"name":"grafana-service","port":{"name":"http"}}',
        );
        expect(edgeLines(result.made.platform)).to.include.members([
            "clients -> grafana:3000",
            "ingressController -> grafana:3000",
        ]);
        expect(result.url).to.equal("http://grafana.localhost");
    });

    it("names a load balancer's port in its URL, where that isn't 80", async () => {
        const host = "grafana.example.com";
        const result = await deployGrafana({ host, exposure: { kind: "loadBalancer" }, servicePort: 3000 });
        expect(result.url).to.equal("http://grafana.example.com:3000");
    });

    it("lets only the named ranges through a load balancer", async () => {
        const result = await deployGrafana({ exposure: { kind: "loadBalancer" } }, { clients: ["203.0.113.0/24"] });
        expect(kubeObject(result.resources, "Service", "grafana").spec).to.deep.include({
            loadBalancerSourceRanges: ["203.0.113.0/24"],
        });
    });

    for (const [what, grafana, message] of [
        ["K-109: an ingress without a host name", { exposure: { kind: "ingress" } }, "an ingress needs a host name"],
        ["more than one replica", { exposure: { kind: "none" }, replicas: 2 }, "set replicas to 1"],
        [
            "a default data source that is off",
            { exposure: { kind: "none" }, defaultDatasource: "prometheus" },
            "there are: thanos, loki",
        ],
    ] as [string, NonNullable<AreaInput["grafana"]>, string][]) {
        it(`refuses ${what}`, async () => {
            const error = await deployGrafana(grafana).then(
                () => undefined,
                (reason: unknown) => reason as Error,
            );
            expect(error?.message).to.contain(message);
        });
    }
});
