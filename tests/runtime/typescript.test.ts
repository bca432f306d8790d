import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";

const root = path.resolve(__dirname, "../..");

const { runtime } = parse(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { nodeargs: string } };
};

/** Loads modules of the project and the SDK as index.ts does, and prints what became of that. */
const program = `
    const { findSourceMap } = require("node:module");
    const { nearest } = require("./config/nearest");
    require("@pulumi/pulumi");
    const isLoaded = (name) => require.cache[require.resolve(name)].constructor.name === "Module";
    import("./config/nearest.js").then((imported) =>
        process.stdout.write(JSON.stringify({
            sameModule: imported.nearest === nearest,
            mapped: ["./config/nearest.ts", "@pulumi/pulumi"].filter((name) => findSourceMap(require.resolve(name))),
            needlesslyLoaded: ["typescript", "@npmcli/arborist"].filter(isLoaded),
        })),
    );
`;

describe("TypeScript of the program", () => {
    it("is loaded with its source maps, which the packages' aren't", () => {
        const args = [...runtime.options.nodeargs.split(" "), "--eval", program];
        const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
        expect(JSON.parse(printed)).to.deep.equal({
            sameModule: true,
            mapped: ["./config/nearest.ts"],
            needlesslyLoaded: [],
        });
    });
});
