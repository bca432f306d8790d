import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { requiredPlugins } from "../../../../sandbox/plugins/nodejs/packages";
import {
    commandLine,
    environment,
    nodeFor,
    parseOptions,
    type ProgramRun,
    runnerFor,
} from "../../../../sandbox/plugins/nodejs/program";
import { projectRoot } from "../../../../sandbox/paths";

const run: ProgramRun = {
    monitor: "127.0.0.1:1",
    engine: "127.0.0.1:2",
    organization: "organization",
    project: "perch",
    stack: "local",
    rootDirectory: "/project",
    directory: "/project/sub",
    entryPoint: "index.ts",
    parallel: 4,
    dryRun: true,
    config: { "perch:profile": "kup6s" },
    secretKeys: ["perch:smtpPassword"],
    arguments: [],
    options: { typescript: false, nodeargs: ["--import", "tsx"] },
};

describe("the language host", () => {
    it("reads the runtime options of Pulumi.yaml and names the one that is wrong", () => {
        expect(parseOptions({ typescript: false, nodeargs: "--import tsx" })).to.deep.equal({
            typescript: false,
            nodeargs: ["--import", "tsx"],
            tsconfig: undefined,
        });
        expect(parseOptions({}).typescript).to.equal(true);
        expect(() => parseOptions({ nodeArgs: "x" })).to.throw('the runtime option "nodeArgs" isn\'t known');
        expect(() => parseOptions({ typescript: "no" })).to.throw("must be true or false");
    });

    it("runs the program by the SDK's runner, with the configuration in the environment alone", () => {
        const line = commandLine(run, "/runner.js");
        expect(line.slice(0, 3)).to.deep.equal(["--import", "tsx", "/runner.js"]);
        expect(line).to.include.members(["--dry-run", "--pwd=/project/sub", "--stack=local"]);
        expect(line.at(-1)).to.equal("index.ts");
        expect(line.join(" ")).not.to.contain("kup6s");
        expect(environment(run, { A: "1" })).to.deep.equal({
            A: "1",
            PULUMI_CONFIG: '{"perch:profile":"kup6s"}',
            PULUMI_CONFIG_SECRET_KEYS: '["perch:smtpPassword"]',
            PULUMI_NODEJS_TYPESCRIPT: "false",
        });
    });

    it("finds the project's own Node and SDK, from a folder below too", () => {
        const below = path.join(projectRoot, "sandbox", "plugins");
        expect(nodeFor(below)).to.equal(path.join(projectRoot, "node_modules", ".bin", "node"));
        expect(fs.existsSync(runnerFor(below))).to.equal(true);
        const empty = fs.mkdtempSync(path.join(os.tmpdir(), "perch-host-"));
        expect(nodeFor(empty)).to.equal(process.execPath);
        expect(() => runnerFor(empty)).to.throw('Run "npm ci" there');
        fs.rmSync(empty, { recursive: true });
    });

    it("asks for the plugins of the installed SDKs", () => {
        const names = requiredPlugins(projectRoot).map(({ name }) => name);
        expect(names).to.have.members(["aws", "kubernetes", "random", "tls"]);
    });
});
