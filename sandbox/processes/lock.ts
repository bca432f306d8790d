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
const holderSchema = z.object({ pid: z.number() });
/** How long a lock outlives a holder that was killed; a busy machine may delay its renewal by seconds. */
const staleMs = 10_000;

/** How long to wait for a lock, and what to tell the user meanwhile. */
export interface LockOptions {
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
    try {
        writePrivateFile(holderFile, JSON.stringify(identify(process.pid)));
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

async function acquire(name: string, holderFile: string, options: LockOptions): Promise<() => Promise<void>> {
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
            if (!hasCode(error, "ELOCKED")) {
                throw error;
            }
        }
        const holder = holderSchema.safeParse(readJsonIfValid(holderFile));
        const who = holder.success ? `process ${holder.data.pid}` : "another process";
        if (Date.now() > end) {
            throw new UserError(`The sandbox in ${runDir} is still in use by ${who}: wait for it or stop it.`);
        }
        if (!told) {
            told = true;
            options.onWait?.(`Waiting for ${who}, which works on the sandbox in ${runDir}`);
        }
        await sleep(250);
    }
}
