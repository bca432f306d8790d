import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig, V1Container, V1Pod } from "@kubernetes/client-node";
import { inRunDir } from "../paths";
import {
    daemonStatuses,
    freePort,
    httpProbe,
    isAlive,
    lastLines,
    launchDaemon,
    logFileOf,
    runningAs,
    stopDaemon,
    writePrivateFile,
} from "../processes";
import type { DaemonSpec, LaunchedDaemon, Probe } from "../processes";
import { apiMessage, isApiError, orMissing, strategicMergePatch } from "../../cli/kubernetes";
import { CannotCreateContainer, environmentOf } from "./container-env";
import { podStatus } from "./host-process-status";
import type { ProcessState } from "./host-process-status";
import { writeKubeconfig } from "./kubeconfig";
import { deploymentOf, operatorCommand, readinessUrl } from "./operator-command";
import { operatorDaemonPrefix } from "./settings";

const tokenSeconds = 3_607;
const renewTokenAfterMs = 1_200_000;
const pollMs = 300;
const blockedRetryMs = 2_000;
const firstBackOffMs = 1_000;
const maxBackOffMs = 30_000;
/** A process that ran this long starts its back-off anew when it ends. */
const stableMs = 60_000;
/** As a shell and a kubelet have it for a process that was killed. */
const signalledExitCode = 137;
const failedProbesUntilUnready = 3;

/** A pod whose operator container the host runs. */
export interface OperatorPod {
    pod: V1Pod;
    container: V1Container;
    uid: string;
    namespace: string;
    name: string;
}

interface Prepared {
    spec: DaemonSpec;
    /** Asks what the container's readiness probe asks. */
    readiness: Probe;
}

/**
 * Plays the kubelet for one pod of the Prometheus Operator: runs the real program with the container's arguments and
 * environment and the token of its ServiceAccount, and tells the API server how it fares.
 */
export class OperatorProcess {
    private stopped = false;
    private restarts: number;
    private tokenWritten = 0;
    private readonly folder: string;
    private readonly daemon: string;
    private readonly core: CoreV1Api;

    constructor(
        private readonly config: KubeConfig,
        private readonly program: string | undefined,
        private readonly target: OperatorPod,
    ) {
        const { uid, namespace, name, pod, container } = target;
        this.core = config.makeApiClient(CoreV1Api);
        this.folder = inRunDir("operators", uid);
        this.daemon = daemonNameOf(namespace, name);
        const before = pod.status?.containerStatuses?.find((status) => status.name === container.name);
        this.restarts = before?.restartCount ?? 0;
    }

    /** Runs the operator until {@link stop}, again after each end. */
    async run(): Promise<void> {
        let backOff = firstBackOffMs;
        while (!this.stopped) {
            const begin = Date.now();
            try {
                const crash = await this.runOnce();
                if (crash === undefined) {
                    return;
                }
                this.restarts += 1;
                await this.report(crash);
                await this.tellBackOff(crash.message);
                backOff = Date.now() - begin > stableMs ? firstBackOffMs : backOff;
                await sleep(backOff);
                backOff = Math.min(2 * backOff, maxBackOffMs);
            } catch (error) {
                await this.reportBlocked(error);
                await sleep(blockedRetryMs);
            }
        }
    }

