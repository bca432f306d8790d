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
 * Runs a script whose run folder is on a small disk of its own. The disk goes with its mount namespace, when the last process in it
 * has ended.
 * @param size as mount takes it, such as `900m`
 * @returns what the script has printed, which is JSON
 */
export async function onSmallDisk(size: string, script: string): Promise<unknown> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-full-"));
    try {
        const command = 'mount -t tmpfs -o "size=$4" none "$1" && exec "$2" --import tsx "$3"';
        const { stdout } = await execute(
            "unshare",
            ["--mount", "--propagation", "private", "sh", "-c", command, "sh", folder, process.execPath, script, size],
            // A folder on it: the disk's own can't be removed while it is there.
            { env: { ...process.env, PERCH_SANDBOX_DIR: path.join(folder, "run") }, maxBuffer: 2 ** 26 },
        );
        return JSON.parse(stdout);
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
