import { expect } from "chai";
import { Prometheus } from "../../../components/metrics/prometheus";
import { PrometheusOperator } from "../../../components/metrics/prometheus-operator";
import type { PrometheusSpec } from "../../../components/metrics/prometheus-spec";
import { workloadPolicies } from "../../../components/platform/network-policies";
import type { SecretRef } from "../../../components/secrets";
import { anywhere } from "../../../config/schema";
import { caCertificate } from "../../support/certificates";
import { type KubeObject, kubeObject, kubeObjects } from "../../support/mocks";
import { deployOn, settingsOf, type TestInput } from "./fixture";

type RemoteWrite = NonNullable<NonNullable<TestInput["metrics"]>["remoteWrite"]>;

const url = "https://metrics.example.com/api/v1/write";

async function write(remoteWrite: RemoteWrite, remoteWriteSecrets: Record<string, SecretRef> = {}) {
    const settings = settingsOf({ metrics: { remoteWrite } });
    const deployed = await deployOn(settings, (parts, opts) => {
        const operator = new PrometheusOperator("operator", { ...parts, settings: settings.metrics }, opts);
        return new Prometheus(
            "prometheus",
            { ...parts, settings: settings.metrics, operator, remoteWriteSecrets },
            opts,
        );
    });
    const spec = kubeObject(deployed.resources, "Prometheus", "perch").spec as PrometheusSpec;
    const { network } = deployed.made.platform;
    return { ...deployed, spec, network, networkPolicies: settings.networkPolicies };
}

const queueConfig = {
    capacity: 10_000,
    maxSamplesPerSend: 2000,
    minShards: 1,
    maxShards: 50,
    batchSendDeadline: "5s",
    minBackoff: "30ms",
    maxBackoff: "5s",
    retryOnRateLimit: true,
};

describe("remote write of Prometheus", () => {
    it("isn't there without settings, and nothing leaves the cluster then", async () => {
        const { spec, network } = await write({});
        expect(spec).to.not.have.property("remoteWrite");
        expect(network.edges().map((edge) => edge.to)).to.not.include("remoteWrite");
    });

    it("sends everything to a server that asks for nothing", async () => {
        const { spec, resources } = await write({ central: { url } });
        expect(spec.remoteWrite).to.deep.equal([{ name: "central", url, remoteTimeout: "30s", queueConfig }]);
        expect(kubeObjects(resources).filter(({ kind }) => kind === "ConfigMap")).to.deep.equal([]);
    });

    it("keeps, drops and renames as the operator takes it", async () => {
        const { spec } = await write({
            billing: {
                url,
                relabelings: [
                    { kind: "keep", regex: "billing_.*" },
                    { kind: "drop", sourceLabels: ["namespace", "pod"], regex: "test;.*" },
                    { kind: "labelDrop", regex: "uid" },
                    { kind: "labelKeep", regex: "customer|__name__" },
                    { kind: "replace", targetLabel: "source", replacement: "perch" },
                ],
            },
        });
        expect(spec.remoteWrite?.[0]?.writeRelabelConfigs).to.deep.equal([
            { action: "keep", sourceLabels: ["__name__"], regex: "billing_.*" },
            { action: "drop", sourceLabels: ["namespace", "pod"], regex: "test;.*" },
            { action: "labeldrop", regex: "uid" },
            { action: "labelkeep", regex: "customer|__name__" },
            {
                action: "replace",
                sourceLabels: ["__name__"],
                regex: "(.*)",
                targetLabel: "source",
                replacement: "perch",
            },
        ]);
    });

    it("logs in by reference to its Secret, each server by its own", async () => {
        const { spec } = await write(
            { one: { url, login: { kind: "basic", username: "me" } }, two: { url, login: { kind: "bearer" } } },
            { one: { name: "remote-write-one" }, two: { name: "given" } },
        );
        expect(spec.remoteWrite?.[0]).to.deep.include({
            basicAuth: {
                username: { name: "remote-write-one", key: "username" },
                password: { name: "remote-write-one", key: "password" },
            },
        });
        expect(spec.remoteWrite?.[1]).to.deep.include({
            authorization: { type: "Bearer", credentials: { name: "given", key: "token" } },
        });
        expect(spec.remoteWrite?.map((each) => Object.keys(each).includes("tlsConfig"))).to.deep.equal([false, false]);
    });

    it("trusts the server's CA and shows its own certificate, from a ConfigMap, the key from a Secret", async () => {
        const { spec, resources } = await write(
            { one: { url, caCertificate, clientCertificate: caCertificate } },
            { one: { name: "remote-write-one" } },
        );
        const name = "remote-write-one";
        expect(spec.remoteWrite?.[0]?.tlsConfig).to.deep.equal({
            ca: { configMap: { name, key: "ca.crt" } },
            cert: { configMap: { name, key: "client.crt" } },
            keySecret: { name, key: "client-key" },
        });
        const { data } = kubeObject(resources, "ConfigMap", name) as KubeObject & { data: object };
        expect(data).to.deep.equal({ "ca.crt": caCertificate, "client.crt": caCertificate });
    });

    it("has its queue as it is asked for, and sends exemplars and native histograms where told to", async () => {
        const { spec } = await write({
            central: {
                url,
                timeout: "10s",
                exemplars: true,
                nativeHistograms: true,
                queue: { capacity: 5000, samplesPerSend: 1000, batchDeadline: "2s", sampleAgeLimit: "1h" },
            },
        });
        expect(spec.remoteWrite).to.deep.equal([
            {
                name: "central",
                url,
                remoteTimeout: "10s",
                sendExemplars: true,
                sendNativeHistograms: true,
                queueConfig: {
                    ...queueConfig,
                    capacity: 5000,
                    maxSamplesPerSend: 1000,
                    batchSendDeadline: "2s",
                    sampleAgeLimit: "1h",
                },
            },
        ]);
    });

    it("may call the ports of its servers, each once, at the addresses of the settings", async () => {
        const { network, networkPolicies } = await write({
            one: { url },
            two: { url: "https://other.example.com/write" },
            three: { url: "http://victoria.billing.svc:8428/api/v1/write" },
        });
        const policies = (cidrs: string[]) =>
            workloadPolicies(network, { ...networkPolicies, remoteWrite: { cidrs } }).find(
                ({ pods }) => pods.workload === "prometheus",
            )?.egress;
        const rule = (cidrs: readonly string[]) => ({
            to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
            ports: [443, 8428].map((port) => ({ protocol: "TCP", port })),
        });
        expect(policies(networkPolicies.remoteWrite.cidrs)).to.deep.include(rule(anywhere));
        expect(policies(["192.0.2.0/24"])).to.deep.include(rule(["192.0.2.0/24"]));
    });

    it("says which Secret is missing", async () => {
        let message = "";
        try {
            await write({ one: { url, login: { kind: "bearer" } } });
        } catch (error) {
            message = (error as Error).message;
        }
        expect(message).to.include("remote write one has no Secret: set secrets.remoteWrite.one");
    });
});
