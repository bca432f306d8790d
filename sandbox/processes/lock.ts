import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as lockfile from "proper-lockfile";
import * as z from "zod";
import { UserError, hasCode } from "../../cli/errors";
import { inRunDir, runDir } from "../paths";
import { readJsonIfValid, writePrivateFile } from "./files";
import { identify } from "./process-table";
import { makeRunFolder } from "./run-folder";

/** Only for the message to those who wait. */
const holderSchema = z.object({ pid: z.number(), command: z.string().optional() });
/** How long a lock outlives a holder that was killed; a busy machine may delay its renewal by seconds. */
const staleMs = 10_000;

/** How long to wait for a lock, and what to tell the user meanwhile. */
export interface LockOptions {
    /** What the user has called, such as `make up`: told to those who wait. */
    command?: string;
    /** @default 10 minutes: the time that another `make up` may take */
    waitMs?: number;
    /** Called once when the lock is held by somebody else. */
    onWait?: (message: string) => void;
}

/** Runs `work` while no other process of this run folder does the same. */
export async function withLock<T>(name: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    makeRunFolder();
    const holderFile = inRunDir(`${name}.holder.json`);
    const release = await acquire(name, holderFile, options);
    if (release === undefined) {
        return withLock(name, work, options);
    }
    try {
        noteHolder(holderFile, options.command);
        return await work();
    } finally {
        fs.rmSync(holderFile, { force: true });
        await release().catch((error: unknown) => {
            // A lock that somebody took over meanwhile is theirs to release.
            if (!hasCode(error, "ERELEASED")) {
                throw error;
            }
        });
    }
}

/** Says who has the lock. It is held without that, too: what makes room on a full disk needs it as well. */
function noteHolder(file: string, command: string | undefined): void {
    try {
        writePrivateFile(file, JSON.stringify({ ...identify(process.pid), command }));
    } catch {
        // Those who wait are told of "another process".
    }
}

/** @returns what releases the lock; `undefined`: whoever had it has removed the folder with it */
async function acquire(
    name: string,
    holderFile: string,
    options: LockOptions,
): Promise<(() => Promise<void>) | undefined> {
    const end = Date.now() + (options.waitMs ?? 600_000);
    const lockfilePath = inRunDir(`${name}.lock`);
    let told = false;
    for (;;) {
        try {
            // The library tells its locks apart by this path, which needn't be there: one for each name.
            return await lockfile.lock(inRunDir(name), {
                lockfilePath,
                realpath: false,
                stale: staleMs,
                update: 1_000,
                // A machine that slept is no reason to end: the work is done in steps that bear a repeat.
                onCompromised: () => undefined,
            });
        } catch (error) {
            if (hasCode(error, "ENOENT")) {
                return undefined;
            }
            if (!hasCode(error, "ELOCKED")) {
                throw error;
            }
        }
        const { who, howToStop } = describeHolder(holderFile);
        if (Date.now() > end) {
            throw new UserError(
                `The sandbox in ${runDir} is still in use by ${who}: wait for it, or stop it ${howToStop}.`,
            );
        }
        if (!told) {
            told = true;
            options.onWait?.(`Waiting for ${who}, which works on the sandbox in ${runDir}`);
        }
        await sleep(250);
    }
}

function describeHolder(file: string): { who: string; howToStop: string } {
    const holder = holderSchema.safeParse(readJsonIfValid(file)).data;
    if (holder === undefined) {
        return { who: "another process", howToStop: "with Ctrl-C" };
    }
    const { pid, command } = holder;
    return {
        who: command === undefined ? `process ${pid}` : `process ${pid} (${command})`,
        howToStop: `with Ctrl-C, or by "kill ${pid}"`,
    };
}
