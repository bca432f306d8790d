import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { coldEnvironment } from "../../bench/sandbox/cold";
import { run } from "../../bench/sandbox/command";
import { figureLine, goals, readySeconds } from "../../bench/sandbox/figures";
import { memoryBytes } from "../../bench/sandbox/memory";
import { parseOptions } from "../../bench/sandbox/options";
import { UserError } from "../../cli/errors";

describe("bench of the sandbox", () => {
    it("says each figure with its goal, in the goal's unit, and whether it was missed", () => {
        expect(figureLine(goals.unchangedUp, 30)).to.equal("make up without changes: 30.0 s (goal: 30 s)");
        expect(figureLine(goals.stop, 5.1)).to.equal(
            "stop of the node with the whole stack: 5.1 s (goal: 5 s, missed)",
        );
        expect(figureLine(goals.coldUp, 642)).to.equal("make up on a bare machine: 10.70 min (goal: 15 min)");
        expect(figureLine(goals.memory, 4.2e9)).to.match(/: 4\.20 GB \(goal: 4 GB, missed\)$/);
    });

    it("takes the start's time from what the sandbox reports", () => {
        const reports = ["node ready after 6.2 s", "s3 started", "cluster ready after 8.9 s"];
        expect(readySeconds("node", reports)).to.equal(6.2);
        expect(readySeconds("cluster", reports)).to.equal(8.9);
        expect(() => readySeconds("node", ["s3 started"])).to.throw("didn't say when its node was ready:\ns3 started");
    });

    it("counts the memory of processes and of all below them, of others none", async () => {
        const child = spawn("sh", ["-c", 'sleep 60 & echo "$!"; wait'], { stdio: ["ignore", "pipe", "ignore"] });
        const [said] = (await once(child.stdout, "data")) as [Buffer];
        const grandchild = Number(said);
        const [own = 0, below = 0, last = 0] = [process.pid, child.pid ?? 0, grandchild].map((pid) =>
            memoryBytes([pid]),
        );
        process.kill(grandchild);
        await once(child, "close");
        expect(last).to.be.above(0);
        expect(below).to.be.above(last);
        expect(own).to.be.above(below);
        expect(memoryBytes([grandchild])).to.equal(0);
        expect(memoryBytes([])).to.equal(0);
    });

    it("leads a newcomer to nothing that the machine has already, but to its registries", () => {
        const env = {
            HOME: "/root",
            LANG: "C",
            PATH: "/work/perch/node_modules/.bin:/usr/bin:/opt/npm/node-gyp-bin:/bin",
            HTTPS_PROXY: "http://proxy:3128",
            GOPROXY: "https://proxy.example.com",
            GOCACHE: "/root/.cache/go-build",
            GOMODCACHE: "/root/go/pkg/mod",
            XDG_CACHE_HOME: "/root/.cache",
            PERCH_SANDBOX_DIR: "/tmp/perch",
            PULUMI_HOME: "/root/.pulumi",
            NODE_OPTIONS: "--import tsx",
            npm_config_cache: "/root/.npm",
            npm_config_registry: "https://npm.example.com",
            npm_package_name: "perch",
        };
        expect(coldEnvironment(env, "/new/home", "/new/tmp")).to.deep.equal({
            HOME: "/new/home",
            TMPDIR: "/new/tmp",
            LANG: "C",
            PATH: "/usr/bin:/bin",
            HTTPS_PROXY: "http://proxy:3128",
            GOPROXY: "https://proxy.example.com",
            npm_config_registry: "https://npm.example.com",
        });
    });

    it("tells a command that fails, with the end of what it said", async () => {
        expect(await run("sh", ["-c", "echo one; cat"], "/")).to.equal("one\n");
        const error: unknown = await run("sh", ["-c", "seq 100; echo why >&2; exit 3"], "/").then(
            () => undefined,
            (thrown: unknown) => thrown,
        );
        expect((error as Error).message)
            .to.match(/^sh -c .* failed:\n/)
            .and.to.match(/\n99\n100\n\nwhy$/);
        expect((error as Error).message).to.not.match(/^1$/m);
    });

    it("refuses options that mean nothing", () => {
        expect(parseOptions([])).to.deep.equal({ pods: "simulated", cold: false, help: false });
        expect(parseOptions(["--cold", "--pods", "real"])).to.deep.include({ pods: "real", cold: true });
        expect(() => parseOptions(["--pods", "fake"])).to.throw(
            UserError,
            "--pods fake: expected one of simulated, real.",
        );
        expect(() => parseOptions(["--warm"])).to.throw(UserError, "Unknown option '--warm'");
    });
});
