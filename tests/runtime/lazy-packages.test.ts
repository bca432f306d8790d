import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { expect } from "chai";

const root = path.resolve(__dirname, "../..");

/** Prints which of the deferred packages are loaded after the SDK's start and after their use, and what came of that. */
const program = `
    const pulumi = require("@pulumi/pulumi");
    const isModule = (name) => require.cache[require.resolve(name)].constructor.name === "Module";
    const loaded = () => ["typescript", "@npmcli/arborist"].filter(isModule);
    const atStart = loaded();
    const { Arborist } = require("@npmcli/arborist");
    const { path } = new Arborist({ path: "/somewhere" });
    pulumi.runtime.serializeFunction((a) => a + pulumi.version).then(({ text }) =>
        process.stdout.write(JSON.stringify({ atStart, path, text, afterUse: loaded() })),
    );
`;

function run(...args: string[]): unknown {
    const all = ["--no-warnings", ...args, "--eval", program];
    return JSON.parse(execFileSync(process.execPath, all, { cwd: root, encoding: "utf8" }));
}

describe("Packages that the SDK seldom uses", () => {
    it("are loaded when it does, and not before", () => {
        const both = ["typescript", "@npmcli/arborist"];
        const lazy = run("--import", "./runtime/lazy-packages.mjs") as { text: string };
        expect(lazy).to.deep.include({ atStart: [], path: "/somewhere", afterUse: both });
        const eager = run() as { text: string };
        expect(eager).to.deep.include({ atStart: both, path: "/somewhere" });
        expect(lazy.text).to.include("pulumi").and.equal(eager.text);
    });
});
