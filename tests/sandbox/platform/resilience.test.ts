import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { runDir } from "../../../sandbox/paths";
import { platformStatus, startPlatform, stopPlatform } from "../../../sandbox/platform";
import type { ComponentStatus } from "../../../sandbox/platform";
import { componentNames } from "../../../sandbox/platform/settings";
import { PortLedger, isAlive } from "../../../sandbox/processes";
import { findMarked, identify } from "../../../sandbox/processes/process-table";
import { deployment } from "../support/objects";
import { admin, apply, ensurePlatform, eventually, freshNamespace, platformOptions } from "../support/platform";

const canary = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "default", name: "canary" },
    data: { a: "b" },
};

describe("the platform's processes", () => {
    before(async () => {
        await ensurePlatform();
        await apply(canary);
    });

    it("are reused when they are healthy", async () => {
        const { outcomes } = await ensurePlatform();
        expect(Object.keys(outcomes)).members([...componentNames]);
        expect(new Set(Object.values(outcomes))).eql(new Set(["reused"]));
    });

    for (const name of componentNames) {
        it(`${name} is started again after kill -9, with all data`, async () => {
            const before = await statusOf(name);
            await kill(before);
            expect(await statusOf(name)).includes({ healthy: false, pid: undefined });
            const { outcomes } = await ensurePlatform();
            expect(outcomes[name]).equals("started");
            expect(await statusOf(name)).includes({ healthy: true, port: before.port });
            await expectWorkingCluster();
        });
    }

    it("start again when all were killed", async () => {
        await Promise.all((await platformStatus()).map(kill));
        await ensurePlatform();
        await expectWorkingCluster();
    });

    it("start again with their data after a stop", async () => {
        await stopPlatform();
        expect(findMarked(`${runDir}#`)).eql([]);
        expect((await platformStatus()).filter(({ healthy }) => healthy)).eql([]);
        await ensurePlatform();
        await expectWorkingCluster();
    });

    for (const name of ["etcd", "kube-apiserver", "kwok"] as const) {
        it(`${name} moves to another port when somebody took its own`, async () => {
            const before = await statusOf(name);
            await kill(before);
            const server = net.createServer().listen(before.port, "127.0.0.1");
            await once(server, "listening");
            try {
                await ensurePlatform();
                expect((await statusOf(name)).port).not.equals(before.port);
                await expectWorkingCluster();
            } finally {
                server.close();
            }
        });
    }

    it("kube-apiserver moves to another port when somebody takes its own between the claim and its start", async () => {
        await stopPlatform();
        const messages: string[] = [];
        let server: net.Server | undefined;
        const onProgress = (message: string): void => {
            messages.push(message);
            if (message === "etcd started") {
                // On all addresses: that needs no look-up, so the port is taken when this returns.
                server ??= net.createServer().listen(PortLedger.load().current("kube-apiserver"));
            }
        };
        try {
            await startPlatform({ ...(await platformOptions()), onProgress });
            expect(messages).includes("another program took the port of kube-apiserver: starting on another one");
            await expectWorkingCluster();
        } finally {
            server?.close();
        }
    });

    it("are left alone by a stranger that got a recorded pid", async () => {
        const stranger = spawn("sleep", ["60"], { stdio: "ignore" });
        const { default: fs } = await import("node:fs");
        const file = path.join(runDir, "processes", "kwok.json");
        await kill(await statusOf("kwok"));
        const record = JSON.parse(fs.readFileSync(file, "utf8")) as object;
        fs.writeFileSync(file, JSON.stringify({ ...record, pid: stranger.pid }));
        await ensurePlatform();
        expect(stranger.exitCode ?? stranger.signalCode).equals(null);
        stranger.kill();
    });

    it("bear two starts at once", async () => {
        await kill(await statusOf("kube-scheduler"));
        const results = await Promise.all([startInProcess(), startInProcess()]);
        expect(results.map((outcomes) => outcomes["kube-scheduler"]).sort()).eql(["reused", "started"]);
    });

    for (const signal of ["SIGINT", "SIGKILL"] as const) {
        it(`bear a start that ends by ${signal} at any point`, async () => {
            for (const delay of [900, 1_600, 2_300, 3_000]) {
                await stopPlatform();
                const starter = spawnStarter();
                await sleep(delay);
                starter.kill(signal);
                await ended(starter);
            }
            await ensurePlatform();
            await expectWorkingCluster();
        });
    }

    it("all end by a stop after half a start", async () => {
        await stopPlatform();
        const starter = spawnStarter();
        await eventually(() => Promise.resolve(expect(findMarked(`${runDir}#`)).not.eql([])));
        starter.kill("SIGKILL");
        await ended(starter);
        await stopPlatform();
        expect(findMarked(`${runDir}#`)).eql([]);
    });

    it("say why one doesn't start, with the end of its log", async () => {
        const options = await platformOptions();
        for (const name of ["kube-apiserver", "kube-scheduler"] as const) {
            await stopPlatform();
            const failing = { ...options, tools: { ...options.tools, [name]: "/bin/false" } };
            const message = await startPlatform(failing).catch((error: unknown) => String(error));
            expect(message).contains(`${name} ended at its start (exit code 1)`).and.contains(`${name}.log`);
        }
        const missing = { ...options, tools: { ...options.tools, etcd: "/nowhere/etcd" } };
        await stopPlatform();
        expect(await startPlatform(missing).catch((error: unknown) => String(error))).contains(
            "Can't start etcd (/nowhere/etcd)",
        );
    });

    async function expectWorkingCluster(): Promise<void> {
        const core = admin().makeApiClient(CoreV1Api);
        const { data } = await core.readNamespacedConfigMap({ namespace: "default", name: "canary" });
        expect(data).eql(canary.data);
        const namespace = await freshNamespace("again");
        await apply(deployment(namespace, "web", "example/web:1"));
        await eventually(async () => {
            const apps = admin().makeApiClient(AppsV1Api);
            const { status } = await apps.readNamespacedDeployment({ namespace, name: "web" });
            expect(status?.availableReplicas).equals(1);
        });
        // Operators of other tests' Deployments are processes too, and some are meant to fail.
        const own: readonly string[] = componentNames;
        expect((await platformStatus()).filter(({ name, healthy }) => own.includes(name) && !healthy)).eql([]);
    }
});

async function statusOf(name: string): Promise<ComponentStatus> {
    const status = (await platformStatus()).find((component) => component.name === name);
    expect(status, name).not.equals(undefined);
    return status!;
}

async function kill({ pid }: ComponentStatus): Promise<void> {
    const identity = pid === undefined ? undefined : identify(pid);
    if (identity !== undefined) {
        process.kill(identity.pid, "SIGKILL");
        await eventually(() => Promise.resolve(expect(isAlive(identity)).equals(false)));
    }
}

function spawnStarter(): ChildProcess {
    const file = path.resolve(__dirname, "../support/start-platform.ts");
    return spawn(process.execPath, ["--import", "tsx", file], { stdio: ["ignore", "pipe", "inherit"] });
}

async function startInProcess(): Promise<Record<string, string>> {
    const starter = spawnStarter();
    const chunks: string[] = [];
    starter.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
    await ended(starter);
    return JSON.parse(chunks.join("")) as Record<string, string>;
}

async function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
        await once(child, "exit");
    }
}
