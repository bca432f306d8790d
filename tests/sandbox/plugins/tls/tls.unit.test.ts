import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect } from "chai";
import { type PropertyMap, type ResourceProvider, Secret } from "../../../../sandbox/plugins/provider/types";
import { tlsPlugin } from "../../../../sandbox/plugins/tls/plugin";

const types = {
    PrivateKey: "tls:index/privateKey:PrivateKey",
    SelfSignedCert: "tls:index/selfSignedCert:SelfSignedCert",
    CertRequest: "tls:index/certRequest:CertRequest",
    LocallySignedCert: "tls:index/locallySignedCert:LocallySignedCert",
};

const identity = (type: string) => ({ urn: `urn:pulumi:test::test::${type}::it`, type, name: "it" });
const HOUR = 3_600_000;
const host = "webhook.monitoring.svc";

interface Made {
    type: string;
    id: string;
    properties: PropertyMap;
    inputs: PropertyMap;
}

async function start(): Promise<ResourceProvider> {
    const provider = tlsPlugin.create({ log: () => undefined });
    await provider.configure({ args: {}, variables: {} });
    return provider;
}

async function create(provider: ResourceProvider, type: string, news: PropertyMap): Promise<Made> {
    const request = { ...identity(type), olds: {}, news, randomSeed: new Uint8Array() };
    const { inputs, failures } = await provider.check(request);
    expect(failures).to.deep.equal([]);
    const made = await provider.create({ ...identity(type), inputs, timeout: 0, preview: false });
    return { ...made, type, inputs };
}

const plainText = (value: unknown): string => (typeof value === "string" ? value : "not a text");
const text = (value: unknown): string => plainText(value instanceof Secret ? value.value : value);

