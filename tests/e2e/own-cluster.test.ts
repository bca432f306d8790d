import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { loadKubeconfig } from "../../cli/kubernetes";
import { projectRoot } from "../../sandbox/paths";
import { adminKubeconfig } from "../../sandbox/platform";
import { saysReady } from "../support/ready";
import { core, sandbox } from "./support/deployment";
import { crdIds, everything, expectAdded } from "./support/inventory";

const execute = promisify(execFile);

/** Variables of a run of `make`. */
type Variables = Readonly<Record<string, string>>;

/** A sandbox beside that of the tests, in a folder of its own. */
class OtherSandbox {
    readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-own-cluster-"));

    /** Of the administrator of the sandbox's own cluster, once that was up. */
    readonly kubeconfig = path.join(this.folder, "kubeconfig");

    /** Runs a program on it. @returns its standard output */
    async run(variables: Variables, program: string, ...args: string[]): Promise<string> {
        const env = { ...process.env, PERCH_SANDBOX_DIR: this.folder, PERCH_SANDBOX_SETTLE_MS: "1000", ...variables };
        const { stdout } = await execute(program, args, { cwd: projectRoot, env, maxBuffer: 2 ** 26 });
        return stdout;
    }

    /** Runs a target of the Makefile on it. @returns its standard output */
    make(variables: Variables, ...args: string[]): Promise<string> {
        return this.run(variables, "make", ...args);
    }

    /** The message with which a target of the Makefile is refused. */
    async refusal(variables: Variables, ...args: string[]): Promise<string> {
        try {
            return `it isn't: ${await this.make(variables, ...args)}`;
        } catch (error) {
            return (error as { stderr: string }).stderr;
        }
    }
}

/** The tests' own platform is the user's cluster here: it knows nothing of the sandbox that deploys to it. */
describe("A cluster of the user's own (SANDBOX=kubeconfig, profile urlshortener)", () => {
    const current = { KUBECONFIG: adminKubeconfig };
    const asked = { ...current, SANDBOX: "kubeconfig" };
    let own: OtherSandbox;
    /** One with a cluster of its own, whose kubeconfig is that of another cluster for the first. */
    let embedded: OtherSandbox;
    let atFirst: string[];

    before(async () => {
        own = new OtherSandbox();
        embedded = new OtherSandbox();
        await sandbox();
        atFirst = await everything();
    });

    after(async () => {
        await own.make({}, "clean");
        await embedded.make({}, "clean");
    });

    it("gets the stack by make up, every pod ready, and nothing of the embedded platform beside it", async () => {
        const stdout = await own.make(asked, "up", "PROFILE=urlshortener");
        expect(stdout).to.contain("grafanaUrl");
        // It can't know how the pods of a foreign cluster run.
        expect(stdout).to.not.contain("simulated");
        const { items } = await core().listNamespacedPod({ namespace: "monitoring" });
        const names = items.map(({ metadata }) => metadata?.name);
        expect(names).to.include.members(["prometheus-perch-0", "alertmanager-perch-0", "loki-0"]);
        const unready = items.filter((pod) => !saysReady(pod));
        expect(unready.map(({ metadata }) => metadata?.name)).to.deep.equal([]);
        expect(fs.existsSync(path.join(own.folder, "etcd")), "an etcd of its own").to.equal(false);
    });

    it("is where the stack is for later commands, too, and make status says so", async () => {
        const status = await own.make(current, "status");
        expect(status).to.match(/^Pods: those of your cluster of context "perch-sandbox" \(https:.*\)$/m);
        expect(status).to.match(/^Stack local: \d+ resources$/m);
    });

    it("keeps the stack when a command asks for another place: it is refused, and starts nothing", async () => {
        for (const args of [
            ["up", "PODS=simulated"],
            ["down", "PODS=simulated"],
            ["preview", "PODS=real"],
        ]) {
            const message = await own.refusal(current, ...args);
            expect(message, args.join(" ")).to.match(
                /^This sandbox deploys to your cluster of context "perch-sandbox" \(.*\), and PODS=\w+ asks for another place/m,
            );
        }
        expect(fs.existsSync(path.join(own.folder, "etcd")), "an etcd of its own").to.equal(false);
    });

    it("keeps the stack when the current context is another cluster's, which is left as it is", async () => {
        await embedded.run({}, process.execPath, "--import", "tsx", "sandbox/cli.ts", "shell", "--command", "true");
        const other = loadKubeconfig(embedded.kubeconfig).makeApiClient(CoreV1Api);
        const namespaces = async (): Promise<string[]> =>
            (await other.listNamespace()).items.map(({ metadata }) => metadata?.name ?? "").sort();
        const before = await namespaces();
        const deployed = await everything();
        for (const variables of [current, asked]) {
            for (const target of ["down", "up"]) {
                const message = await own.refusal({ ...variables, KUBECONFIG: embedded.kubeconfig }, target);
                expect(message, target).to.match(
                    /^The sandbox's stack is in your cluster of context .* is another cluster, which is left alone\. Go back /m,
                );
            }
        }
        expect(await namespaces()).to.deep.equal(before);
        expect(await everything()).to.deep.equal(deployed);
    });

    it("isn't touched by a sandbox that has a cluster of its own", async () => {
        const deployed = await everything();
        for (const target of ["down", "up", "outputs"]) {
            expect(await embedded.refusal(asked, target), target).to.match(
                /^This sandbox deploys to its own cluster with simulated pods, and SANDBOX=kubeconfig asks for another place/m,
            );
        }
        expect(await everything()).to.deep.equal(deployed);
    });

    it("is left as it was by make down, which needn't be told where the stack is, but for the CRDs", async () => {
        await own.make(current, "down");
        await expectAdded(atFirst, crdIds);
        expect(fs.existsSync(path.join(own.folder, "target.json")), "a target that is kept").to.equal(false);
    });
});
