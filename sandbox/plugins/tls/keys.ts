import { createPrivateKey, createPublicKey, type KeyObject, webcrypto } from "node:crypto";
// The dependency injection inside @peculiar/x509 needs it, and it must come first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { ProviderError } from "../provider/types";

/** What the stand-in knows of a curve, by its name in the plugin's inputs. */
export const curves = {
    P256: { namedCurve: "P-256", hash: "SHA-256" },
    P384: { namedCurve: "P-384", hash: "SHA-384" },
    P521: { namedCurve: "P-521", hash: "SHA-512" },
} as const;

export type Curve = keyof typeof curves;

/** OpenSSL's names of the curves. */
const opensslNames: Readonly<Record<string, Curve>> = { prime256v1: "P256", secp384r1: "P384", secp521r1: "P521" };

/** A key pair in the form in which certificates are signed, and how it signs. */
export interface SigningKeys {
    readonly privateKey: webcrypto.CryptoKey;
    readonly publicKey: webcrypto.CryptoKey;
    readonly algorithm: { readonly name: "ECDSA"; readonly hash: string };
}

function curveOf(key: KeyObject): Curve {
    const curve = opensslNames[key.asymmetricKeyDetails?.namedCurve ?? ""];
    if (curve === undefined) {
        throw new ProviderError(
            `The sandbox's stand-in for tls signs with ECDSA keys on ${Object.keys(curves).join(", ")} only.`,
        );
    }
    return curve;
}

/** Reads a private key. @throws ProviderError where it isn't one of ECDSA */
export async function readKeys(pem: string): Promise<SigningKeys> {
    const key = parseKey(pem);
    const { namedCurve, hash } = curves[curveOf(key)];
    const algorithm = { name: "ECDSA", namedCurve } as const;
    const { subtle } = webcrypto;
    const [privateKey, publicKey] = await Promise.all([
        subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), algorithm, true, ["sign"]),
        subtle.importKey("spki", createPublicKey(key).export({ type: "spki", format: "der" }), algorithm, true, [
            "verify",
        ]),
    ]);
    return { privateKey, publicKey, algorithm: { name: "ECDSA", hash } };
}

function parseKey(pem: string): KeyObject {
    try {
        return createPrivateKey(pem);
    } catch {
        // Nothing of what was given: it may be half a key.
        throw new ProviderError("privateKeyPem isn't a private key in PEM.");
    }
}

/** PEM as Go's encoder writes it: with a newline at its end. */
export function pemOf(made: x509.X509Certificate | x509.Pkcs10CertificateRequest): string {
    return `${made.toString("pem")}\n`;
}