/** An authority and a certificate of it, as components/certificates asks for them. */
async function chain(provider: ResourceProvider, hours = { validityPeriodHours: 48, earlyRenewalHours: 12 }) {
    const newKey = () => create(provider, types.PrivateKey, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const authorityKey = await newKey();
    const authority = await create(provider, types.SelfSignedCert, {
        privateKeyPem: authorityKey.properties.privateKeyPem!,
        subject: { commonName: "perch-test authority" },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        validityPeriodHours: 3 * hours.validityPeriodHours,
        earlyRenewalHours: hours.validityPeriodHours,
    });
    const key = await newKey();
    const request = await create(provider, types.CertRequest, {
        privateKeyPem: key.properties.privateKeyPem!,
        subject: { commonName: "webhook" },
        dnsNames: [host],
    });
    const certificate = await create(provider, types.LocallySignedCert, {
        certRequestPem: request.properties.certRequestPem!,
        caPrivateKeyPem: authorityKey.properties.privateKeyPem!,
        caCertPem: authority.properties.certPem!,
        allowedUses: ["digital_signature", "server_auth"],
        ...hours,
    });
    return { authorityKey, authority, key, request, certificate };
}

function diff(provider: ResourceProvider, { type, id, properties, inputs }: Made, changed: PropertyMap = {}) {
    const news = { ...inputs, ...changed };
    return provider.diff({ ...identity(type), id, olds: properties, oldInputs: inputs, news, ignoreChanges: [] });
}

describe("the stand-in for tls", () => {
    it("makes a key that nobody reads in the state", async () => {
        const { authorityKey, authority, certificate } = await chain(await start());
        expect(authorityKey.properties.privateKeyPem).to.be.instanceOf(Secret);
        expect(authorityKey.properties.privateKeyPemPkcs8).to.be.instanceOf(Secret);
        const key = createPrivateKey(text(authorityKey.properties.privateKeyPem));
        expect(key.asymmetricKeyDetails).to.deep.equal({ namedCurve: "prime256v1" });
        expect(authority.properties.privateKeyPem).to.be.instanceOf(Secret);
        expect(certificate.properties.caPrivateKeyPem).to.be.instanceOf(Secret);
        for (const { properties } of [authorityKey, authority, certificate]) {
            expect(JSON.stringify(properties)).to.not.contain("PRIVATE KEY");
        }
    });

    it("makes certificates that others verify", async () => {
        const { authority, key, certificate } = await chain(await start());
        const own = new X509Certificate(text(authority.properties.certPem));
        const leaf = new X509Certificate(text(certificate.properties.certPem));
        expect([own.ca, leaf.ca]).to.deep.equal([true, false]);
        expect(own.verify(own.publicKey)).to.equal(true);
        expect(leaf.verify(own.publicKey)).to.equal(true);
        expect(leaf.checkIssued(own)).to.equal(true);
        expect(leaf.checkPrivateKey(createPrivateKey(text(key.properties.privateKeyPem)))).to.equal(true);
        expect(leaf.checkHost(host)).to.equal(host);
        expect(leaf.checkHost("other.monitoring.svc")).to.equal(undefined);
        expect(leaf.subject).to.equal("CN=webhook");
        expect(leaf.issuer).to.equal("CN=perch-test authority");
        // Of server authentication alone.
        expect(leaf.keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.1"]);
        expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).to.equal(48 * HOUR);
        expect(BigInt(`0x${leaf.serialNumber}`).toString()).to.equal(certificate.id);
        expect(Date.parse(text(certificate.properties.validityEndTime))).to.equal(leaf.validToDate.getTime());
    });

    it("finds on a refresh what was", async () => {
        const provider = await start();
        for (const { type, id, properties, inputs } of Object.values(await chain(provider))) {
            expect(await provider.read({ ...identity(type), id, properties, inputs }), type).to.deep.equal({
                id,
                properties,
                inputs,
            });
        }
    });

    it("sees no change where there is none", async () => {
        const provider = await start();
        for (const made of Object.values(await chain(provider))) {
            expect((await diff(provider, made)).changes, made.type).to.equal("none");
        }
    });

    it("makes a certificate anew when its time has come, and nothing else", async () => {
        const provider = await start();
        const due = await chain(provider, { validityPeriodHours: 12, earlyRenewalHours: 12 });
        const found = await diff(provider, due.certificate);
        expect(found).to.deep.include({ changes: "some", replaces: ["readyForRenewal"], deleteBeforeReplace: false });
        expect(found.detailedDiff).to.deep.equal({ readyForRenewal: { kind: "update-replace", inputDiff: false } });
        for (const made of [due.authorityKey, due.authority, due.key, due.request]) {
            expect((await diff(provider, made)).changes, made.type).to.equal("none");
        }
    });

    it("changes in place when a certificate is to be renewed, and renews it where that is past", async () => {
        const provider = await start();
        const { certificate } = await chain(provider);
        const later = await diff(provider, certificate, { earlyRenewalHours: 24 });
        expect(later).to.deep.include({ changes: "some", replaces: [], diffs: ["earlyRenewalHours"] });
        const past = await diff(provider, certificate, { earlyRenewalHours: 48 });
        expect(past.replaces).to.deep.equal(["readyForRenewal"]);
    });

    it("refuses what it doesn't know", async () => {
        const provider = await start();
        const reasons = async (type: string, news: PropertyMap) => {
            const { failures } = await provider.check({
                ...identity(type),
                olds: {},
                news,
                randomSeed: new Uint8Array(),
            });
            return failures.map(({ reason }) => reason).join("\n");
        };
        expect(await reasons(types.PrivateKey, { algorithm: "RSA", ecdsaCurve: "P256" })).to.contain(
            'expected "ECDSA"',
        );
        expect(await reasons(types.PrivateKey, { algorithm: "ECDSA" })).to.contain('needs "ecdsaCurve"');
        expect(await reasons(types.PrivateKey, { algorithm: "ECDSA", rsaBits: 4096 })).to.contain(
            'doesn\'t know "rsaBits"',
        );
        const uses = { privateKeyPem: "x", validityPeriodHours: 1, allowedUses: ["email_protection"] };
        expect(await reasons(types.SelfSignedCert, uses)).to.contain("Invalid option");
        const error: unknown = await create(provider, types.CertRequest, { privateKeyPem: "no key" }).catch(
            (thrown: unknown) => thrown,
        );
        expect((error as Error).message).to.equal("privateKeyPem isn't a private key in PEM.");
    });
});
