import * as os from "node:os";
import * as path from "node:path";
import { projectRoot } from "../cli/paths";

export { projectRoot };

/** Where a run's files are when no variable says so. */
export const defaultRunDir = path.join(projectRoot, ".sandbox");

/** The cache folder by these variables. The XDG specification has an empty or a relative path ignored. */
export function cacheFolderOf({ XDG_CACHE_HOME: given = "" }: NodeJS.ProcessEnv): string {
    return path.join(path.isAbsolute(given) ? given : path.join(os.homedir(), ".cache"), "perch");
}

/** The run folder by these variables. An empty one is as unset: it would be the current folder, which "clean" removes. */
export function runFolderOf({ PERCH_SANDBOX_DIR: given = "" }: NodeJS.ProcessEnv): string {
    return given === "" ? defaultRunDir : path.resolve(given);
}

/**
 * Finished tools, shared by every checkout of the user.
 * @default `$XDG_CACHE_HOME/perch`, or `~/.cache/perch`
 */
export const cacheDir = cacheFolderOf(process.env);

/**
 * State, logs and credentials of one run of the sandbox.
 * @default `.sandbox` in the checkout; `$PERCH_SANDBOX_DIR` for a second one beside it
 */
export const runDir = runFolderOf(process.env);

/** A path below {@link runDir}. */
export function inRunDir(...segments: string[]): string {
    return path.join(runDir, ...segments);
}

/** A path below {@link cacheDir}. */
export function inCache(...segments: string[]): string {
    return path.join(cacheDir, ...segments);
}