    /** Ends the operator and takes its credentials away. */
    async stop(): Promise<void> {
        this.stopped = true;
        await stopDaemon(this.daemon);
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    /** `undefined` when it ended because of {@link stop}. */
    private async runOnce(): Promise<(ProcessState & { kind: "crashed" }) | undefined> {
        const { spec, readiness } = await this.prepare();
        const present = runningAs(spec);
        if (present === undefined) {
            await stopDaemon(this.daemon);
        }
        if (this.hasStopped()) {
            return undefined;
        }
        const startedAt = new Date();
        const launched: Pick<LaunchedDaemon, "identity" | "child"> | { identity: NonNullable<typeof present> } =
            present === undefined ? launchDaemon(spec) : { identity: present };
        await this.watch(readiness, startedAt, () => isAlive(launched.identity));
        if (this.hasStopped()) {
            return undefined;
        }
        const message = lastLines(logFileOf(spec), 3).join("\n");
        // Of a process that an earlier host started, nobody learns the exit code.
        const exitCode = "child" in launched ? (launched.child.exitCode ?? signalledExitCode) : 1;
        return { kind: "crashed", startedAt, finishedAt: new Date(), exitCode, message };
    }

    /** Reports readiness as it changes and renews the token, until the process ends. */
    private async watch(readiness: Probe, startedAt: Date, alive: () => boolean): Promise<void> {
        let reported: boolean | undefined;
        let failures = 0;
        while (!this.stopped && alive()) {
            failures = (await passes(readiness)) ? 0 : failures + 1;
            const ready: boolean = failures === 0 || (reported === true && failures < failedProbesUntilUnready);
            if (ready !== reported && alive()) {
                reported = ready;
                await this.report({ kind: "running", startedAt, ready });
            }
            if (Date.now() - this.tokenWritten > renewTokenAfterMs) {
                await this.writeToken().catch(() => undefined);
            }
            await sleep(pollMs);
        }
    }

    private async prepare(): Promise<Prepared> {
        const { pod, container, namespace } = this.target;
        if (this.program === undefined) {
            throw new CannotCreateContainer(
                "the sandbox was started without the program prometheus-operator: run make up again",
                "ErrImageNeverPull",
            );
        }
        const environment = await environmentOf(pod, container, (kind, name, key) => this.readKey(kind, name, key));
        const present = daemonStatuses().find((status) => status.name === this.daemon && status.alive);
        const port = present?.port ?? (await freePort());
        const { args, podPort } = operatorCommand(container, environment, port);
        const url = readinessUrl(container, podPort, port);
        await this.writeToken();
        const kubeconfig = this.writeKubeconfig();
        const readiness = url === undefined ? () => Promise.resolve() : httpProbe({ url });
        const spec: DaemonSpec = {
            name: this.daemon,
            log: `${operatorDaemonPrefix}${namespace}-${deploymentOf(pod)}`,
            command: this.program,
            args,
            // In its pod the operator finds the API server by the pod's own files; here it is told.
            env: { ...environment, KUBECONFIG: kubeconfig },
            cwd: this.folder,
            configFiles: [kubeconfig],
            port,
            probe: readiness,
            graceMs: 5_000,
        };
        return { spec, readiness };
    }

    private get tokenFile(): string {
        return `${this.folder}/token`;
    }

    /** Bound to the pod, as a kubelet's: it is worth nothing once the pod is gone. */
    private async writeToken(): Promise<void> {
        const { pod, namespace, name, uid } = this.target;
        const { status } = await this.core.createNamespacedServiceAccountToken({
            namespace,
            name: pod.spec?.serviceAccountName ?? "default",
            body: {
                spec: {
                    audiences: [],
                    expirationSeconds: tokenSeconds,
                    boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
                },
            },
        });
        writePrivateFile(this.tokenFile, status?.token ?? "");
        this.tokenWritten = Date.now();
    }

    private writeKubeconfig(): string {
        const file = `${this.folder}/kubeconfig`;
        const cluster = this.config.getCurrentCluster();
        writeKubeconfig(file, {
            server: cluster?.server ?? "",
            ca: Buffer.from(cluster?.caData ?? "", "base64").toString("utf8"),
            user: "operator",
            credentials: { tokenFile: this.tokenFile },
        });
        return file;
    }

    private async readKey(kind: "ConfigMap" | "Secret", name: string, key: string): Promise<string | undefined> {
        const request = { namespace: this.target.namespace, name };
        if (kind === "ConfigMap") {
            return (await orMissing(this.core.readNamespacedConfigMap(request)))?.data?.[key];
        }
        const encoded = (await orMissing(this.core.readNamespacedSecret(request)))?.data?.[key];
        return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
    }

    /** Tells the API server, again until it hears. */
    private async report(state: ProcessState): Promise<void> {
        const { pod, container, namespace, name, uid } = this.target;
        const status = podStatus(pod, container.name, state, this.restarts);
        while (!this.stopped) {
            try {
                // The uid keeps it from a later pod of the same name.
                const body = { metadata: { uid }, status };
                await this.core.patchNamespacedPodStatus({ namespace, name, body }, strategicMergePatch);
                return;
            } catch (error) {
                if (isApiError(error, 404) || isApiError(error, 409)) {
                    return;
                }
                await sleep(500);
            }
        }
    }

    /** An API server that doesn't answer blocks nothing: an operator that runs goes on meanwhile. */
    private async reportBlocked(error: unknown): Promise<void> {
        if (error instanceof CannotCreateContainer || error instanceof ApiException) {
            const reason = error instanceof CannotCreateContainer ? error.reason : "CreateContainerError";
            await this.report({ kind: "blocked", reason, message: apiMessage(error) });
        }
    }

    private async tellBackOff(lastLog: string): Promise<void> {
        const { container, namespace, name, uid } = this.target;
        const now = new Date();
        const message = `Back-off restarting failed container ${container.name} in pod ${name}: ${lastLog.split("\n").at(-1) ?? ""}`;
        const event = {
            metadata: { generateName: `${name}.`, namespace },
            involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
            type: "Warning",
            reason: "BackOff",
            message: message.slice(0, 1_000),
            source: { component: "perch-sandbox" },
            firstTimestamp: now,
            lastTimestamp: now,
            count: 1,
        };
        // Only for the reader of the events: the status says it too.
        await this.core.createNamespacedEvent({ namespace, body: event }).catch(() => undefined);
    }

    /** As a method, since the flag changes while others are awaited. */
    private hasStopped(): boolean {
        return this.stopped;
    }
}

function passes(probe: Probe): Promise<boolean> {
    return probe().then(
        () => true,
        () => false,
    );
}

/** Name of the daemon that stands for an operator's pod. */
export function daemonNameOf(namespace: string, podName: string): string {
    return `${operatorDaemonPrefix}${namespace}-${podName}`;
}
