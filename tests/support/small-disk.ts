import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { hasCode } from "../../cli/errors";
import { runDir } from "../../sandbox/paths";

const execute = promisify(execFile);

/** Whether this process may mount a disk. */
export const canMount = process.getuid?.() === 0;

/**
 * Runs a program for which a small disk is at a folder. The disk goes with its mount namespace, when the last process in it has
 * ended.
 * @param size as mount takes it, such as `900m`
 * @param command the program and its arguments
 * @returns its standard output
 */
export async function withSmallDisk(
    folder: string,
    size: string,
    command: readonly string[],
    env = process.env,
): Promise<string> {
    const script = 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && exec "$@"';
    const args = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", size, folder, ...command];
    const { stdout } = await execute("unshare", args, { env, maxBuffer: 2 ** 26 });
    return stdout;
}

/**
 * Runs a script whose run folder is on a small disk of its own.
 * @param size as mount takes it, such as `900m`
 * @returns what the script has printed, which is JSON
 */
export async function onSmallDisk(size: string, script: string): Promise<unknown> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-full-"));
    try {
        // A folder on it: the disk's own can't be removed while it is there.
        const env = { ...process.env, PERCH_SANDBOX_DIR: path.join(folder, "run") };
        return JSON.parse(await withSmallDisk(folder, size, [process.execPath, "--import", "tsx", script], env));
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

const filler = path.join(runDir, "filler");
const chunk = Buffer.alloc(2 ** 20);

/** Takes all that is free on the disk of the run folder, but for so many bytes. */
export function fill(spared = 0): void {
    const file = fs.openSync(filler, "a");
    try {
        for (;;) {
            fs.writeSync(file, chunk);
        }
    } catch (error) {
        if (!hasCode(error, "ENOSPC")) {
            throw error;
        }
    } finally {
        fs.ftruncateSync(file, Math.max(0, fs.fstatSync(file).size - spared));
        fs.closeSync(file);
    }
}

/** Gives back what {@link fill} has taken. */
export function free(): void {
    fs.rmSync(filler, { force: true });
}
