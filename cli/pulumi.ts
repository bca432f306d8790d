import { spawn } from "node:child_process";
import * as os from "node:os";
import { UserError, messageOf } from "./errors";
import { projectRoot } from "./paths";

/** How to run the Pulumi CLI. */
export interface PulumiCli {
    /** Path of the CLI, or its name where PATH has it. */
    program: string;
    /** The whole environment of a run. */
    env: NodeJS.ProcessEnv;
    /** @default the project's folder */
    cwd?: string;
}

/** How a run ended. */
export interface CliResult {
    /** Exit code; a signal counts as 128 and its number, as in a shell. */
    code: number;
    stdout: string;
    stderr: string;
}

/**
 * Runs the CLI where the user sees it. Ctrl-C reaches the CLI too, which then ends in good order; this process waits for
 * that. A TERM is passed on as Ctrl-C.
 * @returns the exit code
 */
export async function runInForeground(cli: PulumiCli, args: readonly string[]): Promise<number> {
    const child = spawn(cli.program, args, { cwd: cli.cwd ?? projectRoot, env: cli.env, stdio: "inherit" });
    const wait = (): void => undefined;
    const passOn = (): void => {
        child.kill("SIGINT");
    };
    process.on("SIGINT", wait);
    process.on("SIGTERM", passOn);
    try {
        return await new Promise((resolve, reject) => {
            child.once("error", (error) => {
                reject(new UserError(`Can't start ${cli.program}: ${messageOf(error)}`));
            });
            child.once("close", (code, signal) => {
                resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
            });
        });
    } finally {
        process.off("SIGINT", wait);
        process.off("SIGTERM", passOn);
    }
}

/** Runs the CLI quietly. @param input goes to its standard input: the place for secrets */
export function runQuietly(cli: PulumiCli, args: readonly string[], input = ""): Promise<CliResult> {
    const child = spawn(cli.program, [...args, "--non-interactive", "--color", "never"], {
        cwd: cli.cwd ?? projectRoot,
        env: cli.env,
        stdio: ["pipe", "pipe", "pipe"],
    });
    const result: CliResult = { code: 0, stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (result.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (result.stderr += text));
    child.stdin.on("error", () => undefined).end(input);
    return new Promise((resolve, reject) => {
        child.once("error", (error) => {
            reject(new UserError(`Can't start ${cli.program}: ${messageOf(error)}`));
        });
        child.once("close", (code) => {
            resolve({ ...result, code: code ?? 1 });
        });
    });
}

/** Like {@link runQuietly}. @throws UserError with what the CLI said, when it fails */
export async function runOrFail(cli: PulumiCli, args: readonly string[], input = ""): Promise<string> {
    const { code, stdout, stderr } = await runQuietly(cli, args, input);
    if (code !== 0) {
        throw new UserError(`"pulumi ${args.join(" ")}" failed: ${(stderr || stdout).trim()}`);
    }
    return stdout;
}
