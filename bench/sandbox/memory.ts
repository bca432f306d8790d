import * as fs from "node:fs";

interface Process {
    readonly parent: number;
    /** Its share of the memory that it uses: of a page in several processes only a part, so that shares add up. Bytes. */
    readonly share: number;
}

/** A process of the machine; undefined when it has ended. */
function processOf(pid: number): Process | undefined {
    try {
        const [status, memory] = ["status", "smaps_rollup"].map((file) =>
            fs.readFileSync(`/proc/${pid}/${file}`, "utf8"),
        );
        const field = (name: string, text = ""): number =>
            Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
        return { parent: field("PPid", status), share: field("Pss", memory) * 1024 };
    } catch {
        return undefined;
    }
}

/** Memory of some processes and all below them, in bytes; the kernel's own doesn't count. */
export function memoryBytes(roots: readonly number[]): number {
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
    return [...all].reduce((sum, [pid, { share }]) => sum + (isWithin(pid) ? share : 0), 0);
}
