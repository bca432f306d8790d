import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { UserError, messageOf } from "../../cli/errors";
import { inRunDir, runDir } from "../paths";
import { readIfExists, readJsonIfValid, writePrivateFile } from "./files";
import { lastLines, openLog, sizeOf } from "./log-file";
import { endProcess, findMarked, identify, isAlive, markerVariable } from "./process-table";
import type { ProcessIdentity } from "./process-table";

/** Answers whether a daemon serves; a throw means no, and its message says why. */
export type Probe = () => Promise<void>;

/** A process of the sandbox that outlives the command that starts it. */
export interface DaemonSpec {
    /** Unique in the sandbox; names its pid file, its log and its line in the status. */
    name: string;
    /** Absolute path of the program. */
    command: string;
    args: readonly string[];
    /** The whole environment, beside PATH, HOME, TMPDIR and the locale of the starter. */
    env?: Readonly<Record<string, string>>;
    /** @default the run folder */
    cwd?: string;
    /** Files that it reads at its start: a changed content restarts it. */
    configFiles?: readonly string[];
    /** The port that it serves on, for the status. */
    port?: number;
    /**
     * Name of its log; several processes in a row may share one.
     * @default the name
     */
    log?: string;
    probe: Probe;
    /**
     * Milliseconds from the start until it must answer its probe.
     * @default 60000
     */
    readyTimeoutMs?: number;
    /**
     * Milliseconds between TERM and KILL when it is stopped.
     * @default 10000
     */
    graceMs?: number;
    /**
     * Its children outlive it, and a new one takes them over, as containerd does: it is ended without them, and one that
     * has no pid file isn't found.
     * @default false
     */
    childrenStay?: boolean;
}

/** What a call of {@link ensureDaemon} did. */
export type DaemonOutcome = "reused" | "started" | "restarted";

/** One line of the status. */
export interface DaemonStatus {
    name: string;
    pid: number;
    port: number | undefined;
    alive: boolean;
    log: string;
}

const recordSchema = z.object({
    name: z.string(),
    pid: z.number().int(),
    started: z.string(),
    /** Of all that decides how the process behaves; a start with another one replaces the process. */
    fingerprint: z.string(),
    port: z.number().int().optional(),
    log: z.string().optional(),
    graceMs: z.number(),
});

type DaemonRecord = z.output<typeof recordSchema>;

/** Where the log of a daemon is. */
export function logFileOf({ name, log }: Pick<DaemonSpec, "name" | "log">): string {
    return inRunDir("logs", `${log ?? name}.log`);
}

/** Whether the recorded process of this name runs. */
export function isDaemonAlive(name: string): boolean {
    const record = readRecord(name);
    return record !== undefined && isAlive(record);
}

/**
 * Makes sure that a daemon runs as described and answers: reuses one that does, replaces one that is ill or was started
 * with other settings, starts one that isn't there.
 * @throws UserError with the last log lines when it doesn't get ready
 */
export async function ensureDaemon(spec: DaemonSpec): Promise<DaemonOutcome> {
    const alive = isDaemonAlive(spec.name);
    if (runningAs(spec) !== undefined && (await answers(spec))) {
        return "reused";
    }
    await stopDaemon(spec.name);
    const { whenReady } = launchDaemon(spec);
    await whenReady;
    return alive ? "restarted" : "started";
}

/** The process that runs already with just these settings, if there is one. */
export function runningAs(spec: DaemonSpec): ProcessIdentity | undefined {
    const record = readRecord(spec.name);
    return record?.fingerprint === fingerprintOf(spec) && isAlive(record)
        ? { pid: record.pid, started: record.started }
        : undefined;
}

/** A daemon that was just started: `whenReady` fails when it ends or doesn't answer in time. */
export interface LaunchedDaemon {
    child: ChildProcess;
    identity: ProcessIdentity;
    whenReady: Promise<void>;
}

/** Starts a daemon of which none runs. Most callers want {@link ensureDaemon}. */
export function launchDaemon(spec: DaemonSpec): LaunchedDaemon {
    const log = logFileOf(spec);
    const descriptor = openLog(log);
    fs.writeSync(descriptor, `--- ${new Date().toISOString()} start of ${spec.name}\n`);
    const logStart = sizeOf(log);
    const { child, failure } = spawnDetached(spec, descriptor);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (child.pid === undefined) {
        return { child, identity: { pid: 0, started: "" }, whenReady: failure };
    }
    // One that ended at once has no start time any more; an empty one never matches a process.
    const known = identity ?? { pid: child.pid, started: "" };
    writeRecord({
        name: spec.name,
        ...known,
        fingerprint: fingerprintOf(spec),
        port: spec.port,
        log: spec.log,
        graceMs: spec.graceMs ?? 10_000,
    });
    const whenReady = Promise.race([failure, waitUntilReady(spec, logStart, child)]);
    // A caller may look at the process before it looks at its readiness.
    whenReady.catch(() => undefined);
    return { child, identity: known, whenReady };
}

