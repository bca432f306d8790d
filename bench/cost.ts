import * as fs from "node:fs";

/** What a command cost. */
export interface Cost {
    wallSeconds: number;
    /** Of all processes that it started, user and system: the figure that other work on the machine blurs least. */
    cpuSeconds: number;
    /** Peak resident memory of the Pulumi program's own process. */
    programMb: number;
}

/** Between two looks at the program's process. */
const POLL_MS = 100;

/** `USER_HZ` of Linux, the same on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time of this process's children that have ended, and of theirs. */
function cpuOfChildren(): number {
    const stat = fs.readFileSync("/proc/self/stat", "utf8");
    // After the command, which is in parentheses and may hold anything: fields 3 and on (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user, system] = [fields[16 - 3], fields[17 - 3]];
    return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

function isBelow(pid: string, ancestor: number): boolean {
    for (let current = pid; current !== "0" && current !== "";) {
        if (Number(current) === ancestor) {
            return true;
        }
        const [, parent = ""] = /^PPid:\s+(\d+)$/m.exec(fs.readFileSync(`/proc/${current}/status`, "utf8")) ?? [];
        current = parent;
    }
    return false;
}

/** The process of the Pulumi program that this process started, once there is one. */
function findProgram(): string | undefined {
    return fs
        .readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .find((pid) => {
            try {
                const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
                return command.includes("@pulumi/pulumi/cmd/run") && isBelow(pid, process.pid);
            } catch {
                // It has ended.
                return false;
            }
        });
}

/** Peak memory of a process in MB, which the kernel keeps until it ends; 0 when it has ended. */
function peakOf(pid: string): number {
    try {
        const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
        return Number(kilobytes ?? 0) / 1024;
    } catch {
        return 0;
    }
}

/** Runs a command that this process starts and waits for; nothing else may run below this process meanwhile. */
export async function costOf(command: () => Promise<unknown>): Promise<Cost> {
    let programMb = 0;
    let program: string | undefined;
    const timer = setInterval(() => {
        // To look through all processes takes a while itself, so it isn't done longer than needed.
        program ??= findProgram();
        programMb = Math.max(programMb, program === undefined ? 0 : peakOf(program));
    }, POLL_MS);
    const [started, cpuBefore] = [performance.now(), cpuOfChildren()];
    try {
        await command();
    } finally {
        clearInterval(timer);
    }
    return {
        wallSeconds: (performance.now() - started) / 1000,
        cpuSeconds: cpuOfChildren() - cpuBefore,
        programMb,
    };
}

export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
    return ((low ?? NaN) + (high ?? NaN)) / 2;
}
