import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { type CliResult, type PulumiCli, engineEnv, runOrFail, runQuietly } from "../../sandbox/engine";
import { binFolder, placeCli } from "../../sandbox/engine/home";
import { installPlugins, resourcePlugins } from "../../sandbox/engine/plugins";
import { projectRoot } from "../../sandbox/paths";
import { ensureTools, toolOf } from "../../sandbox/toolchain";

const STACK = "config";

/** The required answers. */
const required = {
    "perch:cluster": { name: "test" },
    "perch:grafana": { host: "grafana.example.com" },
    "perch:alerting": { deadMansSwitch: { kind: "none" } },
};

describe("Bad configuration with the real engine", () => {
    let folder: string;
    let stackFile: string;
    let cli: PulumiCli;

    before(async () => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-config-test-"));
        stackFile = path.join(folder, "stack.yaml");
        const home = path.join(folder, "home");
        const { pulumi } = await ensureTools(["pulumi"]);
        const bin = path.join(home, path.relative(engineHome(), binFolder(toolOf("pulumi").version)));
        placeCli(pulumi, bin);
        await installPlugins(home, resourcePlugins, bin);
        cli = {
            program: path.join(bin, "pulumi"),
            env: {
                ...engineEnv({}),
                PULUMI_HOME: home,
                PULUMI_BACKEND_URL: `file://${folder}`,
                PULUMI_CONFIG_PASSPHRASE: "test",
                PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
                PULUMI_STACK: STACK,
                PULUMI_OPTION_CONFIG_FILE: stackFile,
            },
        };
        // In a folder of its own: the CLI writes a stack file beside Pulumi.yaml, whatever file the variable names.
        fs.copyFileSync(path.join(projectRoot, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
        await runOrFail({ ...cli, cwd: folder }, ["stack", "init", STACK]);
    });

    after(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    /** The PULUMI_HOME that the sandbox itself would use. */
    function engineHome(): string {
        return engineEnv({}).PULUMI_HOME ?? "";
    }

    /** Sets the stack file to the required answers and `config`, and previews. */
    async function preview(config: Record<string, unknown>): Promise<CliResult> {
        const current = fs.existsSync(stackFile) ? (parse(fs.readFileSync(stackFile, "utf8")) as object) : {};
        fs.writeFileSync(stackFile, stringify({ ...current, config: { ...required, ...config } }));
        return runQuietly(cli, ["preview"]);
    }

    /** Lines of the one message. */
    function problems({ stdout, stderr }: CliResult): string[] {
        return [...`${stdout}\n${stderr}`.matchAll(/^\s*- (perch:.*)$/gm)].map(([, line]) => line?.trim() ?? "");
    }

    it("tells every problem in one message, without a stack trace and before any resource", async () => {
        const result = await preview({ "perch:metrcs": {}, "perch:metrics": { retention: 15, replicas: "2" } });
        expect(result.code).to.not.equal(0);
        expect(problems(result)).to.deep.equal([
            "perch:metrcs: unknown key; did you mean perch:metrics?",
            'perch:metrics.replicas: got "2"; expected a whole number',
            "perch:metrics.retention: got 15; expected a duration with a unit, such as 30s, 15d or 1h30m",
        ]);
        const output = result.stdout + result.stderr;
        expect(output).to.contain(`The configuration of stack ${STACK} has 3 problems:`);
        expect(output).to.not.match(/^\s+at /m);
        expect(output).to.not.contain("kubernetes:");
    });

    it("V-13: refuses a secret that isn't encrypted, and takes it after the command that it names", async () => {
        const refused = await preview({ "perch:smtpPassword": "hunter2", "perch:metrcs": {} });
        const [, line] = problems(refused);
        expect(line).to.contain("isn't encrypted in the stack file");
        const [, command = ""] = /run: pulumi (.*)$/.exec(line ?? "") ?? [];
        expect(command).to.equal(`config set --secret perch:smtpPassword --stack ${STACK}`);
        expect(refused.stdout + refused.stderr).to.not.contain("hunter2");

        await runOrFail(cli, command.split(" "), "hunter3");
        const taken = await runQuietly(cli, ["preview"]);
        expect(problems(taken)).to.deep.equal(["perch:metrcs: unknown key; did you mean perch:metrics?"]);
        expect(fs.readFileSync(stackFile, "utf8")).to.not.contain("hunter");
    });

    it("V-13: refuses a secret inside an area, in plain text and encrypted", async () => {
        const plain = await preview({
            "perch:grafana": { host: "grafana.example.com", adminPassword: "hunter2" },
        });
        const command = `pulumi config set --secret perch:grafanaAdminPassword --stack ${STACK}`;
        expect(problems(plain)).to.deep.equal([
            "perch:grafana.adminPassword: looks like a secret in plain text; " +
                `a secret is a key of its own: remove this one and run: ${command}`,
        ]);
        expect(plain.stdout + plain.stderr).to.not.contain("hunter2");

        await runOrFail(cli, ["config", "set", "--secret", "--path", "perch:grafana.adminPassword"], "hunter2");
        const encrypted = await runQuietly(cli, ["preview"]);
        expect(problems(encrypted)).to.deep.equal([
            "perch:grafana: holds an encrypted value, and an area is read as plain text; " +
                `a secret is a key of its own: remove this one and run: ${command}`,
        ]);
    });

    it("reads what the CLI sets by path: numbers and booleans keep their type", async () => {
        await preview({ "perch:metrcs": {} });
        for (const [key, value] of [
            ["perch:metrics.replicas", "3"],
            ["perch:platform.protectData", "false"],
            ["perch:selfMonitoring", "false"],
        ] as const) {
            await runOrFail(cli, ["config", "set", "--path", key, value]);
        }
        expect(problems(await runQuietly(cli, ["preview"]))).to.deep.equal([
            "perch:metrcs: unknown key; did you mean perch:metrics?",
        ]);
    });
});
