import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { type CliResult, type ConfigValues, type PulumiCli, runOrFail, runQuietly } from "../../../sandbox/engine";
import { engineFiles } from "../../../sandbox/engine/home";
import { overlay, parseStackFile } from "../../../sandbox/engine/stack-config";
import { inRunDir, projectRoot } from "../../../sandbox/paths";

const execute = promisify(execFile);

/**
 * For the engine where nothing interrupts it: it writes the state once, at the end, in place of twice for each resource, which
 * is most of its work.
 */
export const stateOnce = { PULUMI_SKIP_CHECKPOINTS: "true" } as const;

/** A stack in the sandbox's state, with a stack file of its own. */
export class Stack {
    constructor(
        public readonly name: string,
        private readonly cli: PulumiCli,
    ) {}

    /** Runs `pulumi` on the stack. */
    run(...args: string[]): Promise<CliResult> {
        return runQuietly(this.cli, args);
    }

    /** Like {@link run}, for what never gets ready: the plugin gives up after half a minute instead of ten. */
    runImpatiently(...args: string[]): Promise<CliResult> {
        return runQuietly({ ...this.cli, env: { ...this.cli.env, PERCH_SANDBOX_TIMEOUT_MS: "30000" } }, args);
    }

    /** Like {@link run}; fails with what the CLI said. @returns its standard output */
    async ok(...args: string[]): Promise<string> {
        const { code, stdout, stderr } = await this.run(...args);
        if (code !== 0) {
            throw new Error(`pulumi ${args.join(" ")} on stack ${this.name} ended with ${code}:\n${stdout}\n${stderr}`);
        }
        return stdout;
    }

    /** The quickest way: the preview is a command of its own. */
    up(): Promise<string> {
        return this.ok("up", "--yes", "--skip-preview");
    }

    destroy(): Promise<string> {
        return this.ok("destroy", "--yes", "--skip-preview");
    }

    /** Sets a field of the stack file by its path, such as `perch:logs.retention`. */
    async set(key: string, value: string): Promise<void> {
        await this.ok("config", "set", "--path", key, value);
    }

    /** Sets a secret, by standard input as a user would. */
    async setSecret(key: string, value: string): Promise<void> {
        await runOrFail(this.cli, ["config", "set", "--secret", key], value);
    }

    async remove(key: string): Promise<void> {
        await this.ok("config", "rm", "--path", key);
    }

    /** Runs one of the project's own procedures (`npm run operate`). @returns its standard output */
    async operate(...args: string[]): Promise<string> {
        const program = path.join(projectRoot, "operations", "cli.ts");
        const { stdout } = await execute(process.execPath, ["--import", "tsx", program, ...args], {
            cwd: projectRoot,
            env: this.cli.env,
        });
        return stdout;
    }

    /** The outputs; secret ones as `[secret]`. */
    async outputs(): Promise<Record<string, unknown>> {
        return z.record(z.string(), z.unknown()).parse(JSON.parse(await this.ok("stack", "output", "--json")));
    }
}

/** The settings in a stack file of the project, or of another checkout of it. */
export function committedConfig(name: string, project = projectRoot): ConfigValues {
    const file = path.join(project, `Pulumi.${name}.yaml`);
    return parseStackFile(fs.readFileSync(file, "utf8"), file).config;
}

/**
 * A stack's settings with what the sandbox says of its S3 API, in the stack file of `make up`.
 *
 * @param simulated what it says where no pods run
 */
export function inSandbox(settings: ConfigValues, simulated: ConfigValues): ConfigValues {
    const { config } = parseStackFile(fs.readFileSync(engineFiles.stackConfig, "utf8"), engineFiles.stackConfig);
    return {
        ...overlay(settings, simulated),
        "perch:objectStorage": config["perch:objectStorage"],
    };
}

/**
 * Makes a stack beside the sandbox's own, or opens the one of that name.
 * @param config what its stack file says, by full key
 * @param secrets what it says encrypted
 */
export async function openStack(
    cli: PulumiCli,
    name: string,
    config: ConfigValues,
    secrets: Readonly<Record<string, string>> = {},
): Promise<Stack> {
    const folder = inRunDir("stacks", name);
    const stackFile = path.join(folder, "stack.yaml");
    const own: PulumiCli = {
        ...cli,
        env: { ...cli.env, PULUMI_STACK: name, PULUMI_OPTION_CONFIG_FILE: stackFile },
    };
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    // In a folder of its own: the CLI writes a stack file beside Pulumi.yaml, whatever file the variable names.
    fs.copyFileSync(path.join(cli.cwd ?? projectRoot, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
    await runOrFail({ ...own, cwd: folder }, ["stack", "select", "--create", name]);
    const current = fs.existsSync(stackFile) ? (parse(fs.readFileSync(stackFile, "utf8")) as object) : {};
    fs.writeFileSync(stackFile, stringify({ ...current, config }), { mode: 0o600 });
    const stack = new Stack(name, own);
    for (const [key, value] of Object.entries(secrets)) {
        await stack.setSecret(key, value);
    }
    return stack;
}
