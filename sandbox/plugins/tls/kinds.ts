import { createHash, generateKeyPairSync } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { z } from "zod";
import { plain, type PlainMap } from "../provider/plain";
import { type InputRule, type Observed, present, type ResourceKind, text } from "../provider/resource-kind";
import { type PropertyMap, ProviderError } from "../provider/types";
import {
    extendedKeyUsages,
    hostNames,
    isDue,
    keyUsages,
    locallySigned,
    nameOf,
    selfSigned,
    subjectFields,
} from "./certificates";
import { type Curve, curves, pemOf, readKeys } from "./keys";

/** These resources need nothing but their inputs. */
export type NoContext = Record<string, never>;

const needed: InputRule = { required: true, replaces: true };
const off: InputRule = { default: false, replaces: true };
const subject: InputRule = {
    replaces: true,
    shape: z.strictObject(
        Object.fromEntries(Object.keys(subjectFields).map((field) => [field, z.string().optional()])),
    ),
};
const names: InputRule = { replaces: true, shape: z.array(z.string()) };

const certificateInputs: Record<string, InputRule> = {
    allowedUses: { ...needed, shape: z.array(z.enum([...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)])) },
    earlyRenewalHours: { default: 0, shape: z.int().min(0) },
    isCaCertificate: off,
    setSubjectKeyId: off,
    validityPeriodHours: { ...needed, shape: z.int().min(0) },
};
const certificateOutputs = ["certPem", "readyForRenewal", "validityEndTime", "validityStartTime"] as const;

/** The state is all there is of keys and certificates: a refresh finds what was. */
function remembered(inputs: Record<string, InputRule>, outputs: readonly string[]) {
    return (id: string, state: PropertyMap): Promise<Observed> => {
        if (Object.keys(state).length === 0) {
            throw new ProviderError("The sandbox's stand-in for tls can't import this resource type.");
        }
        const known = plain(state);
        const pick = (keys: readonly string[]): PlainMap =>
            present(Object.fromEntries(keys.map((key) => [key, known[key]])));
        return Promise.resolve({ id, inputs: pick(Object.keys(inputs)), outputs: pick(outputs) });
    };
}

const nothingToDelete = (): Promise<void> => Promise.resolve();

const keyInputs: Record<string, InputRule> = {
    algorithm: { ...needed, shape: z.literal("ECDSA") },
    ecdsaCurve: { ...needed, shape: z.enum(Object.keys(curves) as Curve[]) },
};
const secretKeyOutputs = ["privateKeyPem", "privateKeyPemPkcs8"] as const;
const keyOutputs = [...secretKeyOutputs, "publicKeyPem"];

export const privateKey: ResourceKind<NoContext> = {
    inputs: keyInputs,
    outputs: keyOutputs,
    secretOutputs: secretKeyOutputs,
    create: (inputs) => {
        const { namedCurve } = curves[text(inputs.ecdsaCurve) as Curve];
        const keys = generateKeyPairSync("ec", { namedCurve });
        const publicKeyPem = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
        return Promise.resolve({
            id: createHash("sha1").update(publicKeyPem).digest("hex"),
            outputs: {
                privateKeyPem: keys.privateKey.export({ type: "sec1", format: "pem" }).toString(),
                privateKeyPemPkcs8: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
                publicKeyPem,
            },
        });
    },
    read: remembered(keyInputs, keyOutputs),
    delete: nothingToDelete,
};

const requestInputs: Record<string, InputRule> = { dnsNames: names, privateKeyPem: needed, subject };
const requestOutputs = ["certRequestPem", "keyAlgorithm"];

export const certRequest: ResourceKind<NoContext> = {
    inputs: requestInputs,
    outputs: requestOutputs,
    create: async (inputs) => {
        const keys = await readKeys(text(inputs.privateKeyPem));
        const request = await x509.Pkcs10CertificateRequestGenerator.create({
            name: new x509.Name(nameOf(inputs.subject)).toString(),
            keys,
            signingAlgorithm: keys.algorithm,
            extensions: hostNames(inputs.dnsNames),
        });
        const certRequestPem = pemOf(request);
        return {
            id: createHash("sha1").update(certRequestPem).digest("hex"),
            outputs: { certRequestPem, keyAlgorithm: keys.algorithm.name },
        };
    },
    read: remembered(requestInputs, requestOutputs),
    delete: nothingToDelete,
};

/** A kind of certificate: it is made anew when its time has come, and else changes in nothing but when that is. */
function certificateKind(
    inputs: Record<string, InputRule>,
    outputs: readonly string[],
    create: (inputs: PlainMap) => ReturnType<ResourceKind<NoContext>["create"]>,
): ResourceKind<NoContext> {
    return {
        inputs,
        outputs,
        create,
        read: remembered(inputs, outputs),
        due: (state, { earlyRenewalHours }) => (isDue(state, earlyRenewalHours) ? ["readyForRenewal"] : []),
        update: () => Promise.resolve({}),
        delete: nothingToDelete,
    };
}

export const selfSignedCert = certificateKind(
    { ...certificateInputs, dnsNames: names, privateKeyPem: needed, subject },
    [...certificateOutputs, "keyAlgorithm"],
    selfSigned,
);

export const locallySignedCert = certificateKind(
    { ...certificateInputs, caCertPem: needed, caPrivateKeyPem: needed, certRequestPem: needed },
    [...certificateOutputs, "caKeyAlgorithm"],
    locallySigned,
);
