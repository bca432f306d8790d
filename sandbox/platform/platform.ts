import { VersionApi } from "@kubernetes/client-node";
import { runDir } from "../paths";
import {
    PortLedger,
    daemonNames,
    daemonStatuses,
    ensureDaemon,
    httpProbe,
    isDaemonAlive,
    logFileOf,
    requireFreeSpace,
    runningAs,
    stopDaemon,
    withLock,
} from "../processes";
import type { DaemonOutcome, DaemonSpec, Probe } from "../processes";
import { agentSpec } from "./agent";
import { ingressClasses, storageClasses } from "./classes";
import { loadKubeconfig } from "../../cli/kubernetes";
import { applyAll } from "./apply";
import { apiServerSpec, componentProbes, controllerManagerSpec, etcdSpec, schedulerSpec } from "./control-plane";
import type { ControlPlane } from "./control-plane";
import { apiServerUrl, ensureCredentials, kubeconfigs, writeKubeconfigs } from "./credentials";
import { kwokSpec, writeStages } from "./kwok";
import { ensureNodes, releaseNodeLeases, simulatedNode } from "./nodes";
import { adminKubeconfig, componentNames, operatorDaemonPrefix, simulatedLayout } from "./settings";
import type { ComponentName, PlatformTools, Ports } from "./settings";

/** What a platform is made of. */
export interface PlatformOptions {
    tools: PlatformTools;
    /** Folder `kustomize/stage` of KWOK's module, at the version of the program. */
    kwokStages: string;
    /** Storage classes beside `standard`, which is always there and the default one. */
    storageClasses?: readonly string[];
    /**
     * Simulated nodes; they spread over three zones.
     * @default 3
     */
    nodes?: number;
    /** Called with each step, for the user. */
    onProgress?: (message: string) => void;
}

/** A platform that serves. */
export interface Platform {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
    apiServer: string;
    /** What was done for each process. */
    outcomes: Record<string, DaemonOutcome>;
    /** Milliseconds that the start took. */
    elapsedMs: number;
}

/** One line of `make status`. */
export interface ComponentStatus {
    name: string;
    /** `undefined`: not running. */
    pid: number | undefined;
    port: number | undefined;
    healthy: boolean;
    log: string;
}

const lockName = "platform";
/** Free bytes that it takes to start. */
const neededBytes = 512 * 2 ** 20;
/** Free bytes for the state of a run where the platform runs already, and has taken what it needs. */
const neededToGoOn = 32 * 2 ** 20;
const defaultNodes = 3;

/**
 * Brings the platform up, from nothing or from whatever an earlier run left: what runs and is healthy is kept, what died is
 * started, a port that somebody else took is replaced.
 * @throws UserError that names the process that didn't start, with the end of its log
 */
export function startPlatform(options: PlatformOptions): Promise<Platform> {
    return withLock(lockName, () => startOnFreePorts(options), waitMessage(options));
}

/** Stops all processes of the sandbox, those of half a start too. The data stay. */
export async function stopPlatform(options: Pick<PlatformOptions, "onProgress"> = {}): Promise<void> {
    await withLock(lockName, stop, waitMessage(options));
}

/** All processes of the sandbox: the platform's, whether they run or not, and those that others started with it. */
export async function platformStatus(): Promise<ComponentStatus[]> {
    const statuses = new Map(daemonStatuses().map((status) => [status.name, status]));
    const ports = currentPorts();
    const probes: Record<string, Probe> =
        statuses.size === 0 ? {} : componentProbes(ports, await ensureCredentials(simulatedLayout));
    const names = [...new Set<string>([...componentNames, ...statuses.keys()])];
    return Promise.all(
        names.map(async (name) => {
            const status = statuses.get(name);
            const log = status?.log ?? logFileOf({ name });
            if (!status?.alive) {
                return { name, pid: undefined, port: undefined, healthy: false, log };
            }
            const probe = probes[name] ?? probeOfOperator(name, status.port);
            const healthy = await probe().then(
                () => true,
                () => false,
            );
            return { name, pid: status.pid, port: status.port, healthy, log };
        }),
    );
}

/** From its claim to the start of its process nobody holds a port: when it went to another program, there is one more start. */
async function startOnFreePorts(options: PlatformOptions): Promise<Platform> {
    try {
        return await start(options);
    } catch (error) {
        const lost = await lostPorts();
        if (lost.length === 0) {
            throw error;
        }
        options.onProgress?.(`another program took the port of ${lost.join(", ")}: starting on another one`);
        return start(options);
    }
}

