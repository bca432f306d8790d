import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Platform } from "../../../components/platform/platform";
import type { SecretValues } from "../../../components/secrets/stack-secret";
import { StackSecrets } from "../../../components/secrets/stack-secrets";
import { type AreaInput, type ReceiverSecretField, settingsSchema } from "../../../config/schema";
import { caCertificate } from "../../support/certificates";
import { CANARY, deploy, kubeObject, kubeObjects, leaks } from "../../support/mocks";

interface Options extends Partial<AreaInput> {
    values?: SecretValues;
    smtp?: boolean;
    deadMansSwitch?: boolean;
    victoriaMetrics?: boolean;
    remoteWrite?: NonNullable<AreaInput["metrics"]>["remoteWrite"];
    receivers?: Record<string, ReceiverSecretField[]>;
    objectStorage?: never;
    givenKeys?: boolean;
}

async function deploySecrets({
    values = {},
    smtp = false,
    receivers = {},
    remoteWrite = {},
    deadMansSwitch = false,
    victoriaMetrics = false,
    givenKeys = false,
    ...input
}: Options = {}) {
    const settings = settingsSchema.parse({ cluster: { name: "test" }, metrics: { remoteWrite }, ...input });
    return deploy((opts) => {
        const platform = new Platform(
            "p",
            { stack: "test", cluster: settings.cluster, settings: settings.platform, hostAccess: false },
            opts,
        );
        return new StackSecrets(
            "s",
            {
                platform,
                settings: settings.secrets,
                values,
                smtp,
                receivers,
                remoteWrite: settings.metrics.remoteWrite,
                deadMansSwitch,
                victoriaMetrics,
                objectStorage: givenKeys,
            },
            { ...opts, parent: platform },
        );
    });
}

async function failure(options: Options): Promise<Error> {
    try {
        await deploySecrets(options);
    } catch (error) {
        expect(error).to.be.instanceOf(pulumi.ResourceError);
        return error as Error;
    }
    throw new Error("expected an error");
}

const secrets = (resources: Parameters<typeof kubeObjects>[0]) =>
    kubeObjects(resources)
        .filter((o) => o.kind === "Secret")
        .map((o) => o.metadata.name);

