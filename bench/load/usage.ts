import * as fs from "node:fs";
import * as os from "node:os";
import type { V1Pod } from "@kubernetes/client-node";

/** `USER_HZ` of Linux, the same on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What processes have used since they started, by whose they are. */
export interface Usage {
    /** CPU time in seconds and resident memory in bytes of each container, or of the machine's own programs by name. */
    readonly users: ReadonlyMap<string, { readonly cpu: number; readonly memory: number }>;
    /** Of the machine since it started, in seconds of all its processors. */
    readonly machine: { readonly busy: number; readonly waiting: number };
    /** Bytes that programs can still have. */
    readonly available: number;
}

/** What was used within a time. */
export interface Used {
    /** Processors in use on average, and resident memory in bytes at the end; most CPU first. */
    readonly users: readonly { readonly name: string; readonly cores: number; readonly memory: number }[];
    /** Shares of all processors' time: at work, and idle with input or output under way. */
    readonly busy: number;
    readonly waiting: number;
    /** Bytes that programs can still have, at the end. */
    readonly available: number;
    /** What there was no more of. */
    readonly saturated: readonly Saturation[];
}

export type Saturation = "CPU" | "disk" | "memory";

/** From these shares on something counts as saturated. */
const full = { busy: 0.95, waiting: 0.2, available: 0.05 } as const;

/** Reads what has been used so far. */
export function usage(pods: readonly V1Pod[]): Usage {
    const names = containerNames(pods);
    const users = new Map<string, { cpu: number; memory: number }>();
    for (const pid of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
        const found = processUsage(pid, names);
        if (found !== undefined) {
            const { cpu, memory } = users.get(found.name) ?? { cpu: 0, memory: 0 };
            users.set(found.name, { cpu: cpu + found.cpu, memory: memory + found.memory });
        }
    }
    const meminfo = fs.readFileSync("/proc/meminfo", "utf8");
    const [, available] = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo) ?? [];
    return { users, machine: machineTimes(fs.readFileSync("/proc/stat", "utf8")), available: Number(available) * 1024 };
}

/** `<namespace>/<pod> <container>` by what a container's control group ends with; those of simulated pods have none. */
function containerNames(pods: readonly V1Pod[]): ReadonlyMap<string, string> {
    return new Map(
        pods.flatMap(({ metadata, status }) =>
            (status?.containerStatuses ?? []).flatMap(({ name, containerID }): [string, string][] =>
                containerID === undefined || containerID === ""
                    ? []
                    : [
                          [
                              containerID.replace(/^.*:\/\//, ""),
                              `${metadata?.namespace ?? ""}/${metadata?.name ?? ""} ${name}`,
                          ],
                      ],
            ),
        ),
    );
}

function processUsage(pid: string, names: ReadonlyMap<string, string>) {
    try {
        const group = fs.readFileSync(`/proc/${pid}/cgroup`, "utf8");
        const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
        // The command is in parentheses and may hold anything (proc(5)).
        const command = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const [user, system, pages] = [fields[14 - 3], fields[15 - 3], fields[24 - 3]];
        const container = group
            .split("\n")
            .map((line) => names.get(line.split("/").at(-1) ?? ""))
            .find((name) => name !== undefined);
        return {
            name: container ?? `machine ${command}`,
            cpu: (Number(user) + Number(system)) / TICKS_PER_SECOND,
            memory: Number(pages) * PAGE,
        };
    } catch {
        // It has ended.
        return undefined;
    }
}

/** Bytes of a page on the architectures that the programs are built for. */
const PAGE = 4096;

/** Seconds at work and waiting for input or output, from the first line of /proc/stat. */
export function machineTimes(stat: string): Usage["machine"] {
    const [first = ""] = stat.split("\n");
    const [user = 0, nice = 0, system = 0, , waiting = 0, interrupts = 0, soft = 0, stolen = 0] = first
        .split(/\s+/)
        .slice(1)
        .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
    return { busy: user + nice + system + interrupts + soft + stolen, waiting };
}

/** The difference of two readings. */
export function usedBetween(before: Usage, after: Usage, seconds: number): Used {
    const processors = os.availableParallelism() * seconds;
    const users = [...after.users]
        .map(([name, { cpu, memory }]) => ({
            name,
            // Below zero where a process has ended.
            cores: Math.max(0, cpu - (before.users.get(name)?.cpu ?? 0)) / seconds,
            memory,
        }))
        .sort((a, b) => b.cores - a.cores);
    const busy = (after.machine.busy - before.machine.busy) / processors;
    const waiting = (after.machine.waiting - before.machine.waiting) / processors;
    const saturated: Saturation[] = [
        ...(busy >= full.busy ? (["CPU"] as const) : []),
        ...(waiting >= full.waiting ? (["disk"] as const) : []),
        ...(after.available / os.totalmem() <= full.available ? (["memory"] as const) : []),
    ];
    return { users, busy, waiting, available: after.available, saturated };
}
