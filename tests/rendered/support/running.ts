import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../sandbox/processes";
import { inFolder, writeFiles } from "./check";
import type { Launch } from "./containers";
import { mappedArgs, mappedFiles } from "./mapped";
import { programOf, type RenderedTool } from "./tools";

/** Variables of this process that the program gets, too: none of a user's own credentials or proxies. */
const inherited = ["PATH", "HOME", "TMPDIR"];
const secondsToReady = 240;
const secondsToWork = 60;
const secondsToEnd = 10;

/** Loopback ports for a container's: those that are chosen, and free ones for the others. */
export async function loopbackPorts(
    { ports: declared }: Launch,
    chosen: ReadonlyMap<number, number> = new Map(),
): Promise<Map<number, number>> {
    const ports = new Map(chosen);
    for (const { port } of declared) {
        ports.set(port, ports.get(port) ?? (await freePort(undefined, [...ports.values()])));
    }
    return ports;
}

/** A container's program while it runs on this machine. */
export interface Running {
    /** Loopback ports by those of the container. */
    readonly ports: ReadonlyMap<number, number>;
    /** Tries until it succeeds. @throws Error with the last failure after some minutes, or when the program has ended */
    readonly until: <T>(attempt: () => Promise<T>) => Promise<T>;
    /** Gives it files with other contents, as a kubelet does when a Secret has changed; paths in the container. */
    readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
}

/**
 * Starts a container's program on this machine, with its arguments, files and environment, on loopback ports, does something
 * with it, and ends it.
 *
 * @param env variables beside those of the container
 * @param chosen loopback ports by those of the container, where a file names them; @default free ones
 * @throws Error with what it logged when the work fails
 */
export async function whileItRuns<T>(
    tool: RenderedTool,
    launch: Launch,
    { env = {}, chosen = new Map() }: { env?: Record<string, string>; chosen?: ReadonlyMap<number, number> },
    work: (running: Running) => Promise<T>,
): Promise<T> {
    const binary = await programOf(tool);
    const ports = await loopbackPorts(launch, chosen);
    return inFolder(async (folder) => {
        await writeFiles(folder, mappedFiles(launch));
        const own = Object.fromEntries(inherited.map((name) => [name, process.env[name] ?? ""]));
        const child = spawn(binary, mappedArgs(launch, ports), {
            cwd: folder,
            env: { ...own, ...launch.env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const log: string[] = [];
        child.stdout.on("data", (data: Buffer) => log.push(data.toString()));
        child.stderr.on("data", (data: Buffer) => log.push(data.toString()));
        try {
            return await work({
                ports,
                until: (attempt) => untilItWorks(child, attempt),
                write: (files) => writeFiles(folder, files),
            });
        } catch (error) {
            throw new Error(`${launch.name}: ${(error as Error).message}\n${log.join("")}`, { cause: error });
        } finally {
            await end(child);
        }
    });
}

/**
 * Starts a container's program on this machine, with its arguments, files and environment, on loopback ports; waits until
 * its readiness probe passes, and ends it once the work is done.
 *
 * @param env variables beside those of the container
 * @param chosen loopback ports by those of the container, where a file names them; @default free ones
 * @param work what is done with it, by the address of its readiness probe
 * @throws Error with what it logged when it ends by itself, doesn't get ready, or the work fails
 */
export function whileRunning<T>(
    tool: RenderedTool,
    launch: Launch,
    env: Record<string, string>,
    chosen: ReadonlyMap<number, number>,
    work: (url: URL) => Promise<T>,
): Promise<T> {
    return whileItRuns(tool, launch, { env, chosen }, async ({ ports, until }) => {
        const url = readinessUrl(launch, ports);
        await until(async () => {
            const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
            if (!answer.ok) {
                throw new Error(`${url} says ${answer.status}`);
            }
        });
        return work(new URL(url));
    });
}

/**
 * Whether a container's program comes up: see {@link whileRunning}.
 *
 * @param enough what its metrics must have; @default nothing, they are read as soon as it is ready
 * @returns its own metrics once it was ready and had that, or had been ready for long without
 */
export function comesUp(
    tool: RenderedTool,
    launch: Launch,
    env: Record<string, string> = {},
    chosen: ReadonlyMap<number, number> = new Map(),
    enough: (metrics: string) => boolean = () => true,
): Promise<string> {
    return whileRunning(tool, launch, env, chosen, (url) => metricsOf(new URL("/metrics", url), enough));
}

/** A program that has got ready. */
export interface Ready {
    /** Loopback ports by those of its container. */
    readonly ports: ReadonlyMap<number, number>;
    /**
     * Its own metrics, as soon as they have what is asked for, or after it has been ready for long without.
     *
     * @param enough @default nothing is asked for
     */
    readonly metrics: (enough?: (metrics: string) => boolean) => Promise<string>;
}

/** {@link whileRunning}, on free ports unless some are chosen, for work that calls the program. */
export async function whileUp<T>(
    tool: RenderedTool,
    launch: Launch,
    work: (ready: Ready) => Promise<T>,
    env: Record<string, string> = {},
    chosen: ReadonlyMap<number, number> = new Map(),
): Promise<T> {
    const ports = await loopbackPorts(launch, chosen);
    return whileRunning(tool, launch, env, ports, (url) =>
        work({ ports, metrics: (enough = () => true) => metricsOf(new URL("/metrics", url), enough) }),
    );
}

async function metricsOf(url: URL, enough: (metrics: string) => boolean): Promise<string> {
    const deadline = Date.now() + secondsToWork * 1000;
    for (;;) {
        const metrics = await (await fetch(url)).text();
        if (enough(metrics) || Date.now() > deadline) {
            return metrics;
        }
        await sleep(500);
    }
}

/** Value of a metric without labels, or with exactly these as Prometheus prints them; undefined where there is none. */
export function metric(metrics: string, name: string): number | undefined {
    const line = metrics.split("\n").find((one) => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length));
}

function readinessUrl({ readiness, ports }: Launch, here: ReadonlyMap<number, number>): string {
    const { port } = ports.find(({ name, port }) => [name, port].includes(readiness.port)) ?? {};
    return `http://127.0.0.1:${here.get(port ?? 0) ?? 0}${readiness.path}`;
}

async function untilItWorks<T>(child: ChildProcess, attempt: () => Promise<T>): Promise<T> {
    const how = (code: unknown) => `ended with ${String(code)}`;
    const code = child.exitCode ?? child.signalCode;
    let ended = code === null ? undefined : how(code);
    child.once("error", (error) => (ended = error.message));
    child.once("exit", (code, signal) => (ended = how(code ?? signal)));
    const deadline = Date.now() + secondsToReady * 1000;
    while (ended === undefined) {
        try {
            return await attempt();
        } catch (error) {
            if (Date.now() > deadline) {
                throw new Error(`not ready after ${secondsToReady} s: ${(error as Error).message}`, { cause: error });
            }
        }
        await sleep(100);
    }
    throw new Error(ended);
}

async function end(child: ChildProcess): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        return;
    }
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), secondsToEnd * 1000);
    await exit;
    clearTimeout(timer);
}

/** The launch with one of its files changed, by name. */
export function withFile(launch: Launch, name: string, change: (text: string) => string): Launch {
    const found = Object.entries(launch.mounts).find(([, files]) => name in files);
    if (found === undefined) {
        throw new Error(`${launch.name} has no file ${name} in ${path.posix.join(...Object.keys(launch.mounts))}`);
    }
    const [mount, files] = found;
    return { ...launch, mounts: { ...launch.mounts, [mount]: { ...files, [name]: change(files[name]!) } } };
}
