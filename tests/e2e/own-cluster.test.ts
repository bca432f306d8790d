import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { projectRoot } from "../../sandbox/paths";
import { adminKubeconfig } from "../../sandbox/platform";
import { saysReady } from "../support/ready";
import { core, sandbox } from "./support/deployment";
import { crdIds, everything, expectAdded } from "./support/inventory";

const execute = promisify(execFile);

/** The tests' own platform is the user's cluster here: it knows nothing of the sandbox that deploys to it. */
describe("A cluster of the user's own (SANDBOX=kubeconfig, profile urlshortener)", () => {
    let folder: string;
    let atFirst: string[];

    /** Runs a target of the Makefile in a sandbox of its own. @returns its standard output */
    async function make(...args: string[]): Promise<string> {
        const env = {
            ...process.env,
            PERCH_SANDBOX_DIR: folder,
            SANDBOX: "kubeconfig",
            KUBECONFIG: adminKubeconfig,
            PERCH_SANDBOX_SETTLE_MS: "1000",
        };
        const { stdout } = await execute("make", args, { cwd: projectRoot, env, maxBuffer: 2 ** 26 });
        return stdout;
    }

    before(async () => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-own-cluster-"));
        await sandbox();
        atFirst = await everything();
    });

    after(async () => {
        await make("clean");
    });

    it("gets the stack by make up, every pod ready, and nothing of the embedded platform beside it", async () => {
        const stdout = await make("up", "PROFILE=urlshortener");
        expect(stdout).to.contain("grafanaUrl");
        // It can't know how the pods of a foreign cluster run.
        expect(stdout).to.not.contain("simulated");
        const { items } = await core().listNamespacedPod({ namespace: "monitoring" });
        const names = items.map(({ metadata }) => metadata?.name);
        expect(names).to.include.members(["prometheus-perch-0", "alertmanager-perch-0", "loki-0"]);
        const unready = items.filter((pod) => !saysReady(pod));
        expect(unready.map(({ metadata }) => metadata?.name)).to.deep.equal([]);
        expect(fs.existsSync(path.join(folder, "etcd")), "an etcd of its own").to.equal(false);
    });

    it("is left as it was by make down, but for the CRDs", async () => {
        await make("down");
        await expectAdded(atFirst, crdIds);
    });
});
