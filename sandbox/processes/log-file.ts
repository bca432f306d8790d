import * as fs from "node:fs";
import * as path from "node:path";
import { hasCode } from "../../cli/errors";

const rotateAboveBytes = 20 * 2 ** 20;
const tailBytes = 64 * 2 ** 10;

/** Opens a log to append to. A log that has grown large becomes `<file>.1` first; one older generation is kept. */
export function openLog(file: string): number {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if (sizeOf(file) > rotateAboveBytes) {
        fs.renameSync(file, `${file}.1`);
    }
    return fs.openSync(file, "a", 0o600);
}

/** Bytes in a file; 0 when there is none. */
export function sizeOf(file: string): number {
    try {
        return fs.statSync(file).size;
    } catch (error) {
        if (hasCode(error, "ENOENT")) {
            return 0;
        }
        throw error;
    }
}

/**
 * The last lines of a log.
 * @param from byte from which to look, so that lines of an earlier start aren't shown
 */
export function lastLines(file: string, count: number, from = 0): string[] {
    const size = sizeOf(file);
    const start = Math.max(from, size - tailBytes);
    if (size <= start) {
        return [];
    }
    const buffer = Buffer.alloc(size - start);
    const descriptor = fs.openSync(file, "r");
    try {
        fs.readSync(descriptor, buffer, 0, buffer.length, start);
    } finally {
        fs.closeSync(descriptor);
    }
    return buffer.toString("utf8").trimEnd().split("\n").slice(-count);
}
