import { X509Certificate } from "node:crypto";

/** Anything between PEM's armour, by what it says it is. */
const blocks = /-----BEGIN ([^-]+)-----[^-]*-----END \1-----/g;

/**
 * Why a text isn't one or more certificates in PEM, after the words "expected PEM certificates"; undefined where it is.
 * Text around the blocks is allowed, as bundles have it.
 */
export function certificateProblem(text: string): string | undefined {
    if (text.includes("PRIVATE KEY")) {
        return "alone, and never a private key: take it out and don't use it any more";
    }
    const found = [...text.matchAll(blocks)].map(([block, label = ""]) => ({ block, label }));
    const begun = text.split("-----BEGIN ").length - 1;
    if (found.length === 0 || found.length !== begun) {
        return "(-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----): the text itself, not the name of a file";
    }
    const other = found.find(({ label }) => label !== "CERTIFICATE");
    if (other !== undefined) {
        return `alone, without the ${other.label}`;
    }
    const unreadable = found.findIndex(({ block }) => !isCertificate(block));
    return unreadable < 0 ? undefined : `of which each can be read: number ${unreadable + 1} can't`;
}

function isCertificate(block: string): boolean {
    try {
        return new X509Certificate(block).raw.length > 0;
    } catch {
        return false;
    }
}