/** Stops a daemon if it runs, strays of it included, and forgets it. */
export async function stopDaemon(name: string): Promise<void> {
    const record = readRecord(name);
    if (record !== undefined) {
        await endProcess(record, record.graceMs);
    }
    const strays = findMarked(markerOf(name)).filter(({ marker }) => marker === markerOf(name));
    await Promise.all(strays.map(({ identity }) => endProcess(identity, 2_000)));
    fs.rmSync(recordFileOf(name), { force: true });
}

/** Names of all daemons of the run folder, those included that run without a pid file. */
export function daemonNames(): string[] {
    const strays = findMarked(markerOf("")).map(({ marker }) => marker.slice(markerOf("").length));
    return [...new Set([...recordedNames(), ...strays])].sort();
}

/** All daemons of the run folder that have a pid file. */
export function daemonStatuses(): DaemonStatus[] {
    return recordedNames().flatMap((name) => {
        const record = readRecord(name);
        return record === undefined
            ? []
            : [{ name, pid: record.pid, port: record.port, alive: isAlive(record), log: logFileOf(record) }];
    });
}

function spawnDetached(spec: DaemonSpec, log: number): { child: ChildProcess; failure: Promise<never> } {
    const child = spawn(spec.command, spec.args, {
        cwd: spec.cwd ?? runDir,
        env: {
            ...inheritedEnvironment(),
            ...spec.env,
            ...(spec.childrenStay === true ? {} : { [markerVariable]: markerOf(spec.name) }),
        },
        detached: true,
        stdio: ["ignore", log, log],
    });
    fs.closeSync(log);
    const failure = new Promise<never>((_, reject) => {
        child.once("error", (error) => {
            reject(new UserError(`Can't start ${spec.name} (${spec.command}): ${error.message}`));
        });
    });
    failure.catch(() => undefined);
    child.unref();
    return { child, failure };
}

async function waitUntilReady(spec: DaemonSpec, logStart: number, child: ChildProcess): Promise<void> {
    const timeoutMs = spec.readyTimeoutMs ?? 60_000;
    const end = Date.now() + timeoutMs;
    for (;;) {
        const reason = await whyNotReady(spec.probe);
        if (reason === undefined) {
            return;
        }
        if (child.exitCode !== null || child.signalCode !== null) {
            const how = child.signalCode ?? `exit code ${child.exitCode ?? "unknown"}`;
            throw notReady(spec, logStart, `${spec.name} ended at its start (${how}).`);
        }
        if (Date.now() > end) {
            throw notReady(spec, logStart, `${spec.name} wasn't ready after ${timeoutMs / 1000} s: ${reason}.`);
        }
        await sleep(50);
    }
}

async function whyNotReady(probe: Probe): Promise<string | undefined> {
    try {
        await probe();
        return undefined;
    } catch (error) {
        return messageOf(error);
    }
}

function notReady(spec: DaemonSpec, logStart: number, what: string): UserError {
    const log = logFileOf(spec);
    const lines = lastLines(log, 15, logStart).map((line) => `    ${line.slice(0, 400)}`);
    const shown = lines.length === 0 ? "Its log is empty" : `The last lines of its log:\n${lines.join("\n")}`;
    return new UserError(`${what} ${shown}\nThe whole log: ${log}`);
}

/** A daemon under load may miss one probe: it is ill when it misses three in a row. */
async function answers(spec: DaemonSpec): Promise<boolean> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
        if ((await whyNotReady(spec.probe)) === undefined) {
            return true;
        }
        await sleep(300);
    }
    return false;
}

function fingerprintOf(spec: DaemonSpec): string {
    const files = (spec.configFiles ?? []).map((file) => readIfExists(file) ?? "");
    const parts = [spec.command, spec.args, spec.env ?? {}, spec.cwd ?? runDir, files];
    return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
    const names = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CACHE_HOME", "PERCH_SANDBOX_DIR"];
    return Object.fromEntries(names.flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])));
}

function markerOf(name: string): string {
    return `${runDir}#${name}`;
}

function recordFileOf(name: string): string {
    return inRunDir("processes", `${name}.json`);
}

function recordedNames(): string[] {
    const folder = inRunDir("processes");
    const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
}

function readRecord(name: string): DaemonRecord | undefined {
    const parsed = recordSchema.safeParse(readJsonIfValid(recordFileOf(name)));
    return parsed.success ? parsed.data : undefined;
}

function writeRecord(record: DaemonRecord): void {
    writePrivateFile(recordFileOf(record.name), `${JSON.stringify(record)}\n`);
}
