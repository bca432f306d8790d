import * as fs from "node:fs";

interface Process {
    readonly parent: number;
    /** Resident memory, in bytes. */
    readonly resident: number;
}

/** A process of the machine; undefined when it has ended. */
function processOf(pid: number): Process | undefined {
    try {
        const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
        const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
        return { parent: field("PPid"), resident: field("VmRSS") * 1024 };
    } catch {
        return undefined;
    }
}

/**
 * Resident memory of some processes and all below them, in bytes. What several share counts for each of them, so that they
 * take less than this together.
 */
export function residentBytes(roots: readonly number[]): number {
    const all = new Map(
        fs
            .readdirSync("/proc")
            .filter((entry) => /^\d+$/.test(entry))
            .flatMap((entry): [number, Process][] => {
                const found = processOf(Number(entry));
                return found === undefined ? [] : [[Number(entry), found]];
            }),
    );
    const isWithin = (pid: number): boolean => {
        const found = all.get(pid);
        return roots.includes(pid) || (found !== undefined && isWithin(found.parent));
    };
    return [...all].reduce((sum, [pid, { resident }]) => sum + (isWithin(pid) ? resident : 0), 0);
}
