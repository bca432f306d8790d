import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inRunDir, runDir } from "../../../sandbox/paths";
import {
    PortLedger,
    daemonStatuses,
    ensureDaemon,
    freePort,
    httpProbe,
    isDaemonAlive,
    stopDaemon,
    withLock,
    writePrivateFile,
} from "../../../sandbox/processes";
import type { DaemonSpec } from "../../../sandbox/processes";
import { findMarked } from "../../../sandbox/processes/process-table";

const name = "test-daemon";
const server = "require('http').createServer((_, r) => r.end()).listen(Number(process.argv[1]), '127.0.0.1')";

describe("a daemon of the sandbox", () => {
    const configFile = inRunDir("etc", "test-daemon.conf");
    let port: number;

    beforeEach(async () => {
        port = await freePort();
        writePrivateFile(configFile, "a");
    });

    afterEach(() => stopDaemon(name));

    function spec(changes: Partial<DaemonSpec> = {}): DaemonSpec {
        return {
            name,
            command: process.execPath,
            args: ["-e", server, String(port)],
            configFiles: [configFile],
            port,
            probe: httpProbe({ url: `http://127.0.0.1:${port}/` }),
            ...changes,
        };
    }

    function pid(): number | undefined {
        return daemonStatuses().find((status) => status.name === name)?.pid;
    }

    it("is started once, and again when its arguments, environment or files change", async () => {
        expect(await ensureDaemon(spec())).equals("started");
        const first = pid();
        expect(await ensureDaemon(spec())).equals("reused");
        expect(pid()).equals(first);
        expect(await ensureDaemon(spec({ env: { A: "1" } }))).equals("restarted");
        writePrivateFile(configFile, "b");
        expect(await ensureDaemon(spec({ env: { A: "1" } }))).equals("restarted");
        expect(pid()).not.equals(first);
    });

    it("is replaced when it doesn't answer any more", async () => {
        await ensureDaemon(spec({ graceMs: 200 }));
        const first = pid()!;
        process.kill(first, "SIGSTOP");
        const probe = httpProbe({ url: `http://127.0.0.1:${port}/`, timeoutMs: 300 });
        expect(await ensureDaemon(spec({ probe }))).equals("restarted");
        expect(pid()).not.equals(first);
    });

    it("that doesn't get ready is told with the last lines of its log", async () => {
        const talks = spec({ args: ["-e", "console.log('cannot open the door'); process.exit(3)"] });
        const ended = await ensureDaemon(talks).catch((error: unknown) => String(error));
        expect(ended).contains("ended at its start (exit code 3)").and.contains("cannot open the door");
        const sleeps = spec({ args: ["-e", "setInterval(() => {}, 1000)"], readyTimeoutMs: 500 });
        const late = await ensureDaemon(sleeps).catch((error: unknown) => String(error));
        expect(late).contains("wasn't ready after 0.5 s").and.contains("Its log is empty").and.contains(`${name}.log`);
    });

    it("is found and stopped even if its pid file is lost", async () => {
        await ensureDaemon(spec());
        fs.rmSync(inRunDir("processes", `${name}.json`));
        expect(isDaemonAlive(name)).equals(false);
        await stopDaemon(name);
        expect(findMarked(inRunDir("")).filter(({ marker }) => marker.endsWith(name))).eql([]);
    });

    it("is killed when it doesn't go on TERM", async () => {
        await ensureDaemon(
            spec({ args: ["-e", `process.on('SIGTERM', () => {}); ${server}`, String(port)], graceMs: 300 }),
        );
        const begin = Date.now();
        await stopDaemon(name);
        expect(Date.now() - begin).within(250, 5_000);
        expect(isDaemonAlive(name)).equals(false);
    });

    it("keeps its pid file and log to the user", async () => {
        await ensureDaemon(spec());
        for (const file of [inRunDir("processes", `${name}.json`), inRunDir("logs", `${name}.log`)]) {
            expect(fs.statSync(file).mode & 0o077, file).equals(0);
        }
    });
});

describe("the ports of the sandbox", () => {
    it("stay with their names, and differ", async () => {
        const file = inRunDir("test-ports.json");
        const ledger = PortLedger.load(file);
        const [a, b] = [await ledger.claim("a", false), await ledger.claim("b", false)];
        expect(a).not.equals(b);
        const again = PortLedger.load(file);
        expect([await again.claim("a", false), again.current("b")]).eql([a, b]);
        fs.writeFileSync(file, "{ torn");
        expect(PortLedger.load(file).current("a")).equals(undefined);
    });
});

describe("the lock of the sandbox", () => {
    it("lets one in at a time, tells who waits, and is free after a failure", async () => {
        const order: string[] = [];
        const told: string[] = [];
        const work = (label: string) => async () => {
            order.push(`${label} in`);
            await sleep(300);
            order.push(`${label} out`);
        };
        const options = { onWait: (message: string) => told.push(message) };
        await Promise.all([withLock("test", work("a"), options), withLock("test", work("b"), options)]);
        expect(order.map((entry) => entry.slice(2))).eql(["in", "out", "in", "out"]);
        expect(told).length(1);
        expect(told[0]).contains("Waiting for").and.contains(runDir);
        await withLock("test", () => Promise.reject(new Error("x"))).catch(() => undefined);
        expect(await withLock("test", () => Promise.resolve("free"))).equals("free");
        const late = withLock("test", () => sleep(1_000), { command: "make late" });
        await sleep(100);
        const refused = await withLock("test", work("c"), { waitMs: 100 }).catch((error: unknown) => String(error));
        expect(refused).contains(`still in use by process ${process.pid} (make late): wait for it, or stop it`);
        await late;
    });

    it("is there anew for those who wait when its folder goes", async () => {
        const holder = withLock("test", async () => {
            await sleep(400);
            await fs.promises.rm(runDir, { recursive: true });
        });
        await sleep(100);
        expect(await withLock("test", () => Promise.resolve(fs.readdirSync(runDir)))).contains("test.lock");
        await holder;
    });

    it("is held also where there is no room to say by whom", async () => {
        const draft = inRunDir(`test.holder.json.${process.pid}.tmp`);
        fs.mkdirSync(draft);
        const held = await withLock("test", () => Promise.resolve("held"));
        fs.rmdirSync(draft);
        expect(held).equals("held");
    });
});
