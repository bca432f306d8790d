import { UserError } from "../../cli/errors";
import { cacheDir } from "../paths";
import { freeBytes } from "../processes/files";

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Bytes that a run fills at most before it gives up what later builds could share with earlier ones. */
const mostDisk = 10e9;
/** The same for a run that may share builds: it does so only where this much is free. */
const mostSharedDisk = 40e9;

/** Whether what the earlier builds of a run have left must go before the next one, which takes `needed`. All in bytes. */
export function outgrows(run: { freeAtStart: number; free: number; needed: number; shareBuilds: boolean }): boolean {
    const limit = run.shareBuilds && run.freeAtStart >= mostSharedDisk ? mostSharedDisk : mostDisk;
    return run.free < run.needed || run.freeAtStart - run.free + run.needed > limit;
}

/**
 * Fails before a build that wouldn't fit on the disk.
 * @param what what is built, for the message
 * @param needed bytes
 */
export function requireDisk(what: string, needed: number, folder = cacheDir, free = freeBytes(folder)): void {
    if (free < needed) {
        throw new UserError(
            `Not enough disk: building ${what} takes up to ${gb(needed)} below ${folder} while it runs, ` +
                `${gb(free)} are free. Free some, or set XDG_CACHE_HOME to a folder on a larger disk.`,
        );
    }
}

/** The same, when a build has met the full disk after all. */
export function diskFull(what: string, folder = cacheDir): UserError {
    return new UserError(
        `The disk filled up while ${what} was built below ${folder}; nothing half-made was kept. ` +
            "Free some space, or set XDG_CACHE_HOME to a folder on a larger disk, and run the command again.",
    );
}
