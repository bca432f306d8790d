import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { loadSettings, type Settings } from "../../config/load";
import { profileNames } from "../../config/profiles";
import { stackConfig } from "../../config/source";
import { answered, settingsOf, stackFile } from "../support/config";
import { neededSecrets, profileSettings, required, settingsFrom, sourceOf } from "./settings";

describe("loadSettings", () => {
    it("K-10: takes three answers as enough for a production-shaped stack: cluster, host of Grafana, dead man's switch", () => {
        const settings = loadSettings(sourceOf(answered(required)), "prod");
        expect(settings).to.deep.include({ profile: "standard", stack: "prod", absent: [], secretValues: {} });
        expect(settings.cluster.name).to.equal("test");
        expect(settings.metrics.replicas).to.equal(2);
        expect(settings.longTerm.kind).to.equal("thanos");
        expect(settings.objectStorage.kind).to.equal("aws");
        expect(settings.secrets.grafanaAdmin).to.deep.equal({ kind: "generated" });
        expect(settings.platform.protectData).to.be.true;
    });

    for (const profile of profileNames) {
        it(`takes profile ${profile} with the required answers and the secrets of its parts`, () => {
            expect(profileSettings(profile).profile).to.equal(profile);
        });
    }

    for (const stack of ["dev", "local", "prod"] as const) {
        it(`P-08: takes Pulumi.${stack}.yaml`, () => {
            expect(settingsOf(stackFile(stack), neededSecrets, stack).stack).to.equal(stack);
        });
    }

    it("needs no secret for Pulumi.prod.yaml and Pulumi.dev.yaml: each is generated or its part is off", () => {
        expect(loadSettings(sourceOf(stackFile("prod")), "prod").secretValues).to.deep.equal({});
        expect(loadSettings(sourceOf(stackFile("dev")), "dev").secretValues).to.deep.equal({});
    });

    it("makes dev small, without protection, cloud account or object storage", () => {
        const { metrics, longTerm, logs, platform, alerting, grafana } = settingsFrom(stackFile("dev"), "dev");
        expect(metrics.replicas).to.equal(1);
        expect(platform.protectData).to.be.false;
        expect(longTerm.kind).to.equal("none");
        expect(logs).to.deep.include({ kind: "single", storage: { kind: "filesystem" } });
        expect(alerting).to.deep.include({ kind: "alertmanager", replicas: 1 });
        expect(grafana.state.kind).to.equal("ephemeral");
    });

    it("makes prod highly available with protected data on AWS S3", () => {
        const { metrics, longTerm, logs, platform, objectStorage } = settingsFrom(stackFile("prod"), "prod");
        expect(metrics.replicas).to.equal(2);
        expect(platform.protectData).to.be.true;
        expect(objectStorage.kind).to.equal("aws");
        expect(longTerm.kind).to.equal("thanos");
        expect(logs.kind === "simpleScalable" && [logs.replicationFactor, logs.write.replicas]).to.deep.equal([3, 3]);
    });

    it("makes local profile kup6s with NetworkPolicies on", () => {
        const settings = settingsFrom(stackFile("local"), "local");
        expect(settings.profile).to.equal("kup6s");
        expect(settings.networkPolicies.enabled).to.be.true;
    });

    it("reads the engine's configuration, lists its keys and tells what is encrypted", () => {
        pulumi.runtime.setAllConfig(
            { "perch:cluster": '{"name":"engine"}', "perch:smtpPassword": "x", "aws:region": "eu-west-1" },
            ["perch:smtpPassword"],
        );
        const source = stackConfig();
        expect(source.keys()).to.have.members(["cluster", "smtpPassword"]);
        expect(source.get("cluster")).to.equal('{"name":"engine"}');
        expect([source.isEncrypted("smtpPassword"), source.isEncrypted("cluster")]).to.deep.equal([true, false]);
        pulumi.runtime.setAllConfig({});
    });
});

