import * as fs from "node:fs";
import * as os from "node:os";
import { UserError } from "../../cli/errors";
import { runDir } from "../paths";
import { ensureTools } from "../toolchain";
import { freeBytes } from "../processes/files";
import { run } from "../toolchain/run";
import { elsewhere, missingControllers, mountedHierarchies, unifiedControllers } from "./cgroups";
import { runningNode } from "./namespaces";
import { failedProgramTrials, failedTrials } from "./trials";

/** What a machine can do of what a real node needs. */
export interface MachineFacts {
    /** As `process.platform`. */
    platform: string;
    /** Of this process. */
    uid: number;
    /** Programs that are called by name and aren't there. */
    missingPrograms: readonly ProgramName[];
    missingControllers: readonly string[];
    /** What was tried in new namespaces and failed, each with its reason. */
    failedTrials: readonly string[];
}

/** What a machine has left, in bytes. */
export interface Room {
    availableMemory: number;
    /** On the disk of the run folder. */
    freeDisk: number;
}

/** What the node with the core of the stack takes. */
const neededMemory = 4 * 2 ** 30;
/** Images unpacked, containers, volumes. */
const neededDisk = 5 * 2 ** 30;

/** Programs that a Linux system has, with their packages. */
const programs = {
    unshare: "util-linux",
    nsenter: "util-linux",
    mount: "mount (Fedora: util-linux)",
    ip: "iproute2 (Fedora: iproute)",
    hostname: "hostname",
} as const;

type ProgramName = keyof typeof programs;

/** Every reason why a machine can't have a real node, however much room it has. */
export function incapacitiesOf(facts: MachineFacts): string[] {
    if (facts.platform !== "linux") {
        return [`it runs ${facts.platform}, and containers need Linux`];
    }
    const packages = facts.missingPrograms.map((name) => `${name} (package ${programs[name]})`);
    return [
        ...(facts.uid === 0 ? [] : ["you aren't root, who alone may make namespaces, cgroups and mounts"]),
        ...(packages.length === 0 ? [] : [`programs are missing: ${packages.join(", ")}`]),
        ...(facts.missingControllers.length === 0
            ? []
            : [`cgroup controllers are missing: ${facts.missingControllers.join(", ")}`]),
        ...facts.failedTrials.map(refused),
    ];
}

/** What a machine has too little of for the start of a node. */
export function shortagesOf({ availableMemory, freeDisk }: Room): string[] {
    const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    return [
        ...(availableMemory >= neededMemory
            ? []
            : [`${gib(availableMemory)} of memory are available, ${gib(neededMemory)} are needed`]),
        ...(freeDisk >= neededDisk
            ? []
            : [`${gib(freeDisk)} of disk are free below ${runDir}, ${gib(neededDisk)} are needed`]),
    ];
}

/**
 * Checks that this machine can have a real node and has room for one, before anything is started. A node that runs has shown
 * that it can, and has taken its room.
 * @throws UserError that lists all that is missing, and says what to use instead
 */
export function requireRealNode(): Promise<void> {
    return check(() => shortagesOf({ availableMemory: availableMemory(), freeDisk: freeBytes(runDir) }));
}

/** As {@link requireRealNode}, but for a node that is needed however little room there is. */
export function requireCapable(): Promise<void> {
    return check(() => []);
}

async function check(shortages: () => string[]): Promise<void> {
    if (runningNode() !== undefined) {
        return;
    }
    const incapacities = incapacitiesOf(await factsOfMachine());
    // Elsewhere than on Linux its room is of no interest.
    complain(process.platform === "linux" ? [...incapacities, ...shortages()] : incapacities);
    // The first to be got: where these two don't work, the others would be got in vain.
    complain((await failedProgramTrials(await ensureTools(["nft", "runc"]))).map(refused));
}

const refused = (trial: string): string => `it doesn't allow ${trial}`;

async function factsOfMachine(): Promise<MachineFacts> {
    const { platform } = process;
    const uid = process.getuid?.() ?? -1;
    const missingPrograms = platform === "linux" ? await missing(Object.keys(programs) as ProgramName[]) : [];
    // The trials need both.
    const canTry = platform === "linux" && uid === 0 && missingPrograms.length === 0;
    const hierarchies = platform === "linux" ? mountedHierarchies() : [];
    return {
        platform,
        uid,
        missingPrograms,
        missingControllers: missingControllers(hierarchies, unifiedControllers(hierarchies)),
        failedTrials: canTry ? await failedTrials() : [],
    };
}

async function missing(names: readonly ProgramName[]): Promise<ProgramName[]> {
    const found = await Promise.all(names.map(async (name) => (await run("sh", ["-c", `command -v ${name}`])).ok));
    return names.filter((_, index) => found[index] !== true);
}

/** Bytes that can be had without swapping. */
function availableMemory(): number {
    const meminfo = fs.existsSync("/proc/meminfo") ? fs.readFileSync("/proc/meminfo", "utf8") : "";
    const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1];
    return kilobytes === undefined ? os.freemem() : Number(kilobytes) * 1024;
}

function complain(problems: readonly string[]): void {
    if (problems.length > 0) {
        const list = problems.map((problem) => `  - ${problem}`).join("\n");
        throw new UserError(`This machine can't run real pods:\n${list}\n${elsewhere}`);
    }
}
