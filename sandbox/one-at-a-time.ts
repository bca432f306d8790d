import * as fs from "node:fs";
import * as path from "node:path";
import { hasCode } from "../cli/errors";
import { runDir } from "./paths";
import { type LockOptions, withLock } from "./processes";

const lockName = "sandbox";

/** How a command waits for its turn. */
export interface Turn extends Pick<LockOptions, "waitMs"> {
    /** Told whom the command waits for. */
    report: (message: string) => void;
}

/**
 * Does what a command changes of the sandbox, from the first step to the last, while no other one changes anything: a
 * second `make up` would write the state of the first, and `make down` would stop what that deploys to.
 * @param command as the user has called it, for those who wait
 */
export function oneAtATime<T>(
    command: string | undefined,
    work: () => Promise<T>,
    { report, waitMs }: Turn,
): Promise<T> {
    return withLock(lockName, work, { command, waitMs, onWait: report });
}

/**
 * Removes the run folder when its turn has come. The lock goes last: a command that waits for it begins in an empty
 * folder, or makes it anew.
 * @param prepare what comes first
 */
export async function removeRunFolder(command: string, prepare: () => Promise<void>, turn: Turn): Promise<void> {
    const work = async (): Promise<void> => {
        await prepare();
        for (const entry of fs.readdirSync(runDir).filter((name) => !name.startsWith(`${lockName}.`))) {
            await fs.promises.rm(path.join(runDir, entry), { recursive: true, force: true, maxRetries: 3 });
        }
    };
    await oneAtATime(command, work, turn);
    try {
        fs.rmdirSync(runDir);
    } catch (error) {
        // Somebody's turn after this one, or a disk of its own (EBUSY), which stays as an empty folder.
        if (!["ENOTEMPTY", "ENOENT", "EBUSY"].some((code) => hasCode(error, code))) {
            throw error;
        }
    }
}
