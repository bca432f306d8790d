import { expect } from "chai";
import { Prometheus } from "../../../components/metrics/prometheus";
import { PrometheusOperator } from "../../../components/metrics/prometheus-operator";
import type { PrometheusSpec } from "../../../components/metrics/prometheus-spec";
import { VictoriaMetrics } from "../../../components/metrics/victoria-metrics";
import { workloadPolicies } from "../../../components/platform/network-policies";
import { kubeObject } from "../../support/mocks";
import { containerOf, deployOn, names, once, settingsOf, type TestInput } from "./fixture";

type Metrics = NonNullable<TestInput["metrics"]>;

async function deployVictoriaMetrics(metrics: Metrics = {}) {
    const settings = settingsOf({ metrics });
    const { victoriaMetrics, ...prometheus } = settings.metrics;
    const adminKey = { name: "victoria-metrics" };
    const deployed = await deployOn(
        settings,
        (parts, opts) => new VictoriaMetrics("vm", { ...parts, settings: victoriaMetrics, prometheus, adminKey }, opts),
    );
    const object = kubeObject(deployed.resources, "StatefulSet", "victoria-metrics");
    return { ...deployed, object, container: containerOf(object, "victoria-metrics") };
}

const standard = once(() => deployVictoriaMetrics());

describe("VictoriaMetrics", () => {
    it("A-11: makes exactly these", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            "ServiceAccount victoria-metrics",
            "StatefulSet victoria-metrics",
            "Service victoria-metrics",
            "Service victoria-metrics-headless",
            "ServiceMonitor victoria-metrics",
        ]);
    });

    it("A-11, A-28: is one pod with a volume of its own", async () => {
        const { object } = await deployVictoriaMetrics({ victoriaMetrics: { volume: { size: "7Gi" } } });
        const { replicas, volumeClaimTemplates } = object.spec as {
            replicas: number;
            volumeClaimTemplates: { spec: { resources: object } }[];
        };
        expect(replicas).to.equal(1);
        expect(volumeClaimTemplates.map(({ spec }) => spec.resources)).to.deep.equal([
            { requests: { storage: "7Gi" } },
        ]);
    });

    it("keeps samples as long as the settings say, in hours, and one of those that two Prometheus send", async () => {
        const { container } = await standard();
        expect(container.args).to.include.members([
            "-storageDataPath=/storage",
            "-httpListenAddr=:8428",
            "-retentionPeriod=9600h",
            "-dedup.minScrapeInterval=30s",
        ]);
        const other = await deployVictoriaMetrics({ replicas: 1, victoriaMetrics: { retention: "2y" } });
        expect(other.container.args).to.include("-retentionPeriod=17520h");
        expect(other.container.args.filter((arg) => arg.startsWith("-dedup"))).to.deep.equal([]);
    });

    it("asks whoever deletes series for a key that is in a file", async () => {
        const { container, object } = await standard();
        for (const flag of ["deleteAuthKey", "snapshotAuthKey", "forceMergeAuthKey"]) {
            expect(container.args).to.include(`-${flag}=file:///etc/victoria-metrics/keys/admin-key`);
        }
        const { volumes } = (object.spec as { template: { spec: { volumes: object[] } } }).template.spec;
        expect(volumes).to.deep.equal([
            {
                name: "secret-0",
                secret: {
                    secretName: "victoria-metrics",
                    defaultMode: 0o440,
                    items: [{ key: "admin-key", path: "admin-key" }],
                },
            },
        ]);
    });
});

describe("Prometheus beside VictoriaMetrics", () => {
    async function write(metrics: Metrics) {
        const settings = settingsOf({ metrics });
        const { resources, made } = await deployOn(settings, (parts, opts) => {
            const { victoriaMetrics, ...prometheus } = settings.metrics;
            const adminKey = { name: "victoria-metrics" };
            const args = { ...parts, settings: victoriaMetrics, prometheus, adminKey };
            const server = new VictoriaMetrics("vm", args, opts);
            const operator = new PrometheusOperator("operator", { ...parts, settings: settings.metrics }, opts);
            return new Prometheus(
                "prometheus",
                { ...parts, settings: settings.metrics, operator, victoriaMetrics: server.endpoint },
                opts,
            );
        });
        const { remoteWrite = [] } = kubeObject(resources, "Prometheus", "perch").spec as PrometheusSpec;
        return { remoteWrite, policies: workloadPolicies(made.platform.network, settings.networkPolicies) };
    }

    it("A-10: writes it the series that it keeps, and no other, by its Service", async () => {
        const { remoteWrite } = await write({ victoriaMetrics: { series: "billing_.*|invoice_total" } });
        expect(remoteWrite.map(({ name, url }) => [name, url])).to.deep.equal([
            ["victoria-metrics", "http://victoria-metrics.monitoring.svc:8428/api/v1/write"],
        ]);
        expect(remoteWrite[0]?.writeRelabelConfigs).to.deep.equal([
            { action: "keep", sourceLabels: ["__name__"], regex: "billing_.*|invoice_total" },
            { action: "labeldrop", regex: "prometheus_replica" },
        ]);
        expect(remoteWrite[0]).to.not.have.any.keys("basicAuth", "authorization", "tlsConfig");
    });

    it("A-10: writes it beside the servers of the settings", async () => {
        const { remoteWrite } = await write({ remoteWrite: { central: { url: "https://metrics.example.com/write" } } });
        expect(remoteWrite.map(({ name }) => name)).to.deep.equal(["central", "victoria-metrics"]);
    });

    it("is let in there, with nobody beside it, and goes nowhere else for it", async () => {
        const { policies } = await write({});
        const policy = (workload: string) => policies.find(({ pods }) => pods.workload === workload);
        const ports = [{ protocol: "TCP", port: 8428 }];
        const { ingress = [], egress = [] } = policy("victoria-metrics") ?? {};
        expect(ingress.map((rule) => rule)).to.have.length(1);
        expect(ingress[0]).to.deep.include({ ports });
        // DNS alone.
        expect(egress).to.have.length(1);
        const towards = (policy("prometheus")?.egress ?? []).filter((rule) =>
            JSON.stringify(rule).includes('"port":8428'),
        );
        expect(towards).to.have.length(1);
        expect(JSON.stringify(towards))
            .to.include('"app.kubernetes.io/name":"victoria-metrics"')
            .and.not.include("cidr");
    });
});
