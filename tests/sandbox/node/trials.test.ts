import * as fs from "node:fs";
import { expect } from "chai";
import { mountedHierarchies } from "../../../sandbox/node/cgroups";
import { nodeId } from "../../../sandbox/node/namespaces";
import { failedProgramTrials, failedTrials } from "../../../sandbox/node/trials";
import { identify } from "../../../sandbox/processes/process-table";
import { projectRoot, runDir } from "../../../sandbox/paths";
import { ensureTools } from "../../../sandbox/toolchain";
import { run } from "../../../sandbox/toolchain/run";
import { requireNode } from "../support/node";

/**
 * Runs a function of the node's in a process of its own, whose run folder is /mnt/run.
 * @param setUp lines for a shell in a mount namespace of its own, with a file system in memory at /mnt
 * @param call the function with its arguments
 * @returns what it gives, or its error's message
 */
async function elsewhere(setUp: string, module: string, call: string): Promise<unknown> {
    const script = `require("./sandbox/node/${module}.ts").${call}
        .catch((error) => error.message)
        .then((result) => process.stdout.write(JSON.stringify(result ?? "nothing")))`;
    const { ok, stdout, stderr } = await run(
        "unshare",
        [
            "--mount",
            "sh",
            "-ec",
            `mount -t tmpfs tmpfs /mnt; mkdir /mnt/run; ${setUp}; exec "$NODE" --import tsx --eval "$SCRIPT"`,
        ],
        { cwd: projectRoot, env: { NODE: process.execPath, SCRIPT: script, PERCH_SANDBOX_DIR: "/mnt/run" } },
    );
    expect(ok, stderr).equals(true);
    return JSON.parse(stdout);
}

/** What trials could leave: folders of theirs, and groups. */
function left(): string[] {
    const groups = mountedHierarchies().map(({ mountPoint }) => `${mountPoint}/${nodeId()}-trial`);
    return [
        ...fs.readdirSync(runDir).filter((name) => name.startsWith("trial-")),
        ...groups.filter((group) => fs.existsSync(group)),
    ];
}

describe("the trials of what a real node needs", function () {
    this.timeout(300_000);

    before(async function () {
        await requireNode(this);
    });

    it("succeed on a machine that can have one, and leave nothing", async () => {
        expect(await failedTrials()).eql([]);
        expect(left()).eql([]);
    });

    it("succeed with nft and runc, within a second, and leave nothing", async () => {
        const programs = await ensureTools(["nft", "runc"]);
        const begin = Date.now();
        expect(await failedProgramTrials(programs)).eql([]);
        expect(Date.now() - begin).below(1_000);
        expect(left()).eql([]);
    });

    it("tell of each program what it said", async () => {
        const failed = await failedProgramTrials({ nft: "/nowhere/nft", runc: "/bin/false" });
        expect(failed).length(2);
        expect(failed[0]).match(/^packet filters \(nf_tables\): .*\/nowhere\/nft/);
        expect(failed[1]).equals("containers (runc): it failed");
        expect(left()).eql([]);
    });

    it("find that runc can't make a cgroup, as in a container without rights to them", async () => {
        const { nft, runc } = await ensureTools(["nft", "runc"]);
        const readOnly = mountedHierarchies()
            .map(({ mountPoint }) => `mount -o remount,bind,ro '${mountPoint}'`)
            .join("; ");
        const failed = await elsewhere(readOnly, "trials", `failedProgramTrials(${JSON.stringify({ nft, runc })})`);
        expect(failed).to.be.an("array").of.length(1);
        expect((failed as string[])[0]).match(
            /^containers \(runc\): runc run failed: .*cgroup.*: read-only file system$/,
        );
    });

    it("find a disk of the run folder that overlay file systems can't be on, though in memory they can be", async () => {
        // As the root of a container is.
        const overlay =
            "mkdir /mnt/l /mnt/u /mnt/w; " +
            "mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/run";
        const failed = await elsewhere(overlay, "trials", "failedTrials()");
        expect(failed).to.be.an("array").of.length(1);
        expect((failed as string[])[0]).match(
            /^overlay file systems on the disk of \/mnt\/run \(PERCH_SANDBOX_DIR .*\): /,
        );
    });

    it("are followed by what room there is, which is no reason not to take a node down", async () => {
        const small = "mount -t tmpfs -o size=64m tmpfs /mnt/run";
        expect(await elsewhere(small, "preconditions", "requireRealNode()")).match(
            /^This machine can't run real pods:\n {2}- 0\.1 GiB of disk are free below \/mnt\/run, 5\.0 GiB are needed\n/,
        );
        expect(await elsewhere(small, "preconditions", "requireCapable()")).equals("nothing");
    });

    it("aren't made of a node that runs: nothing is missing that it could lack", async () => {
        // With neither room nor programs; a process of this test's stands for the node's first one.
        const bare = "mount -t tmpfs -o size=64m tmpfs /mnt/run; PATH=/nowhere";
        for (const check of ["requireRealNode()", "requireCapable()"]) {
            expect(await elsewhere(bare, "preconditions", check)).match(/programs are missing: unshare /);
        }
        const identity = identify(process.pid);
        const record = JSON.stringify({ prefix: "10.123.0", running: { unshare: identity, init: identity } });
        const running = `${bare}; echo '${record}' > /mnt/run/node.json`;
        for (const check of ["requireRealNode()", "requireCapable()"]) {
            expect(await elsewhere(running, "preconditions", check)).equals("nothing");
        }
    });
});
