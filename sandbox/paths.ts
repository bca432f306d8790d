import * as os from "node:os";
import * as path from "node:path";
import { projectRoot } from "../cli/paths";

export { projectRoot };

/**
 * Finished tools, shared by every checkout of the user.
 * @default `$XDG_CACHE_HOME/perch`, or `~/.cache/perch`
 */
export const cacheDir = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "perch");

/**
 * State, logs and credentials of one run of the sandbox.
 * @default `.sandbox` in the checkout; `$PERCH_SANDBOX_DIR` for a second one beside it
 */
export const runDir = path.resolve(process.env.PERCH_SANDBOX_DIR ?? path.join(projectRoot, ".sandbox"));

/** A path below {@link runDir}. */
export function inRunDir(...segments: string[]): string {
    return path.join(runDir, ...segments);
}

/** A path below {@link cacheDir}. */
export function inCache(...segments: string[]): string {
    return path.join(cacheDir, ...segments);
}