async function start(options: PlatformOptions): Promise<Platform> {
    const begin = Date.now();
    const { tools, onProgress = () => undefined } = options;
    const outcomes: Record<string, DaemonOutcome> = {};
    const ensure = async (spec: DaemonSpec): Promise<void> => {
        outcomes[spec.name] = await ensureDaemon(spec);
        onProgress(`${spec.name} ${outcomes[spec.name] ?? ""}`);
    };

    requireFreeSpace(runDir, isDaemonAlive("etcd") ? neededToGoOn : neededBytes);
    const layout = simulatedLayout;
    const [ports, credentials] = await Promise.all([claimPorts(), ensureCredentials(layout)]);
    const plane: ControlPlane = { tools, ports, credentials, layout, probes: componentProbes(ports, credentials) };
    writeKubeconfigs(credentials, layout, ports["kube-apiserver"]);
    writeStages(options.kwokStages);
    const config = loadKubeconfig(kubeconfigs.platform);

    await ensure(etcdSpec(plane));
    const agent = agentSpec(plane);
    const serve = async (): Promise<void> => {
        await ensure(apiServerSpec(plane));
        await allOf([
            ensure(controllerManagerSpec(plane)),
            ensure(schedulerSpec(plane)),
            startNodes(options, kwokSpec(plane), ensure),
            applyAll(config, [...storageClasses(options.storageClasses ?? []), ...ingressClasses()]),
        ]);
    };
    await allOf([
        // First, so that its failure is the one that is told: the agent then waits for the API server in vain.
        serve().catch(async (error: unknown) => {
            await stopDaemon(agent.name);
            throw error;
        }),
        // Its start takes as long as the API server's.
        ensure(agent),
    ]);
    return {
        kubeconfig: adminKubeconfig,
        apiServer: apiServerUrl(ports["kube-apiserver"]),
        outcomes,
        elapsedMs: Date.now() - begin,
    };
}

async function startNodes(
    { nodes = defaultNodes }: PlatformOptions,
    kwok: DaemonSpec,
    ensure: (spec: DaemonSpec) => Promise<void>,
): Promise<void> {
    const config = loadKubeconfig(kubeconfigs.platform);
    const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
    const wanted = Array.from({ length: nodes }, (_, index) => simulatedNode(index, gitVersion));
    await ensureNodes(config, wanted);
    if (runningAs(kwok) === undefined) {
        await stopDaemon(kwok.name);
        const names = wanted.flatMap(({ metadata }) => metadata?.name ?? []);
        await releaseNodeLeases(config, names);
    }
    await ensure(kwok);
}

/** The agent goes first: it would start the operators again. etcd goes last, after what writes to it. */
async function stop(): Promise<void> {
    await stopDaemon("cluster-agent");
    const last = new Set<string>(["kube-apiserver", "etcd"]);
    await allOf(
        daemonNames()
            .filter((name) => !last.has(name))
            .map((name) => stopDaemon(name)),
    );
    await stopDaemon("kube-apiserver");
    await stopDaemon("etcd");
}

async function claimPorts(): Promise<Ports> {
    const ledger = PortLedger.load();
    const ports = currentPorts();
    for (const [name, owner] of portOwners) {
        ports[name] = await ledger.claim(name, isDaemonAlive(owner));
    }
    return ports;
}

/** Names of ports on which others listen than who claimed them. */
async function lostPorts(): Promise<string[]> {
    const ledger = PortLedger.load();
    const lost: string[] = [];
    for (const [name, owner] of portOwners) {
        if (!isDaemonAlive(owner) && (await ledger.isTaken(name))) {
            lost.push(name);
        }
    }
    return lost;
}

function currentPorts(): Ports {
    const ledger = PortLedger.load();
    return Object.fromEntries(portOwners.map(([name]) => [name, ledger.current(name) ?? 0])) as Ports;
}

const portOwners: readonly (readonly [keyof Ports, ComponentName])[] = [
    ...componentNames.map((name) => [name, name] as const),
    ["etcd-peer", "etcd"],
];

function probeOfOperator(name: string, port: number | undefined): Probe {
    return name.startsWith(operatorDaemonPrefix) && port !== undefined
        ? httpProbe({ url: `http://127.0.0.1:${port}/healthz` })
        : () => Promise.resolve();
}

/** Like `Promise.all`, but a failure is told only after all others ended too: none goes on behind the caller's back. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(work);
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
        throw failed.reason;
    }
}

function waitMessage({ onProgress }: Pick<PlatformOptions, "onProgress">): { onWait?: (message: string) => void } {
    return onProgress === undefined ? {} : { onWait: onProgress };
}
