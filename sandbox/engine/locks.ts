import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { z } from "zod";
import { UserError } from "../../cli/errors";
import { programOf, readJsonIfValid } from "../processes";
import { engineFiles } from "./home";
import { STACK } from "./stack-config";

/** Content of a lock of the file backend. */
const lockSchema = z.object({ pid: z.number().int(), hostname: z.string() });

/**
 * Is it an engine that runs under this pid? Whether since before the lock isn't asked: nothing tells that for sure on a machine whose
 * clock is set meanwhile, and to take an engine that came later for the lock's costs a wait, to overlook it the state.
 */
function holds({ pid, hostname }: z.output<typeof lockSchema>): boolean {
    return hostname !== os.hostname() || programOf(pid) === "pulumi";
}

function lockFiles(): string[] {
    const folder = path.join(engineFiles.state, ".pulumi", "locks");
    return fs.existsSync(folder)
        ? fs
              .readdirSync(folder, { recursive: true, withFileTypes: true })
              .filter((entry) => entry.isFile() && path.basename(entry.parentPath) === STACK)
              .map((entry) => path.join(entry.parentPath, entry.name))
        : [];
}

/**
 * Unlocks the stack when the engine that locked it is gone.
 * @throws UserError when it runs
 */
export function releaseStaleLocks(): void {
    for (const file of lockFiles()) {
        const lock = lockSchema.safeParse(readJsonIfValid(file));
        if (lock.success && holds(lock.data)) {
            throw new UserError(
                `The stack ${STACK} is in use by another run of pulumi (process ${lock.data.pid}). ` +
                    "Wait until it has ended, or stop it with Ctrl-C.",
            );
        }
        fs.rmSync(file, { force: true });
    }
}
