import { expect } from "chai";
import { CertificateAuthority, ServingCertificate } from "../../../components/certificates";
import type { AreaInput } from "../../../config/schema";
import { CANARY, type KubeObject, kubeObject, kubeObjects, leaks, plain } from "../../support/mocks";
import { caCertificate } from "../../support/certificates";
import { deployOnPlatform, settingsWith } from "../../support/platform";

async function deploy(certificates?: AreaInput["certificates"]) {
    const settings = settingsWith({ certificates });
    const deployed = await deployOnPlatform(settings, (platform, opts) => {
        const authority = new CertificateAuthority("authority", { platform, settings: settings.certificates }, opts);
        return new ServingCertificate("serving", { platform, authority, service: "webhook" }, opts);
    });
    const own = deployed.resources.filter(({ name }) => !name.startsWith("p") && !name.startsWith("perch"));
    const inputsOf = (type: string, name: string) =>
        plain(own.find((one) => one.type.startsWith(`tls:index/${type}:`) && one.name === name)?.inputs);
    return { ...deployed, own, inputsOf };
}

const names = (own: { type: string; name: string }[]) =>
    own.filter(({ type }) => !type.startsWith("perch:")).map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);

describe("Certificates", () => {
    describe("generated", () => {
        it("are an authority, and a certificate of it with its key in a Secret", async () => {
            const { own, resources } = await deploy();
            expect(names(own)).to.have.members([
                "PrivateKey authority",
                "SelfSignedCert authority",
                "PrivateKey serving",
                "CertRequest serving",
                "LocallySignedCert serving",
                "Secret serving",
            ]);
            const { type, stringData } = kubeObject(resources, "Secret", "webhook-tls");
            expect(type).to.equal("kubernetes.io/tls");
            expect(stringData).to.deep.equal({ "tls.crt": caCertificate, "tls.key": CANARY, "ca.crt": caCertificate });
        });

        it("V-13: have their keys in Secrets alone", async () => {
            const { own } = await deploy();
            expect(own.flatMap(({ inputs, name }) => leaks(inputs, CANARY, name))).to.deep.equal([]);
        });

        it("are for the name by which the API server calls, for servers only", async () => {
            const { inputsOf } = await deploy();
            expect(inputsOf("certRequest", "serving")).to.deep.include({ dnsNames: ["webhook.monitoring.svc"] });
            expect(inputsOf("locallySignedCert", "serving")).to.deep.include({
                allowedUses: ["digital_signature", "server_auth"],
            });
        });

        it("are renewed before they end, and no certificate outlives its authority", async () => {
            const { inputsOf } = await deploy({ kind: "generated", validity: "100d", renewBefore: "30d" });
            const leaf = inputsOf("locallySignedCert", "serving") as Record<string, number>;
            const authority = inputsOf("selfSignedCert", "authority") as Record<string, number>;
            expect([leaf.validityPeriodHours, leaf.earlyRenewalHours]).to.deep.equal([2400, 720]);
            expect([authority.validityPeriodHours, authority.earlyRenewalHours]).to.deep.equal([7200, 2400]);
            expect(authority.earlyRenewalHours).to.be.at.least(leaf.validityPeriodHours!);
        });

        it("tell the API server whom to trust", async () => {
            const { made } = await deploy();
            const { trust } = made.component;
            const bundle = await new Promise((resolve) => trust.caBundle?.apply(resolve));
            expect(Buffer.from(bundle as string, "base64").toString()).to.equal(caCertificate);
            expect(trust.annotations).to.deep.equal({});
        });
    });

    describe("of cert-manager", () => {
        const spec = (object: KubeObject) => object.spec as Record<string, unknown>;

        it("are asked for at an authority of the stack's own", async () => {
            const { own, resources, made } = await deploy({ kind: "certManager" });
            expect(kubeObjects(own).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).to.have.members([
                "Issuer perch-authority-itself",
                "Certificate perch-authority",
                "Issuer perch-authority",
                "Certificate webhook-tls",
            ]);
            expect(spec(kubeObject(resources, "Certificate", "perch-authority"))).to.deep.include({
                isCA: true,
                secretName: "perch-authority",
                duration: "6480h",
                renewBefore: "2160h",
                issuerRef: { kind: "Issuer", name: "perch-authority-itself" },
            });
            expect(spec(kubeObject(resources, "Certificate", "webhook-tls"))).to.deep.include({
                secretName: "webhook-tls",
                dnsNames: ["webhook.monitoring.svc"],
                duration: "2160h",
                renewBefore: "720h",
                issuerRef: { kind: "Issuer", name: "perch-authority" },
            });
            const { trust } = made.component;
            expect(trust.caBundle).to.equal(undefined);
            expect(trust.annotations).to.deep.equal({ "cert-manager.io/inject-ca-from": "monitoring/webhook-tls" });
        });

        it("are asked for at an issuer that is there", async () => {
            const { own, resources } = await deploy({ kind: "certManager", issuer: { name: "company" } });
            expect(kubeObjects(own).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).to.deep.equal([
                "Certificate webhook-tls",
            ]);
            expect(spec(kubeObject(resources, "Certificate", "webhook-tls"))).to.deep.include({
                issuerRef: { kind: "ClusterIssuer", name: "company" },
            });
        });
    });
});
