import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { UserError, hasCode, messageOf } from "../../cli/errors";
import { inRunDir, runDir } from "../paths";
import { isAlive, readIfExists, readJsonIfValid, withLock, writePrivateFile } from "../processes";
import { findMarked, identify, markerVariable } from "../processes/process-table";
import { openLog } from "../processes/log-file";
import { run } from "../toolchain/run";
import { createGroups, removeGroups } from "./cgroups";
import { runProgram } from "./run-program";
import { type NodeAddresses, addressesOf, externalNumbers, nodeNames, nodeRunDir } from "./settings";
import { freeSubnet, routesOfMachine } from "./subnets";

const recordFile = inRunDir("node.json");
const logFile = inRunDir("logs", "node.log");
const marker = `${runDir}#node`;
const lockName = "node";

const identitySchema = z.object({ pid: z.number().int(), started: z.string() });

const recordSchema = z.object({
    /** First three numbers of the node's subnet. */
    prefix: z.string(),
    /** The process that made the namespaces, and PID 1 within them; absent: stopped. */
    running: z.object({ unshare: identitySchema, init: identitySchema }).optional(),
});

type NodeRecord = z.output<typeof recordSchema>;

/** Namespaces of a node that runs. */
export interface NodeNamespaces {
    /** Of the node's PID 1, as the machine sees it. */
    pid: number;
    addresses: NodeAddresses;
}

/** Those of a node's own, as `unshare` and `nsenter` call them. */
export const namespaceFlags = ["--mount", "--net", "--pid", "--uts", "--ipc"];

/** Below it the node's data may not lie: the node has its own folder in that place. */
const maskedFolders = ["/run", "/sys", "/proc", "/var/lib", "/var/log"];

/**
 * Values of sysctls that the kubelet wants and that are the whole machine's: it finds them within the node, and the
 * machine's stay as they are. From `setupKernelTunables` of the kubelet's container manager.
 */
const kubeletSysctls: readonly (readonly [string, number])[] = [
    ["vm/overcommit_memory", 1],
    ["vm/panic_on_oom", 0],
    ["kernel/panic", 10],
    ["kernel/panic_on_oops", 1],
    ["kernel/keys/root_maxkeys", 1_000_000],
    ["kernel/keys/root_maxbytes", 25_000_000],
];

/** Unique on this machine, the same for a run folder: names the node's cgroups and the machine's end of its wire. */
export function nodeId(folder = runDir): string {
    return `perch-${createHash("sha256").update(folder).digest("hex").slice(0, 6)}`;
}

/** The node's namespaces, if it runs. */
export function runningNode(): NodeNamespaces | undefined {
    const record = readRecord();
    return record?.running !== undefined && isAlive(record.running.init)
        ? { pid: record.running.init.pid, addresses: addressesOf(record.prefix) }
        : undefined;
}

/**
 * Makes the node's namespaces with its end of the wire, or gives those that there are.
 * @throws UserError when they can't be made; nothing is left of them then
 */
export function ensureNamespaces(): Promise<NodeNamespaces> {
    return withLock(lockName, async () => {
        const present = runningNode();
        if (present !== undefined && isPrepared(present.pid)) {
            return present;
        }
        requireUnmasked();
        await remove();
        try {
            return await create();
        } catch (error) {
            await remove();
            throw error;
        }
    });
}

/**
 * Ends all processes of the node at once, and removes what outlives them. Finds what a killed run left. The data stay.
 */
export function removeNamespaces(): Promise<void> {
    return withLock(lockName, remove);
}

async function remove(): Promise<void> {
    const record = readRecord();
    // One that was killed between the start and the record is known by its environment.
    const marked = findMarked(marker).map(({ identity }) => identity);
    const running = [...Object.values(record?.running ?? {}), ...marked].filter(isAlive);
    for (const { pid } of running) {
        killIfThere(pid);
    }
    // PID 1 goes last of all processes of its namespace.
    await until(() => !running.some(isAlive), "The node's processes don't end, not even by KILL.");
    // Goes with the namespace, but a little later.
    await run("ip", ["link", "delete", hostLink()]);
    await removeGroups(nodeId());
    if (record?.running !== undefined) {
        writeRecord({ prefix: record.prefix });
    }
}

/** Command line that runs a program within the node. */
export function enterCommand({ pid }: Pick<NodeNamespaces, "pid">, command: readonly string[]): [string, ...string[]] {
    return ["nsenter", "--target", String(pid), ...namespaceFlags, "--", ...command];
}

async function create(): Promise<NodeNamespaces> {
    fs.mkdirSync(nodeRunDir, { recursive: true, mode: 0o700 });
    await createGroups(nodeId());
    const pid = await unshare();
    const prefix = await connect(pid);
    const addresses = addressesOf(prefix);
    await prepare({ pid, addresses });
    return { pid, addresses };
}

