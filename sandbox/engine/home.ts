import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { inRunDir, projectRoot } from "../paths";
import { linkOrCopy, readIfExists, writePrivateFile } from "../processes";

/** Folders and files of the engine within the run folder. */
export const engineFiles = {
    home: inRunDir("pulumi"),
    state: inRunDir("state"),
    passphrase: inRunDir("pulumi", "passphrase"),
    /** What runs have begun, as far as the state may not know of it. */
    journal: inRunDir("pulumi", "journal"),
    /** What the state has of a run that was cut off, and nobody has read yet. */
    unread: inRunDir("pulumi", "unread.json"),
    /** The newest whole state of a run that is under way, or that was cut off. */
    keptState: inRunDir("pulumi", "kept-state.json"),
    /** The committed stack file plus what is known only at run time, such as ports. */
    stackConfig: inRunDir("Pulumi.local.yaml"),
} as const;

/** Folder of the CLI's executables, where the npm package `pulumi` looks for them too. */
export function binFolder(version: string): string {
    return path.join(engineFiles.home, "versions", version, "bin");
}

/**
 * Keeps the CLI from its automatic log: it takes down every property of every resource, compressed and encrypted, which is
 * half of the CPU time of a run with large resources such as CRDs. There is no setting for it, but where the folder
 * can't be made it goes without (`StartLogging` in pulumi/pkg/logging/encrypted.go).
 */
function withoutAutomaticLog(): void {
    const place = path.join(engineFiles.home, "logs");
    if (fs.statSync(place, { throwIfNoEntry: false })?.isFile() !== true) {
        fs.rmSync(place, { recursive: true, force: true });
        writePrivateFile(place, "A file in place of the folder for automatic logs turns them off.\n");
    }
}

/** Makes the folders of the engine and the passphrase that encrypts the secrets of the state. */
export function makeHome(): void {
    fs.mkdirSync(engineFiles.home, { recursive: true, mode: 0o700 });
    fs.mkdirSync(engineFiles.state, { recursive: true, mode: 0o700 });
    withoutAutomaticLog();
    if (readIfExists(engineFiles.passphrase) === undefined) {
        writePrivateFile(engineFiles.passphrase, randomBytes(32).toString("base64url"));
    }
}

/**
 * Puts the CLI beside its language host, which is where it looks for it first. A link of the same file, where the disk
 * is the same: the CLI would follow a symbolic one and look for its host over there.
 */
export function placeCli(program: string, folder: string): void {
    const place = path.join(folder, "pulumi");
    const [wanted, present] = [fs.statSync(program), fs.lstatSync(place, { throwIfNoEntry: false })];
    if (
        present?.isFile() &&
        present.size === wanted.size &&
        (present.ino === wanted.ino || present.mtimeMs >= wanted.mtimeMs)
    ) {
        return;
    }
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${place}.${process.pid}.draft`;
    fs.rmSync(draft, { force: true });
    linkOrCopy(program, draft);
    fs.renameSync(draft, place);
}

/** A folder as a backend of the CLI, which unescapes it again: `#`, `%` and `?` of a path aren't those of a URL. */
export function backendUrl(folder: string): string {
    return pathToFileURL(folder).href;
}

/**
 * The variables under which `pulumi` works on the sandbox: alone and within `make shell`.
 * @param version of the CLI
 * @param stack name of the stack
 */
export function engineVariables(version: string, stack: string): Record<string, string> {
    return {
        PULUMI_HOME: engineFiles.home,
        PULUMI_VERSION: version,
        PULUMI_BACKEND_URL: backendUrl(engineFiles.state),
        PULUMI_CONFIG_PASSPHRASE_FILE: engineFiles.passphrase,
        PULUMI_STACK: stack,
        PULUMI_OPTION_CONFIG_FILE: engineFiles.stackConfig,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
        // The engine lives for seconds to minutes and writes the whole state twice for each resource that it changes.
        GOGC: "400",
        PATH: [
            binFolder(version),
            path.join(projectRoot, "node_modules", ".bin"),
            process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
        ].join(path.delimiter),
    };
}
