import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { inRunDir } from "../paths";
import { readJsonIfValid, writePrivateFile } from "../processes";
import { type PulumiCli, runOrFail } from "../../cli/pulumi";
import { engineFiles } from "./home";
import { encryptedKeys, STACK } from "./stack-config";
import { projectFile, stateFile } from "./state";

/** Secrets of the stack file by full key, such as `perch:smtpPassword`. */
export type SecretConfig = Readonly<Record<string, string>>;

/** Makes the stack when it isn't there. */
export async function ensureStack(cli: PulumiCli): Promise<void> {
    if (fs.existsSync(stateFile())) {
        return;
    }
    // In a folder of its own: the CLI writes the key of the encryption to the stack file beside Pulumi.yaml, and the
    // one in the checkout is the user's. The run's stack file gets a key of its own at the first use.
    const folder = inRunDir("stack-init");
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.copyFileSync(projectFile, path.join(folder, "Pulumi.yaml"));
    await runOrFail({ ...cli, cwd: folder }, ["stack", "init", STACK]);
    fs.rmSync(folder, { recursive: true });
}

/**
 * Encrypts secrets into the run's stack file, those that changed or aren't there yet. Those that an earlier run put there
 * and this one doesn't need are taken out: the program refuses secrets of receivers that another profile has.
 */
export async function ensureSecrets(cli: PulumiCli, secrets: SecretConfig): Promise<void> {
    const memoryFile = path.join(engineFiles.home, "secrets.json");
    const known = z.record(z.string(), z.string()).safeParse(readJsonIfValid(memoryFile)).data ?? {};
    const present = encryptedKeys();
    for (const key of Object.keys(known).filter((old) => !(old in secrets))) {
        if (present.includes(key)) {
            await runOrFail(cli, ["config", "rm", key]);
        }
        Reflect.deleteProperty(known, key);
        writePrivateFile(memoryFile, JSON.stringify(known));
    }
    for (const [key, value] of Object.entries(secrets)) {
        const fingerprint = createHash("sha256").update(`${key}\0${value}`).digest("hex");
        if (known[key] !== fingerprint || !present.includes(key)) {
            // By standard input: arguments are for everybody on the machine to see.
            await runOrFail(cli, ["config", "set", "--secret", key], value);
            known[key] = fingerprint;
            writePrivateFile(memoryFile, JSON.stringify(known));
        }
    }
}