/** Starts PID 1 of new namespaces. Recorded at once, so that a run that finds this one killed can end it. */
async function unshare(): Promise<number> {
    const log = openLog(logFile);
    const child = spawn(
        "unshare",
        [...namespaceFlags, "--fork", "--mount-proc", "--kill-child", "sh", script("init.sh")],
        {
            cwd: "/",
            detached: true,
            stdio: ["ignore", log, log],
            env: { PATH: process.env.PATH, [markerVariable]: marker },
        },
    );
    fs.closeSync(log);
    const failure = new Promise<never>((_, reject) => {
        child.once("error", reject);
        child.once("exit", () => {
            reject(new Error(readIfExists(logFile)?.trim().split("\n").at(-1) ?? "it ended"));
        });
    });
    failure.catch(() => undefined);
    child.unref();
    try {
        const init = await Promise.race([failure, firstChild(child.pid ?? 0)]);
        return init;
    } catch (error) {
        throw new UserError(`Can't make the node's namespaces: ${messageOf(error)}`);
    }
}

async function firstChild(parent: number): Promise<number> {
    let pid = 0;
    await until(() => {
        pid = Number(readIfExists(`/proc/${parent}/task/${parent}/children`)?.trim().split(" ")[0] ?? 0);
        // Only when it runs the script has it left the machine's view of processes behind.
        return pid > 0 && (readIfExists(`/proc/${pid}/cmdline`) ?? "").startsWith("sh\0");
    }, "unshare starts no process.");
    const [unshareIdentity, init] = [identify(parent), identify(pid)];
    if (unshareIdentity === undefined || init === undefined) {
        throw new Error("it ended");
    }
    writeRecord({ prefix: readRecord()?.prefix ?? "", running: { unshare: unshareIdentity, init } });
    return pid;
}

/** Lays the wire. Another node may take the same subnet at the same moment: both see it then, and one tries again. */
async function connect(pid: number): Promise<string> {
    const link = hostLink();
    for (let attempt = 1; ; attempt += 1) {
        const kept = readRecord()?.prefix;
        const prefix = freeSubnet(await routesOfMachine(), kept === "" ? undefined : kept);
        writeRecord({ ...readRecord(), prefix });
        const { subnet, host } = addressesOf(prefix);
        await runProgram("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(pid)]);
        await runProgram("ip", ["address", "add", `${host}/24`, "dev", link]);
        await runProgram("ip", ["link", "set", link, "up"]);
        if ((await routesOfMachine()).filter((route) => route === subnet).length < 2) {
            return prefix;
        }
        if (attempt === 10) {
            throw new UserError(`Other runs of the sandbox take each address range (${subnet}): try again.`);
        }
        await runProgram("ip", ["link", "delete", link]);
        writeRecord({ ...readRecord(), prefix: "" });
        await sleep(Math.random() * 500);
    }
}

async function prepare({ pid, addresses }: NodeNamespaces): Promise<void> {
    const [program, ...args] = enterCommand({ pid }, ["sh", script("prepare.sh")]);
    const env = {
        NODE_DIR: nodeRunDir,
        NODE_NAME: nodeNames.real,
        HOST_IP: addresses.host,
        NODE_IP: addresses.node,
        FIRST_EXTERNAL: String(externalNumbers.firstIngress),
        LAST_EXTERNAL: String(externalNumbers.last),
        SYSCTLS: kubeletSysctls.map(([file, value]) => `${file} ${value}`).join("\n"),
    };
    const { ok, stderr } = await run(program, args, { env });
    if (!ok) {
        throw new UserError(`Can't set up the node's namespaces: ${stderr.trim()}`);
    }
}

function killIfThere(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch (error) {
        if (!hasCode(error, "ESRCH")) {
            throw error;
        }
    }
}

function isPrepared(pid: number): boolean {
    return fs.existsSync(`/proc/${pid}/root/run/perch-prepared`);
}

function requireUnmasked(): void {
    const masked = maskedFolders.find((folder) => runDir.startsWith(`${folder}/`));
    if (masked !== undefined) {
        throw new UserError(
            `The run folder ${runDir} is below ${masked}, which the node has of its own: ` +
                "set PERCH_SANDBOX_DIR to a folder elsewhere.",
        );
    }
}

function hostLink(): string {
    return `${nodeId()}h`;
}

function script(name: string): string {
    return path.join(__dirname, name);
}

async function until(condition: () => boolean, complaint: string): Promise<void> {
    const end = Date.now() + 10_000;
    while (!condition()) {
        if (Date.now() > end) {
            throw new UserError(complaint);
        }
        await sleep(10);
    }
}

function readRecord(): NodeRecord | undefined {
    const parsed = recordSchema.safeParse(readJsonIfValid(recordFile));
    return parsed.success ? parsed.data : undefined;
}

function writeRecord(record: NodeRecord): void {
    writePrivateFile(recordFile, `${JSON.stringify(record)}\n`);
}
