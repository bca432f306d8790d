import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { repliesSchema } from "../../../bench/load/replies";
import { freePort } from "../../../sandbox/processes";
import { ensureTools } from "../../../sandbox/toolchain";
import { eventually } from "../support/platform";

const run = promisify(execFile);

/** Lines of a page that are samples. */
const samples = (page: string) => page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("bench: both ends of the load test", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-scrape-load-"));
    const started: ChildProcess[] = [];
    let tools: Record<"scrape-load" | "prometheus" | "promtool", string>;

    before(async () => {
        tools = await ensureTools(["scrape-load", "prometheus", "promtool"]);
    });

    after(async () => {
        for (const child of started.filter(({ exitCode }) => exitCode === null)) {
            const ended = once(child, "exit");
            child.kill();
            await ended;
        }
        fs.rmSync(folder, { recursive: true, force: true });
    });

    const start = (program: string, ...args: string[]) => {
        started.push(spawn(program, args, { stdio: "ignore" }));
    };

    /** A target of so many series. @returns its port */
    const serve = async (...args: string[]): Promise<number> => {
        const port = await freePort();
        start(tools["scrape-load"], "serve", `-listen=127.0.0.1:${port}`, ...args);
        await eventually(() => pageOf(port));
        return port;
    };

    const pageOf = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

    it("serves exactly the series that it was told, as Prometheus's own linter wants them, with counters that rise", async () => {
        const port = await serve("-series=60");
        const first = await pageOf(port);
        expect(samples(first)).to.have.length(60);
        expect(new Set(samples(first).map((line) => line.replace(/ \S+$/, ""))).size).to.equal(60);
        const linted = run(tools.promtool, ["check", "metrics"]);
        linted.child.stdin?.end(first);
        expect((await linted).stdout).to.equal("");
        await sleep(1_500);
        const counted = (page: string) =>
            Number(/^load_request_duration_seconds_count\{.*\/00002".* (\d+)$/m.exec(page)?.[1]);
        expect(counted(await pageOf(port))).to.be.greaterThan(counted(first));
    });

    it("gives a route other series after its lifetime, as many as before", async () => {
        const port = await serve("-series=40", "-lifetime=1s");
        const before = new Set(samples(await pageOf(port)).map((line) => line.replace(/ \S+$/, "")));
        await sleep(1_100);
        const later = samples(await pageOf(port)).map((line) => line.replace(/ \S+$/, ""));
        expect(later).to.have.length(40);
        expect(later.filter((name) => before.has(name))).to.deep.equal([]);
    });

    it("refuses a number of series that isn't whole routes", async () => {
        const refused = run(tools["scrape-load"], ["serve", "-series=30"]).then(
            () => "nothing",
            (error: unknown) => (error as { stderr: string }).stderr,
        );
        expect(await refused).to.equal("scrape-load: -series 30: expected a multiple of 20\n");
    });

    it("asks a Prometheus as often as told, and says which queries had no answer, or failed", async () => {
        const target = await serve("-series=20");
        const port = await freePort();
        const config = path.join(folder, "prometheus.yml");
        fs.writeFileSync(
            config,
            `scrape_configs: [{job_name: load, scrape_interval: 1s, static_configs: [{targets: ["127.0.0.1:${target}"]}]}]`,
        );
        start(
            tools.prometheus,
            `--config.file=${config}`,
            `--storage.tsdb.path=${path.join(folder, "data")}`,
            `--web.listen-address=127.0.0.1:${port}`,
        );
        const base = `http://127.0.0.1:${port}`;
        await eventually(async () => {
            // It asks for whole seconds: the very first sample may be younger.
            const answer = await (await fetch(`${base}/api/v1/query?query=up+offset+2s`)).text();
            expect(answer).to.contain('"1"]');
        });
        const instant = { ago: 0, range: 0, step: 0 };
        const asked = run(tools["scrape-load"], ["ask", "-repeat=3", base]);
        asked.child.stdin?.end(
            JSON.stringify([
                { name: "instant", expression: "load_requests_total", ...instant },
                { name: "range", expression: "up", ago: 0, range: 60, step: 1 },
                { name: "older", expression: "up", ago: 86_400, range: 60, step: 1 },
                { name: "wrong", expression: "sum(", ...instant },
            ]),
        );
        const replies = repliesSchema.parse(JSON.parse((await asked).stdout));
        expect(replies.map(({ name, seconds, series }) => [name, seconds.length, series])).to.deep.equal([
            ["instant", 3, 5],
            ["range", 3, 1],
            ["older", 3, 0],
            ["wrong", 0, 0],
        ]);
        expect(replies.map(({ error }) => error?.slice(0, 11))).to.deep.equal([
            undefined,
            undefined,
            undefined,
            "status 400:",
        ]);
        expect(replies[0]?.seconds.every((seconds) => seconds > 0 && seconds < 10)).to.equal(true);
    });
}).timeout(120_000);
