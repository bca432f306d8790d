import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError, hasCode } from "../../cli/errors";

/** One process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
    pid: number;
    /** Boot id and start time in clock ticks since boot, from /proc. */
    started: string;
}

/** Name of the environment variable that marks the processes of a sandbox. */
export const markerVariable = "PERCH_SANDBOX_PROCESS";

/** The identity of a running process; `undefined` when there is none or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
    const stat = readProc(`/proc/${pid}/stat`);
    if (stat === undefined) {
        return undefined;
    }
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    const startTicks = fields[19];
    if (state === "X" || startTicks === undefined || (state === "Z" && threadCount(pid) < 2)) {
        return undefined;
    }
    return { pid, started: `${bootId()}/${startTicks}` };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
    return identify(identity.pid)?.started === identity.started;
}

/** Name of the program that runs under a pid; `undefined`: none does. */
export function programOf(pid: number): string | undefined {
    const [program = ""] = readProc(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
    return program === "" ? undefined : path.basename(program);
}

/** Processes whose environment carries a marker that starts with the given text, with their whole marker. */
export function findMarked(prefix: string): { identity: ProcessIdentity; marker: string }[] {
    return fs
        .readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .flatMap((entry) => {
            const variable = readProc(`/proc/${entry}/environ`)
                ?.split("\0")
                .find((line) => line.startsWith(`${markerVariable}=${prefix}`));
            const identity = variable === undefined ? undefined : identify(Number(entry));
            return variable === undefined || identity === undefined
                ? []
                : [{ identity, marker: variable.slice(markerVariable.length + 1) }];
        });
}

/**
 * Ends a process and its process group: TERM, then KILL when it doesn't go in time.
 * @param graceMs milliseconds between TERM and KILL
 */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
    if (!isAlive(identity)) {
        return;
    }
    signal(identity, "SIGTERM");
    if (await goesWithin(identity, graceMs)) {
        return;
    }
    signal(identity, "SIGKILL");
    if (!(await goesWithin(identity, 10_000))) {
        throw new UserError(`Process ${identity.pid} doesn't end, not even by KILL.`);
    }
}

async function goesWithin(identity: ProcessIdentity, milliseconds: number): Promise<boolean> {
    const end = Date.now() + milliseconds;
    while (isAlive(identity)) {
        if (Date.now() > end) {
            return false;
        }
        await sleep(25);
    }
    return true;
}

/** The group goes with its leader; a process that leads none is signalled alone. */
function signal({ pid }: ProcessIdentity, name: "SIGTERM" | "SIGKILL"): void {
    for (const target of [-pid, pid]) {
        try {
            process.kill(target, name);
            return;
        } catch (error) {
            if (!hasCode(error, "ESRCH")) {
                throw error;
            }
        }
    }
}

let cachedBootId: string | undefined;

function bootId(): string {
    cachedBootId ??= readProc("/proc/sys/kernel/random/boot_id")?.trim();
    if (cachedBootId === undefined) {
        throw new UserError("The sandbox needs Linux: there is no /proc/sys/kernel/random/boot_id here.");
    }
    return cachedBootId;
}

/** A killed process whose first thread is a zombie holds its ports and files until its other threads ended too. */
function threadCount(pid: number): number {
    try {
        return fs.readdirSync(`/proc/${pid}/task`).length;
    } catch {
        return 0;
    }
}

/** A process may go, or belong to somebody else, between the listing and the read. */
function readProc(file: string): string | undefined {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}
