import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { inRunDir, projectRoot } from "../../sandbox/paths";
import { stackOf } from "./support/deployment";
import { accountThings, clusterObjects } from "./support/inventory";
import { summary, touched } from "./support/output";
import { removeWithData } from "./support/prod";
import { committedConfig, type Stack } from "./support/stack";

/** The commit of the program that is deployed first: what is on the branch that a change goes to. */
const from = process.env.UPGRADE_FROM ?? "";

/** Kinds that hold data or the keys to it, or whose end takes pods with it. */
const kept = ["PersistentVolumeClaim", "Secret", "StatefulSet"];

/** Secrets that the operator writes anew with each change of a setting. */
const ofTheOperator = /^Secret monitoring\/(prometheus|alertmanager)-perch/;

/** The project as it was at a commit, with the packages of today. */
function checkout(commit: string): string {
    const folder = inRunDir("earlier");
    fs.mkdirSync(folder, { recursive: true });
    const archive = execFileSync("git", ["archive", commit], { cwd: projectRoot, maxBuffer: 2 ** 28 });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(folder, "node_modules"));
    return folder;
}

/** The UID of each object that must survive. */
async function survivors(): Promise<Record<string, string>> {
    const objects = [...(await clusterObjects()).values()].filter(
        ({ id, namespace }) => namespace !== "" && kept.includes(id.split(" ")[0] ?? "") && !ofTheOperator.test(id),
    );
    return Object.fromEntries(objects.map(({ id, version }) => [id, version.split(" ")[0] ?? ""]));
}

describe("An upgrade of the program under a running stack", () => {
    let stack: Stack;
    let earlierObjects: Record<string, string>;
    let things: string[];

    before(async function () {
        if (from === "") {
            // There is nothing to upgrade from on the branch itself.
            this.skip();
        }
        const earlier = checkout(from);
        stack = await stackOf("upgrade", committedConfig("prod", earlier), earlier);
        await stack.up();
        earlierObjects = await survivors();
        things = await accountThings();
        stack = await stackOf("upgrade", committedConfig("prod"));
    });

    after(async () => {
        if (from !== "") {
            await removeWithData(stack);
        }
    });

    it("replaces and deletes nothing that holds data, and nothing that is protected", async () => {
        const stdout = await stack.up();
        expect(touched(stdout, "replaced")).to.deep.equal([]);
        expect(await survivors()).to.include(earlierObjects);
        expect(await accountThings()).to.include.members(things);
    });

    it("has nothing left to do after that", async () => {
        expect(summary(await stack.ok("preview", "--diff", "--show-sames"))).to.have.all.keys("unchanged");
    });
});