describe("merging a stack file into a profile", () => {
    it("overrides field by field", () => {
        const { metrics } = profileSettings("kup6s", { metrics: { volume: { size: "20Gi" } } });
        expect(metrics.volume).to.deep.equal({ size: "20Gi", storageClass: "longhorn" });
        expect(metrics.retention).to.equal("3d");
    });

    it("replaces lists", () => {
        const { alerting } = profileSettings("kup6s", { alerting: { routes: [{ receiver: "team" }] } });
        expect(alerting.kind === "alertmanager" && alerting.routes).to.deep.equal([
            { receiver: "team", continue: false },
        ]);
    });

    it("starts anew when a kind changes", () => {
        const { logs } = profileSettings("kup6s", { logs: { kind: "single" } });
        expect(logs).to.deep.include({ kind: "single", storage: { kind: "s3", bucket: { expireDays: 90 } } });
        expect(logs).not.to.have.property("write");
    });

    it("keeps the profile's kind when none is named, and the schema's where the profile has none", () => {
        const scalable = profileSettings("kup6s", { logs: { retention: "30d" } }).logs;
        expect(scalable).to.deep.include({ kind: "simpleScalable", retention: "30d" });
        const single = profileSettings("standard", { logs: { retention: "30d" } }).logs;
        expect(single).to.deep.include({ kind: "single", retention: "30d" });
    });

    it("takes a profile's value away by null", () => {
        const { metrics } = profileSettings("kup6s", { metrics: { jobName: null } });
        expect(metrics.jobName).to.equal("prometheus");
    });

    it("keeps a map's entries and adds to them", () => {
        const { alerting } = profileSettings("kup6s", {
            alerting: { receivers: { boss: { kind: "email", to: ["boss@example.com"] } } },
        });
        expect(alerting.kind === "alertmanager" && Object.keys(alerting.receivers)).to.have.members([
            "team",
            "on-call",
            "boss",
        ]);
    });

    it("puts the platform's defaults below the profile's", () => {
        const k3s = profileSettings("standard", { cluster: { name: "test", platform: "k3s" } });
        expect(k3s.platform.storageClass).to.equal("local-path");
        expect(k3s.grafana.exposure).to.deep.include({ kind: "ingress", className: "traefik" });
        const longhorn = profileSettings("kup6s", { cluster: { platform: "k3s" } });
        expect(longhorn.platform.storageClass).to.equal("longhorn");
        const nodePort = profileSettings("urlshortener");
        expect(nodePort.grafana.exposure).to.deep.equal({ kind: "nodePort", port: 30030 });
        const eks = profileSettings("standard", { cluster: { name: "test", platform: "eks" } });
        expect(eks.platform.storageClass).to.equal("gp2");
        const generic = profileSettings("standard");
        expect(generic.platform.storageClass).to.equal(undefined);
        expect([k3s, generic].map(({ networkPolicies }) => networkPolicies.ingressController.namespace)).to.deep.equal([
            "kube-system",
            undefined,
        ]);
    });

    it("D-11: takes an image from the stack file", () => {
        const settings = profileSettings("standard", { images: { thanos: "mirror.example.com/thanos:v0.42.9" } });
        expect(settings.images.thanos).to.deep.equal({ image: "mirror.example.com/thanos:v0.42.9", version: "0.42.9" });
    });

    it("takes a boolean at the top from its text", () => {
        expect(profileSettings("standard", { selfMonitoring: "false" }).selfMonitoring).to.be.false;
    });

    it("tells what a profile lacks, and which of its values are examples until they are replaced", () => {
        const { absent } = profileSettings("kup6s");
        expect(absent).to.include("real values of perch:alerting.smtp: those of the profile are examples");
        const own: Settings = profileSettings("kup6s", { alerting: { smtp: { host: "smtp.example.com" } } });
        expect(own.absent.join()).not.to.contain("alerting.smtp");
    });
});
