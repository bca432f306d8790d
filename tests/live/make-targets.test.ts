import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { projectRoot } from "../../sandbox/paths";
import { nameOf, realOnes, simulatedOnes, stackPods, untilAllReady } from "./support/pods";

const execute = promisify(execFile);

/** Runs a target of the Makefile on the sandbox of the tests, which is in the environment. @returns its standard output */
async function make(...args: string[]): Promise<string> {
    const running = execute("make", ["--no-print-directory", ...args], { cwd: projectRoot, maxBuffer: 2 ** 26 });
    running.child.stdin?.end();
    return (await running).stdout;
}

describe("A node that is asked by make", () => {
    it("status: says which processes run, and of each pod whether it does", async () => {
        const pods = await untilAllReady();
        const lines = (await make("status")).split("\n");
        expect(lines.filter((line) => /^kubelet +healthy +pid \d+ in the node/.test(line))).to.have.length(1);
        expect(lines).to.include("Pods: real");
        const notSaid = (some: typeof pods, state: RegExp) =>
            some.map(nameOf).filter((name) => !lines.some((line) => line.startsWith(`${name} `) && state.test(line)));
        expect(notSaid(realOnes(pods), / {2}(\d+)\/\1 Running .* {2}real/)).to.deep.equal([]);
        expect(notSaid(simulatedOnes(pods), / {2}simulated: /)).to.deep.equal([]);
    }).timeout(360_000);

    it("logs: prints what each pod of a component says, and a process of the sandbox", async () => {
        const output = await make("logs", "C=thanos-query");
        const names = (await stackPods())
            .map(({ metadata }) => metadata?.name ?? "")
            .filter((name) => /^thanos-query-[a-z0-9]+-[a-z0-9]+$/.test(name));
        expect(names).to.not.have.length(0);
        expect(names.filter((name) => !output.includes(`[pod/${name}/`))).to.deep.equal([]);
        expect(await make("logs", "C=kubelet")).to.match(/^[IWE]\d{4} /m);
    });

    it("exec: runs a command in the component's first pod", async () => {
        expect(await make("exec", "C=prometheus", "CMD=hostname")).to.equal("prometheus-perch-0\n");
    });

    it("query: answers PromQL, each series of replicas once", async () => {
        const answer = await make("query", 'Q=count by (job) (up{job="prometheus-operator"})');
        expect(answer).to.equal('{job="prometheus-operator"}  1\n');
    });
}).timeout(120_000);
