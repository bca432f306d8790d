import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../cli/errors";
import { defaultRunDir, runDir } from "../paths";
import { writePrivateFile } from "./files";

/** Beside it all is the sandbox's own, so that the folder may go as a whole. */
const marker = ".perch-sandbox";

/** What is directly in a run folder that an earlier version made, without the marker. */
const earlierEntries: ReadonlySet<string> = new Set([
    "Pulumi.local.yaml",
    "etc",
    "etcd",
    "kubeconfig",
    "logs",
    "node",
    "node.json",
    "operators",
    "pki",
    "pods",
    "ports.json",
    "processes",
    "pulumi",
    "registry",
    "s3",
    "state",
    "target.json",
]);

/** Locks, and what runs that were killed left half-made. */
const earlierPatterns = [/^[a-z]+\.(lock|holder\.json)$/, /^trial-\w+$/, /\.\d+\.tmp$/];

function isEarlierEntry(name: string): boolean {
    return earlierEntries.has(name) || earlierPatterns.some((pattern) => pattern.test(name));
}

/** Makes the run folder where it isn't there. One that is new or empty is the sandbox's own from then on. */
export function makeRunFolder(folder = runDir): void {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (fs.readdirSync(folder).length === 0) {
        writePrivateFile(path.join(folder, marker), 'Perch made this folder; "make clean" removes it as a whole.\n');
    }
}

/**
 * For what removes the run folder: `PERCH_SANDBOX_DIR` may name one that has other things, too.
 * @throws UserError when it isn't the sandbox's own
 */
export function requireOwnRunFolder(folder = runDir): void {
    const names = fs.readdirSync(folder);
    const others = names.filter((name) => !isEarlierEntry(name));
    if (folder === defaultRunDir || names.includes(marker) || others.length === 0) {
        return;
    }
    const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
    throw new UserError(
        `Nothing is removed: ${folder}, which PERCH_SANDBOX_DIR names, has what isn't the sandbox's ` +
            `(${others.slice(0, 3).join(", ")}${more}). If a sandbox is there, stop it with "make down" and remove its files ` +
            "by hand; set PERCH_SANDBOX_DIR to a new or an empty folder for the next one.",
    );
}
