import * as fs from "node:fs";
import * as path from "node:path";
import { UserError, hasCode, messageOf } from "../../cli/errors";
import { parseJson } from "../../cli/json";

/**
 * Writes a file that only the user can read, whole or not at all: a reader, a crash or a full disk never meets a
 * half-written one.
 */
export function writePrivateFile(file: string, content: string): void {
    const draft = `${file}.${process.pid}.tmp`;
    try {
        fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
        fs.writeFileSync(draft, content, { mode: 0o600, flush: true });
        fs.renameSync(draft, file);
    } catch (error) {
        fs.rmSync(draft, { force: true });
        const hint = hasCode(error, "ENOSPC") ? "The disk is full: free some space and run the command again." : "";
        throw new UserError(`Can't write ${file}: ${messageOf(error)}. ${hint}`.trimEnd());
    }
}

/** Like {@link writePrivateFile}, but leaves a file alone that has this content already. Returns whether it wrote. */
export function writePrivateFileIfChanged(file: string, content: string): boolean {
    if (readIfExists(file) === content) {
        return false;
    }
    writePrivateFile(file, content);
    return true;
}

/** Gives a file a second name, or where the disk can't do that, makes a copy. */
export function linkOrCopy(file: string, name: string): void {
    try {
        fs.linkSync(file, name);
    } catch {
        fs.copyFileSync(file, name);
    }
}

/** Content of a text file, or `undefined` when there is none. */
export function readIfExists(file: string): string | undefined {
    try {
        return fs.readFileSync(file, "utf8");
    } catch (error) {
        if (hasCode(error, "ENOENT")) {
            return undefined;
        }
        throw error;
    }
}

/** Content of a JSON file; `undefined` when there is none or when it isn't JSON (a leftover that is written anew). */
export function readJsonIfValid(file: string): unknown {
    const content = readIfExists(file);
    return content === undefined ? undefined : parseJson(content);
}

/** Free bytes on the disk of a folder, which need not be there yet. */
export function freeBytes(folder: string): number {
    let existing = folder;
    while (!fs.existsSync(existing)) {
        existing = path.dirname(existing);
    }
    const { bavail, bsize } = fs.statfsSync(existing);
    return bavail * bsize;
}

/**
 * Fails when a folder's disk is about to be full, before anything is started that would be torn by it.
 * @param needed bytes that must be free
 */
export function requireFreeSpace(folder: string, needed: number): void {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const free = freeBytes(folder);
    if (free < needed) {
        const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
        throw new UserError(
            `Not enough disk space in ${folder}: ${mebibytes(free)} are free, ${mebibytes(needed)} are needed. ` +
                "Free some space and run the command again.",
        );
    }
}
