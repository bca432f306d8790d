import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs a command to its end.
 * @returns its standard output
 * @throws Error with the last lines of what it said
 */
export async function run(program: string, args: readonly string[], cwd: string, env = process.env): Promise<string> {
    try {
        const running = execute(program, args, { cwd, env, maxBuffer: 2 ** 28 });
        running.child.stdin?.end();
        return (await running).stdout;
    } catch (error) {
        const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
        const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-40).join("\n");
        throw new Error(`${program} ${args.join(" ")} failed:\n${said}`, { cause: error });
    }
}
