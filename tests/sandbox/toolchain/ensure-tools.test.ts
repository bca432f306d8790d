import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { projectRoot } from "../../../sandbox/paths";
import { findMarked } from "../../../sandbox/processes/process-table";

/** How a run of the command ended. */
interface Ended {
    code: number | null;
    output: string;
}

/** A run of the command that is under way. */
interface Run {
    child: ChildProcess;
    end: Promise<Ended>;
    /** What it has printed so far. */
    output: () => string;
}

describe("toolchain: getting tools, with a stand-in for Go", () => {
    let root: string;
    let cache: string;
    let log: string;
    const started: ChildProcess[] = [];

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "perch-tools-"));
        cache = path.join(root, "cache", "perch");
        log = path.join(root, "go.log");
        fs.mkdirSync(path.join(root, "bin"));
        fs.symlinkSync(path.join(__dirname, "fake-go.sh"), path.join(root, "bin", "go"));
    });

    afterEach(() => {
        for (const child of started.splice(0)) {
            child.kill("SIGKILL");
        }
        fs.rmSync(root, { recursive: true, force: true });
    });

    function start(names: readonly string[], env: Record<string, string> = {}): Run {
        const cli = path.join(projectRoot, "sandbox", "cli.ts");
        const child = spawn(process.execPath, ["--import", "tsx", cli, "tools", "--build", ...names], {
            cwd: projectRoot,
            env: {
                PATH: `${path.join(root, "bin")}:/usr/bin:/bin`,
                HOME: root,
                XDG_CACHE_HOME: path.join(root, "cache"),
                FAKE_GO_LOG: log,
                ...env,
            },
        });
        started.push(child);
        let output = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
        const end = new Promise<Ended>((resolve) => {
            child.on("close", (code) => {
                resolve({ code, output });
            });
        });
        return { child, end, output: () => output };
    }

    const builds = (): number => (fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n").length : 0);
    const inFolder = (name: string): string[] => {
        const folder = path.join(cache, name);
        return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
    };

    async function until(what: string, holds: () => boolean): Promise<void> {
        for (let tries = 0; !holds(); tries++) {
            expect(tries, `waited in vain until ${what}`).to.be.lessThan(2400);
            await sleep(50);
        }
    }

    it("builds the tools of one source together, keeps them, leaves nothing else; then needs no Go", async () => {
        const { code, output } = await start(["kubectl", "etcd"]).end;
        expect(output).to.contain("Building etcd, kubectl from Go modules: about 1 min");
        expect(output).to.contain(`kubectl ${path.join(cache, "bin", "kubectl-1.36.1", "kubectl")}`);
        expect(code).to.equal(0);
        expect(builds()).to.equal(1);
        expect(inFolder("bin")).to.deep.equal(["etcd-3.6.8", "kubectl-1.36.1"]);
        expect([inFolder("work"), inFolder("locks")]).to.deep.equal([[], []]);

        fs.rmSync(path.join(root, "bin", "go"));
        const again = await start(["kubectl", "etcd"]).end;
        expect(again.output.split("\n").sort()).to.deep.equal([
            "",
            `etcd ${path.join(cache, "bin", "etcd-3.6.8", "etcd")}`,
            `kubectl ${path.join(cache, "bin", "kubectl-1.36.1", "kubectl")}`,
        ]);
    });

    it("shows what the compiler says, and leaves nothing half-made", async () => {
        const { code, output } = await start(["kubectl"], { FAKE_GO: "fail" }).end;
        expect(code).to.equal(1);
        expect(output).to.contain(
            "Building kubectl with Go failed:\n# k8s.io/kubernetes/cmd/kubectl\nmain.go:1:2: undefined: x",
        );
        expect(output).not.to.contain("    at ");
        expect(inFolder("work")).to.deep.equal([]);
    });

    it("says that the disk is full", async () => {
        const { code, output } = await start(["kubectl"], { FAKE_GO: "full" }).end;
        expect(code).to.equal(1);
        expect(output).to.contain(`The disk filled up while kubectl was built below ${cache}`);
        expect(inFolder("work")).to.deep.equal([]);
    });

    it("keeps no program that doesn't print its version", async () => {
        const { code, output } = await start(["kubectl"], { FAKE_GO: "wrong" }).end;
        expect(code).to.equal(1);
        expect(output).to.contain("kubectl 1.36.1 gave programs that don't print this version");
        expect(inFolder("bin")).to.deep.equal([]);
    });

    it("stops on Ctrl-C, ends the compiler, keeps what is finished, and goes on from there", async () => {
        const { child, end } = start(["etcd", "kubectl"], { FAKE_GO: "hang" });
        await until("etcd is kept", () => inFolder("bin").includes("etcd-3.6.8"));
        child.kill("SIGINT");
        const { code, output } = await end;
        expect(code).to.equal(1);
        expect(output).to.contain("Stopped. Finished tools are kept");
        expect(findMarked(`build:${cache}`)).to.deep.equal([]);
        expect([inFolder("work"), inFolder("locks")]).to.deep.equal([[], []]);

        const again = await start(["etcd", "kubectl"]).end;
        expect(again.code).to.equal(0);
        expect(fs.readFileSync(log, "utf8").trim().split("\n")[1]).not.to.contain("etcd");
    });

    it("cleans up after a run that was killed", async () => {
        const { child, end } = start(["etcd", "kubectl"], { FAKE_GO: "hang" });
        await until("Go works", () => builds() === 1);
        child.kill("SIGKILL");
        await end;
        expect(inFolder("work")).to.have.length(1);
        const again = await start(["etcd", "kubectl"]).end;
        expect(again.output).to.contain("kubectl-1.36.1");
        expect(inFolder("work")).to.deep.equal([]);
        expect(findMarked(`build:${cache}`)).to.deep.equal([]);
    });

    it("lets two runs at once build each tool once", async () => {
        const first = start(["kubectl"], { FAKE_GO: "gated" });
        await until("Go works", () => builds() === 1);
        const second = start(["kubectl"], { FAKE_GO: "gated" });
        await until("the second run waits", () => second.output().includes("waiting for another run"));
        fs.writeFileSync(`${log}.gate`, "");
        expect((await first.end).code).to.equal(0);
        expect((await second.end).code).to.equal(0);
        expect(second.output()).to.contain("got by another run");
        expect(builds()).to.equal(1);
    });

    it("says which Go is needed and how to get it, when there is none or one that is too old", async () => {
        const old = await start(["kubectl"], { FAKE_GO_VERSION: "go1.19.8" }).end;
        expect(old.output).to.match(
            /kubectl can't be downloaded.*"go" on PATH is go1\.19\.8: Go 1\.\d+\.\d+ or newer.*https:/,
        );
        fs.rmSync(path.join(root, "bin", "go"));
        const none = await start(["kubectl"]).end;
        expect(none.code).to.equal(1);
        expect(none.output).to.match(/there is no "go" on PATH: Go 1\.\d+\.\d+ or newer is needed.*https:/);
    });

    it("has Go get a newer Go where the machine's own is a little old", async () => {
        const { code } = await start(["kubectl"], { FAKE_GO_VERSION: "go1.24.1" }).end;
        expect(code).to.equal(0);
    });

    it("names a folder that can't be written", async () => {
        fs.writeFileSync(path.join(root, "cache"), "in the way");
        const { code, output } = await start(["kubectl"]).end;
        expect(code).to.equal(1);
        expect(output)
            .to.contain(`Can't make ${path.join(cache, "work")}`)
            .and.to.contain("XDG_CACHE_HOME");
    });
}).timeout(240_000);
