import * as fs from "node:fs";
import * as path from "node:path";
import { UserError, hasCode } from "../../cli/errors";
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

/** Uid of who has a file; `undefined`: not even that can be seen. */
function ownerOf(file: string): number | undefined {
    try {
        return fs.statSync(file).uid;
    } catch {
        return undefined;
    }
}

/** Whether a file is there, but of another user's and closed to this one. */
function isBarred(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
        return false;
    } catch (error) {
        return hasCode(error, "EACCES") && ownerOf(file) !== process.getuid?.();
    }
}

function entriesOf(folder: string): string[] {
    return fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

/**
 * For each command, before it meets the first file that it can't read.
 * @param command the target of the Makefile, for the message
 * @throws UserError when the run folder, or something directly in it, is another user's
 */
export function requireAccess(command: string, folder = runDir): void {
    const barred = isBarred(folder) ? folder : entriesOf(folder).find(isBarred);
    if (barred === undefined) {
        return;
    }
    const owner = ownerOf(barred);
    throw new UserError(
        owner === 0
            ? `The sandbox in ${folder} was started by root, whose ${barred} is: use sudo for all of its commands, ` +
                  `as in "sudo make ${command}". "sudo make clean" removes it.`
            : `The sandbox in ${folder} is another user's, who alone may read and write ${barred} ` +
                  `(${owner === undefined ? "who that is can't be seen" : `uid ${owner}`}): run "make ${command}" as that user, ` +
                  "or set PERCH_SANDBOX_DIR to a folder for one of your own.",
    );
}
