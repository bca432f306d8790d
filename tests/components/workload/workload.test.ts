import { expect } from "chai";
import { Platform } from "../../../components/platform/platform";
import { Workload } from "../../../components/workload/workload";
import { settingsSchema } from "../../../config/schema";
import { deploy, kubeObject, kubeObjects } from "../../support/mocks";

const settings = settingsSchema.parse({ cluster: { name: "test" } });

async function deployWorkload(replicas: number) {
    return deploy((opts) => {
        const platform = new Platform(
            "p",
            { stack: "test", cluster: settings.cluster, settings: settings.platform, hostAccess: false },
            opts,
        );
        const workload = new Workload(
            "w",
            {
                platform,
                app: "web",
                version: "1.0.0",
                objectName: "web",
                controller: { kind: "Deployment", replicas },
                user: 10001,
                containers: [
                    {
                        name: "web",
                        image: "example.com/web:1.0.0",
                        ports: { http: { port: 8080, servicePort: 80 } },
                        probes: {
                            readiness: { path: "/ready", port: "http" },
                            liveness: { path: "/live", port: "http" },
                        },
                        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: {} },
                    },
                ],
                config: [{ name: "web-config", mountPath: "/etc/web", files: { "web.yaml": "a: 1" } }],
                scrapes: [{ job: "web", port: "http" }],
            },
            { ...opts, parent: platform },
        );
        return { platform, workload };
    });
}

describe("Workload", () => {
    it("makes exactly what a Deployment of two needs", async () => {
        const { resources } = await deployWorkload(2);
        expect(kubeObjects(resources).map((o) => `${o.kind} ${o.metadata.name}`)).to.have.members([
            "Namespace monitoring",
            "PriorityClass perch-test",
            "ServiceAccount web",
            "ConfigMap web-config",
            "Deployment web",
            "Service web",
            "PodDisruptionBudget web",
            "ServiceMonitor web",
        ]);
    });

    it("gives no disruption budget to a single replica, which a drain could never evict", async () => {
        const { resources } = await deployWorkload(1);
        expect(kubeObjects(resources).filter((o) => o.kind === "PodDisruptionBudget")).to.deep.equal([]);
    });

    it("offers its port as an endpoint that names Service, port and pods", async () => {
        const { made } = await deployWorkload(1);
        expect(made.workload.endpoint("http")).to.deep.include({
            service: "web",
            namespace: "monitoring",
            port: 80,
            podPort: 8080,
        });
    });

    it("is scraped: the edge to it appears once there is a scraper", async () => {
        const { made } = await deployWorkload(1);
        const prometheus = { workload: "prometheus", namespace: "monitoring", labels: { a: "b" } };
        made.platform.network.scrapeFrom(prometheus);
        expect(made.platform.network.edges()).to.deep.equal([
            { kind: "internal", from: prometheus, to: made.workload.endpoint("http") },
        ]);
    });

    it("mounts no API token without rules", async () => {
        const { resources } = await deployWorkload(1);
        const deployment = kubeObject(resources, "Deployment", "web") as unknown as {
            spec: { template: { spec: object } };
        };
        expect(deployment.spec.template.spec).to.deep.include({ automountServiceAccountToken: false });
    });
});
