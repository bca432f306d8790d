import * as fs from "node:fs";
import { expect } from "chai";
import { mountedHierarchies } from "../../../sandbox/node/cgroups";
import { nodeId } from "../../../sandbox/node/namespaces";
import { failedProgramTrials, failedTrials } from "../../../sandbox/node/trials";
import { projectRoot, runDir } from "../../../sandbox/paths";
import { ensureTools } from "../../../sandbox/toolchain";
import { run } from "../../../sandbox/toolchain/run";
import { requireNode } from "../support/node";

/** Runs an expression of the trials in a process whose run folder is on a file system of its own. */
async function onFileSystem(mount: string, expression: string): Promise<string[]> {
    const script = `require("./sandbox/node/trials.ts").${expression}.then((failed) => process.stdout.write(JSON.stringify(failed)))`;
    const { ok, stdout, stderr } = await run(
        "unshare",
        ["--mount", "sh", "-ec", `mount -t tmpfs tmpfs /mnt; ${mount}; exec "$NODE" --import tsx --eval "$SCRIPT"`],
        { cwd: projectRoot, env: { NODE: process.execPath, SCRIPT: script, PERCH_SANDBOX_DIR: "/mnt/run" } },
    );
    expect(ok, stderr).equals(true);
    return JSON.parse(stdout) as string[];
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
        const failed = await onFileSystem(
            `${readOnly}; mkdir /mnt/run`,
            `failedProgramTrials(${JSON.stringify({ nft, runc })})`,
        );
        expect(failed).length(1);
        expect(failed[0]).match(/^containers \(runc\): runc run failed: .*cgroup.*: read-only file system$/);
    });

    it("find a disk of the run folder that overlay file systems can't be on, though in memory they can be", async () => {
        // As the root of a container is.
        const overlay =
            "mkdir /mnt/l /mnt/u /mnt/w /mnt/run; mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/run";
        const failed = await onFileSystem(overlay, "failedTrials()");
        expect(failed).length(1);
        expect(failed[0]).match(/^overlay file systems on the disk of \/mnt\/run \(PERCH_SANDBOX_DIR .*\): /);
    });
});
