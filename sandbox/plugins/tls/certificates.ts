import { randomBytes, type webcrypto } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { PlainMap, PlainValue } from "../provider/plain";
import { text } from "../provider/resource-kind";
import { pemOf, readKeys, type SigningKeys } from "./keys";

const HOUR = 3_600_000;

/**
 * What a certificate may be used for, by the plugin's names; the library's names are looked up in it only when one is made,
 * as it takes a while to load (sandbox/engine/bundles.ts).
 */
export const keyUsages: Readonly<Record<string, keyof typeof x509.KeyUsageFlags>> = {
    digital_signature: "digitalSignature",
    content_commitment: "nonRepudiation",
    key_encipherment: "keyEncipherment",
    data_encipherment: "dataEncipherment",
    key_agreement: "keyAgreement",
    cert_signing: "keyCertSign",
    crl_signing: "cRLSign",
};
export const extendedKeyUsages: Readonly<Record<string, keyof typeof x509.ExtendedKeyUsage>> = {
    server_auth: "serverAuth",
    client_auth: "clientAuth",
};

/** Strings of a list that `check` has made sure of. */
export function strings(value: PlainValue | undefined): string[] {
    return Array.isArray(value) ? value.map(String) : [];
}

/** Fields of a subject that the stand-in knows, with their names in a certificate. */
export const subjectFields = { commonName: "CN", organization: "O" } as const;

/** The subject of these inputs as a name. */
export function nameOf(subject: PlainValue | undefined): x509.JsonName {
    const given = typeof subject === "object" && subject !== null && !Array.isArray(subject) ? subject : {};
    return Object.entries(subjectFields).flatMap(([field, short]) =>
        given[field] === undefined ? [] : [{ [short]: [text(given[field])] }],
    );
}

/** The names of hosts of these inputs; none: no extension. */
export function hostNames(dnsNames: PlainValue | undefined): x509.Extension[] {
    const names = strings(dnsNames).map((value) => ({ type: "dns" as const, value }));
    return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function usages(allowed: readonly string[]): x509.Extension[] {
    const bits = allowed.flatMap((use) => keyUsages[use] ?? []).map((name) => x509.KeyUsageFlags[name]);
    const purposes = allowed.flatMap((use) => extendedKeyUsages[use] ?? []).map((name) => x509.ExtendedKeyUsage[name]);
    return [
        ...(bits.length === 0
            ? []
            : [
                  new x509.KeyUsagesExtension(
                      bits.reduce((all, use) => all | use),
                      true,
                  ),
              ]),
        ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(purposes)]),
    ];
}

/** Who a certificate is for, and who vouches for that. */
export interface Parties {
    readonly subject: x509.Name | x509.JsonName;
    readonly publicKey: webcrypto.CryptoKey | x509.PublicKey;
    readonly issuer: x509.Name | x509.JsonName;
    readonly signer: SigningKeys;
    /** The authority's certificate; absent: the certificate signs itself. */
    readonly authority?: x509.X509Certificate;
    readonly hosts: readonly x509.Extension[];
}

/** Makes a certificate of checked inputs. */
export async function certificate(inputs: PlainMap, parties: Parties): Promise<{ id: string; outputs: PlainMap }> {
    const { subject, publicKey, issuer, signer, authority, hosts } = parties;
    // Certificates tell whole seconds.
    const begin = new Date(Math.floor(Date.now() / 1000) * 1000);
    const end = new Date(begin.getTime() + Number(inputs.validityPeriodHours) * HOUR);
    const isAuthority = inputs.isCaCertificate === true;
    const ownId = isAuthority || inputs.setSubjectKeyId === true;
    const parentId = authority?.getExtension(x509.SubjectKeyIdentifierExtension);
    // Positive, as a serial number has to be.
    const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
    const made = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString("hex"),
        notBefore: begin,
        notAfter: end,
        subject: nameText(subject),
        issuer: nameText(issuer),
        publicKey,
        signingKey: signer.privateKey,
        signingAlgorithm: signer.algorithm,
        extensions: [
            new x509.BasicConstraintsExtension(isAuthority, undefined, true),
            ...usages(strings(inputs.allowedUses)),
            ...(ownId ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)] : []),
            ...(parentId === null || parentId === undefined
                ? []
                : [new x509.AuthorityKeyIdentifierExtension(parentId.keyId)]),
            ...hosts,
        ],
    });
    return {
        id: BigInt(`0x${serial.toString("hex")}`).toString(),
        outputs: {
            certPem: pemOf(made),
            validityStartTime: timeText(begin),
            validityEndTime: timeText(end),
            readyForRenewal: false,
        },
    };
}

function nameText(name: x509.Name | x509.JsonName): string {
    return (name instanceof x509.Name ? name : new x509.Name(name)).toString();
}

/** Time as Go writes it: without fractions of a second. */
function timeText(time: Date): string {
    return time.toISOString().replace(".000Z", "Z");
}

/** Whether a certificate has ended, or is so near to its end that it is to be made anew. */
export function isDue(state: PlainMap, earlyRenewalHours: PlainValue | undefined): boolean {
    const end = Date.parse(text(state.validityEndTime));
    const early = typeof earlyRenewalHours === "number" ? earlyRenewalHours * HOUR : 0;
    return !Number.isNaN(end) && end - early <= Date.now();
}

/** A certificate that signs itself. */
export async function selfSigned(inputs: PlainMap): Promise<{ id: string; outputs: PlainMap }> {
    const keys = await readKeys(text(inputs.privateKeyPem));
    const name = nameOf(inputs.subject);
    const { id, outputs } = await certificate(inputs, {
        subject: name,
        publicKey: keys.publicKey,
        issuer: name,
        signer: keys,
        hosts: hostNames(inputs.dnsNames),
    });
    return { id, outputs: { ...outputs, keyAlgorithm: keys.algorithm.name } };
}

/** A certificate for a request, signed by an authority. */
export async function locallySigned(inputs: PlainMap): Promise<{ id: string; outputs: PlainMap }> {
    const request = new x509.Pkcs10CertificateRequest(text(inputs.certRequestPem));
    const authority = new x509.X509Certificate(text(inputs.caCertPem));
    const signer = await readKeys(text(inputs.caPrivateKeyPem));
    const names = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
    const { id, outputs } = await certificate(inputs, {
        subject: request.subjectName,
        publicKey: request.publicKey,
        issuer: authority.subjectName,
        signer,
        authority,
        hosts: names === undefined ? [] : [names],
    });
    return { id, outputs: { ...outputs, caKeyAlgorithm: signer.algorithm.name } };
}
