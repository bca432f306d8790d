import { createPrivateKey, generateKeyPairSync, webcrypto } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
// The dependency injection inside @peculiar/x509 needs it, and it must come first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { inRunDir } from "../paths";
import { readIfExists, writePrivateFile } from "../processes";

/** A certificate and its key on disk, readable only by the user. */
export interface CertificateFiles {
    cert: string;
    key: string;
}

/** What a certificate is for: the hosts it serves, the user it authenticates as, or both. */
export interface CertificateRequest {
    /** DNS names and IP addresses. */
    hosts?: readonly string[];
    /** Common name: to Kubernetes the user. */
    user: string;
    /** Organizations: to Kubernetes the groups. */
    groups?: readonly string[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;
const lifetimeDays = 3650;
const renewBelowDays = 30;
const ipAddress = /^[\d.]+$|:/;

/** A certificate authority of the sandbox, kept below `.sandbox/pki/<name>/`. */
export class Authority {
    private constructor(
        private readonly folder: string,
        /** Path of the authority's certificate. */
        readonly cert: string,
        /** Path of the authority's key. */
        readonly key: string,
    ) {}

    /** Opens the authority of this name; makes it when there is none or when it is about to expire. */
    static async open(name: string): Promise<Authority> {
        const folder = inRunDir("pki", name);
        const authority = new Authority(folder, path.join(folder, "ca.crt"), path.join(folder, "ca.key"));
        if (!isCurrent(authority.cert) || !fs.existsSync(authority.key)) {
            await authority.create(name);
        }
        return authority;
    }

    /** PEM of the authority's certificate. */
    get certPem(): string {
        return fs.readFileSync(this.cert, "utf8");
    }

    /**
     * The certificate of this name; a new one when there is none, when it is about to expire, or when the request or the
     * authority changed.
     */
    async issue(name: string, request: CertificateRequest): Promise<CertificateFiles> {
        const files = { cert: path.join(this.folder, `${name}.crt`), key: path.join(this.folder, `${name}.key`) };
        const requestFile = path.join(this.folder, `${name}.request.json`);
        const wanted = JSON.stringify({ request, authority: new x509.X509Certificate(this.certPem).serialNumber });
        if (readIfExists(requestFile) === wanted && isCurrent(files.cert) && fs.existsSync(files.key)) {
            return files;
        }
        const keys = makeKeys();
        const issuer = new x509.X509Certificate(this.certPem);
        const certificate = await x509.X509CertificateGenerator.create({
            ...validity(),
            subject: subjectOf(request),
            issuer: issuer.subject,
            publicKey: await importPublic(keys.publicPem),
            signingKey: await importPrivate(fs.readFileSync(this.key, "utf8")),
            signingAlgorithm: algorithm,
            // Python's strict verification refuses a leaf that doesn't name its authority's key.
            extensions: [...leafExtensions(request), await x509.AuthorityKeyIdentifierExtension.create(issuer)],
        });
        writePrivateFile(files.key, keys.privatePem);
        writePrivateFile(files.cert, `${certificate.toString("pem")}\n`);
        // Last, so that an interrupted issue is done again.
        writePrivateFile(requestFile, wanted);
        return files;
    }

    private async create(name: string): Promise<void> {
        const keys = makeKeys();
        const certificate = await x509.X509CertificateGenerator.createSelfSigned({
            ...validity(),
            name: [{ CN: [`Perch sandbox ${name} CA`] }],
            keys: { publicKey: await importPublic(keys.publicPem), privateKey: await importPrivate(keys.privatePem) },
            signingAlgorithm: algorithm,
            extensions: [
                new x509.BasicConstraintsExtension(true, undefined, true),
                new x509.KeyUsagesExtension(
                    x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
                    true,
                ),
                await x509.SubjectKeyIdentifierExtension.create(await importPublic(keys.publicPem)),
            ],
        });
        writePrivateFile(this.key, keys.privatePem);
        writePrivateFile(this.cert, `${certificate.toString("pem")}\n`);
    }
}

/** The key pair that signs service account tokens, as the paths of its private and its public part. */
export function serviceAccountKeys(): { privateKey: string; publicKey: string } {
    const privateKey = inRunDir("pki", "service-accounts.key");
    const publicKey = inRunDir("pki", "service-accounts.pub");
    if (!fs.existsSync(privateKey) || !fs.existsSync(publicKey)) {
        const keys = makeKeys();
        writePrivateFile(publicKey, keys.publicPem);
        writePrivateFile(privateKey, keys.privatePem);
    }
    return { privateKey, publicKey };
}

function makeKeys(): { publicPem: string; privatePem: string } {
    const { publicKey, privateKey } = generateKeyPairSync("ec", {
        namedCurve: algorithm.namedCurve,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    return { publicPem: publicKey, privatePem: privateKey };
}

function importPrivate(pem: string): Promise<webcrypto.CryptoKey> {
    const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
    return webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
}

function importPublic(pem: string): Promise<webcrypto.CryptoKey> {
    const der = x509.PemConverter.decodeFirst(pem);
    return webcrypto.subtle.importKey("spki", der, algorithm, true, ["verify"]);
}

function subjectOf({ user, groups = [] }: CertificateRequest): x509.JsonName {
    return [...groups.map((group) => ({ O: [group] })), { CN: [user] }];
}

function leafExtensions({ hosts = [] }: CertificateRequest): x509.Extension[] {
    const usages = [x509.ExtendedKeyUsage.clientAuth, ...(hosts.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : [])];
    const names = hosts.map((host) => ({
        type: ipAddress.test(host) ? ("ip" as const) : ("dns" as const),
        value: host,
    }));
    return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ];
}

/** An hour back, so that a clock that is set right meanwhile doesn't make the certificate invalid. */
function validity(): { notBefore: Date; notAfter: Date } {
    const now = Date.now();
    return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + lifetimeDays * dayMs) };
}

function isCurrent(file: string): boolean {
    const pem = readIfExists(file);
    return pem !== undefined && new x509.X509Certificate(pem).notAfter.getTime() > Date.now() + renewBelowDays * dayMs;
}
