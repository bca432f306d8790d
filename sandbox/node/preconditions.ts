import * as fs from "node:fs";
import * as os from "node:os";
import { UserError } from "../../cli/errors";
import { runDir } from "../paths";
import { freeBytes } from "../toolchain/disk";
import { run } from "../toolchain/run";
import { elsewhere, missingControllers, mountedHierarchies, unifiedControllers } from "./cgroups";
import { namespaceFlags } from "./namespaces";

/** What a machine has of what a real node needs. */
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
    /** Bytes. */
    availableMemory: number;
    /** Bytes on the disk of the run folder. */
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

/** What is tried in namespaces that are gone afterwards; each line of the shell with what it proves. */
const trials: readonly (readonly [script: string, what: string])[] = [
    ["true", "namespaces of its own"],
    [
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m && " +
            "mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/m",
        "overlay file systems",
    ],
    ["mount -t sysfs sysfs /sys", "a sysfs of its own"],
    ["ip link add perch-a type veth peer name perch-b", "network interfaces (veth)"],
    ["ip link add perch-a type bridge", "network bridges"],
    [
        "ip link add perch-a type bridge; test -e /proc/sys/net/bridge/bridge-nf-call-iptables || " +
            `{ echo 'load them with "modprobe br_netfilter"'; exit 1; }`,
        "rules for bridged packets",
    ],
];

/** Every reason why a machine can't have a real node. */
export function problemsOf(facts: MachineFacts): string[] {
    if (facts.platform !== "linux") {
        return [`it runs ${facts.platform}, and containers need Linux`];
    }
    const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    const packages = facts.missingPrograms.map((name) => `${name} (package ${programs[name]})`);
    return [
        ...(facts.uid === 0 ? [] : ["you aren't root, who alone may make namespaces, cgroups and mounts"]),
        ...(packages.length === 0 ? [] : [`programs are missing: ${packages.join(", ")}`]),
        ...(facts.missingControllers.length === 0
            ? []
            : [`cgroup controllers are missing: ${facts.missingControllers.join(", ")}`]),
        ...facts.failedTrials.map((trial) => `it doesn't allow ${trial}`),
        ...(facts.availableMemory >= neededMemory
            ? []
            : [`${gib(facts.availableMemory)} of memory are available, ${gib(neededMemory)} are needed`]),
        ...(facts.freeDisk >= neededDisk
            ? []
            : [`${gib(facts.freeDisk)} of disk are free below ${runDir}, ${gib(neededDisk)} are needed`]),
    ];
}

/**
 * Checks that this machine can have a real node, before anything is got or started.
 * @throws UserError that lists all that is missing, and says what to use instead
 */
export async function requireRealNode(): Promise<void> {
    complain(problemsOf(await factsOfMachine()));
}

/**
 * Checks that the kernel takes nftables rules, as those of Services and NetworkPolicies are.
 * @param nft path of the program
 * @throws UserError with what it said
 */
export async function requireNfTables(nft: string): Promise<void> {
    const problem = await trial(`'${nft}' add table ip perch`);
    complain(problem === undefined ? [] : [`it doesn't allow packet filters (nf_tables): ${problem}`]);
}

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
        availableMemory: availableMemory(),
        freeDisk: freeBytes(runDir),
    };
}

async function failedTrials(): Promise<string[]> {
    const results = await Promise.all(
        trials.map(async ([script, what]) => {
            const problem = await trial(script);
            return problem === undefined ? undefined : `${what}: ${problem}`;
        }),
    );
    const [first, ...others] = results;
    // Without namespaces nothing else can be tried.
    return first === undefined ? others.filter((result) => result !== undefined) : [first];
}

/** Why a script fails in namespaces of its own; `undefined`: it doesn't. */
async function trial(script: string): Promise<string | undefined> {
    const { ok, stderr, stdout } = await run("unshare", [
        ...namespaceFlags,
        "--fork",
        "--mount-proc",
        "sh",
        "-ec",
        script,
    ]);
    const [said = ""] = (stderr + stdout).trim().split("\n");
    return ok ? undefined : said === "" ? "it failed" : said;
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
