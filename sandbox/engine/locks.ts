import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { z } from "zod";
import { UserError } from "../../cli/errors";
import { programOf, readJsonIfValid } from "../processes";
import { engineFiles } from "./home";
import { STACK } from "./stack-config";

/** Content of a lock of the file backend. */
const lockSchema = z.object({ pid: z.number().int(), hostname: z.string(), timestamp: z.string() });

/**
 * Why a lock has to be heeded; undefined: its engine is gone. Any engine under its pid counts as its own, whenever that
 * began: nothing tells that for sure on a machine whose clock is set meanwhile, and one too many costs a wait, one
 * overlooked the state.
 */
function reasonToHeed(file: string, { pid, hostname, timestamp }: z.output<typeof lockSchema>): string | undefined {
    if (programOf(pid) === "pulumi") {
        return (
            `The stack ${STACK} is in use by another run of pulumi (process ${pid}). ` +
            "Wait until it has ended, or stop it with Ctrl-C."
        );
    }
    // A container or another machine that shares the folder: its processes can't be seen from here.
    return hostname === os.hostname()
        ? undefined
        : `The stack ${STACK} was locked at ${timestamp} by a run of pulumi on the host ${hostname} (process ${pid}); ` +
              `this is ${os.hostname()}. If it still runs there, wait until it has ended. If that host is gone, or is ` +
              `this one under an earlier name, remove ${file} and run the command again.`;
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
 * @throws UserError when it runs, or may run elsewhere
 */
export function releaseStaleLocks(): void {
    for (const file of lockFiles()) {
        const lock = lockSchema.safeParse(readJsonIfValid(file));
        const reason = lock.success ? reasonToHeed(file, lock.data) : undefined;
        if (reason !== undefined) {
            throw new UserError(reason);
        }
        fs.rmSync(file, { force: true });
    }
}
