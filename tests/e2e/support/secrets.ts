import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import type { Stack } from "./stack";

/** By which the engine marks a secret in an exported state (`resource.SigKey` and `SecretSig` of its SDK). */
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** Below it a text is a word such as a user name, which appears everywhere. */
const shortestSecret = 12;

const secretSchema = z.object({ [signature]: z.literal(secretMark), plaintext: z.string() });

function texts(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

function secretsIn(value: unknown): string[] {
    const secret = secretSchema.safeParse(value);
    if (secret.success) {
        return texts(JSON.parse(secret.data.plaintext));
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** What a text says if it is the data of a Secret: base64 of something printable. */
function decoded(text: string): string[] {
    const bytes = Buffer.from(text, "base64");
    const plain = bytes.toString();
    return bytes.toString("base64") === text && /^[\p{L}\p{N}\p{P}\p{S}\p{Z}\s]+$/u.test(plain) ? [plain] : [];
}

/** A text as it is, and as the data of a Secret. */
function forms(secret: string): string[] {
    return [secret, Buffer.from(secret).toString("base64")];
}

/** Not secret, though kept as one: ids of access keys, which name a resource, and the path of the provider's kubeconfig. */
function isName(text: string): boolean {
    return /^(AKIA|LKIA)[A-Z2-7]{16}$/.test(text) || (path.isAbsolute(text) && fs.existsSync(text));
}

/** Every value that the engine keeps as a secret of the stack, those of a Secret's data also decoded. */
export async function secretsOf(stack: Stack): Promise<string[]> {
    const exported: unknown = JSON.parse(await stack.ok("stack", "export", "--show-secrets"));
    return [...new Set(secretsIn(exported).flatMap((text) => [text, ...decoded(text)]))].filter(
        (text) => text.length >= shortestSecret && !isName(text),
    );
}

/** Those of the texts, by their names, that hold one of the secrets. */
export function leaking(secrets: readonly string[], named: Iterable<readonly [name: string, text: string]>): string[] {
    const wanted = secrets.flatMap(forms);
    return [...named].filter(([, text]) => wanted.some((form) => text.includes(form))).map(([name]) => name);
}