describe("StackSecrets", () => {
    it("generates the key of VictoriaMetrics where that is on", async () => {
        const { resources, made } = await deploySecrets({ victoriaMetrics: true });
        expect(secrets(resources)).to.include("victoria-metrics");
        const { stringData } = kubeObject(resources, "Secret", "victoria-metrics");
        expect(Object.keys(stringData as object)).to.deep.equal(["admin-key"]);
        expect(made.victoriaMetrics).to.not.equal(undefined);
        expect((await deploySecrets()).made.victoriaMetrics).to.equal(undefined);
    });

    it("K-106: generates Grafana's password and keeps it in a Secret", async () => {
        const { resources, made } = await deploySecrets();
        expect(secrets(resources)).to.have.members(["grafana-admin", "grafana-secret-key", "grafana-metrics"]);
        expect(kubeObject(resources, "Secret", "grafana-admin").stringData).to.deep.equal({
            username: "admin",
            password: CANARY,
        });
        const passwords = resources.filter((r) => r.type === "random:index/randomPassword:RandomPassword");
        expect(passwords.map((r) => r.inputs)).to.deep.equal(Array(3).fill({ length: 32, special: false }));
        expect(await pulumi.isSecret(made.grafanaAdmin.content!)).to.equal(true);
    });

    it("U-42: makes a Secret for each receiver that has something to hide, from the stack file or elsewhere", async () => {
        const { resources, made } = await deploySecrets({
            receivers: { chat: ["webhookUrl"], phone: ["token", "userKey"], mail: [], pager: ["routingKey"] },
            values: {
                "receiver.chat.webhookUrl": pulumi.secret(CANARY),
                "receiver.phone.token": pulumi.secret(CANARY),
                "receiver.phone.userKey": pulumi.secret(CANARY),
            },
            secrets: { receivers: { pager: { kind: "existing", name: "pagerduty" } } },
        });
        const own = secrets(resources).filter((name) => name.startsWith("receiver-"));
        expect(own).to.deep.equal(["receiver-chat", "receiver-phone"]);
        expect(kubeObject(resources, "Secret", "receiver-phone").stringData).to.deep.equal({
            token: CANARY,
            "user-key": CANARY,
        });
        expect(Object.keys(made.receivers)).to.deep.equal(["chat", "phone", "pager"]);
        expect(made.receivers.pager).to.deep.equal({ name: "pagerduty" });
        expect(resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
    });

    it("makes a Secret for the URL of a dead man's switch, where there is one", async () => {
        const { resources } = await deploySecrets({
            deadMansSwitch: true,
            values: { deadMansSwitchUrl: pulumi.secret(CANARY) },
        });
        expect(kubeObject(resources, "Secret", "dead-mans-switch").stringData).to.deep.equal({ url: CANARY });
        expect(resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
        expect((await failure({ deadMansSwitch: true })).message).to.include("deadMansSwitchUrl");
    });

    it("makes a Secret for each remote write that has something to hide, from the stack file or elsewhere", async () => {
        const url = "https://metrics.example.com/api/v1/write";
        const { resources, made } = await deploySecrets({
            remoteWrite: {
                open: { url },
                billing: { url, login: { kind: "basic", username: "perch" }, clientCertificate: caCertificate },
                central: { url, login: { kind: "bearer" } },
            },
            values: {
                "remoteWrite.billing.password": pulumi.secret(CANARY),
                "remoteWrite.billing.clientKey": pulumi.secret(CANARY),
            },
            secrets: { remoteWrite: { central: { kind: "existing", name: "central-token" } } },
        });
        expect(secrets(resources).filter((name) => name.startsWith("remote-write-"))).to.deep.equal([
            "remote-write-billing",
        ]);
        expect(kubeObject(resources, "Secret", "remote-write-billing").stringData).to.deep.equal({
            username: "perch",
            password: CANARY,
            "client-key": CANARY,
        });
        expect(Object.keys(made.remoteWrite)).to.deep.equal(["billing", "central"]);
        expect(made.remoteWrite.central).to.deep.equal({ name: "central-token" });
        expect(resources.flatMap((seen) => leaks(seen.inputs))).to.deep.equal([]);
    });

    it("names every receiver's secret that the stack file lacks", async () => {
        const error = await failure({ receivers: { phone: ["token", "userKey"] } });
        expect(error.message).to.include("receiver.phone.token and receiver.phone.userKey");
    });

    it("K-107, V-13: shows no value outside a secret wrapper, whatever it is", async () => {
        const secret = (value: string) => pulumi.secret(value);
        const { resources } = await deploySecrets({
            smtp: true,
            givenKeys: true,
            secrets: { grafanaAdmin: { kind: "config" } },
            values: {
                grafanaAdminPassword: secret(CANARY),
                smtpPassword: secret(CANARY),
                s3AccessKey: secret(CANARY),
                s3SecretKey: secret(CANARY),
            },
        });
        expect(resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
        expect(kubeObjects(resources).filter((o) => o.kind === "ConfigMap")).to.deep.equal([]);
    });

    it("wraps even a value that came unwrapped", async () => {
        const { resources } = await deploySecrets({
            smtp: true,
            values: { smtpPassword: pulumi.output(CANARY) },
        });
        expect(resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
    });

    it("K-105: takes the mail password from the stack file into a Secret", async () => {
        const { resources } = await deploySecrets({ smtp: true, values: { smtpPassword: pulumi.secret("pw") } });
        expect(kubeObject(resources, "Secret", "smtp-password").stringData).to.deep.equal({ password: "pw" });
    });

    it("names every missing value and the command that sets it, before it makes the Secret", async () => {
        const { message } = await failure({ givenKeys: true });
        expect(message).to.include("s3AccessKey and s3SecretKey");
        expect(message).to.include("pulumi config set --secret perch:s3AccessKey");
        expect(message).to.include("pulumi config set --secret perch:s3SecretKey");
    });

    it("K-21: makes nothing for a Secret that exists, and refers to it", async () => {
        const { resources, made } = await deploySecrets({
            secrets: { grafanaAdmin: { kind: "existing", name: "my-admin" } },
        });
        expect(secrets(resources)).to.have.members(["grafana-secret-key", "grafana-metrics"]);
        expect(made.grafanaAdmin).to.deep.equal({ name: "my-admin" });
    });

    it("K-104: asks the External Secrets Operator for a copy", async () => {
        const { resources, made } = await deploySecrets({
            secrets: {
                objectStorage: { kind: "external", store: "vault", path: "perch/s3" },
            },
            givenKeys: true,
        });
        const external = kubeObject(resources, "ExternalSecret", "objstore");
        expect(external.apiVersion).to.equal("external-secrets.io/v1");
        expect(external.spec).to.deep.equal({
            refreshInterval: "1h",
            secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
            target: { name: "objstore", creationPolicy: "Owner" },
            data: [
                { secretKey: "access-key", remoteRef: { key: "perch/s3", property: "access-key" } },
                { secretKey: "secret-key", remoteRef: { key: "perch/s3", property: "secret-key" } },
            ],
        });
        expect(made.objectStorage?.content).to.equal(undefined);
    });

    it("protects the key of Grafana's database where data is protected, and no other value", async () => {
        const type = "random:index/randomPassword:RandomPassword";
        const protectedOnes = async (protectData: boolean) => {
            const { options } = await deploySecrets({ platform: { protectData } });
            return [...options].filter(([key, seen]) => key.startsWith(type) && seen.protect).map(([key]) => key);
        };
        expect(await protectedOnes(true)).to.deep.equal([`${type} s-grafana-secret-key-grafanaSecretKey`]);
        expect(await protectedOnes(false)).to.deep.equal([]);
    });

    it("makes no Secret that nobody needs", async () => {
        const { made } = await deploySecrets();
        expect([made.smtpPassword, made.objectStorage]).to.deep.equal([undefined, undefined]);
    });
});
