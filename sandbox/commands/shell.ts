import { spawn } from "node:child_process";
import * as path from "node:path";
import type { Command } from "commander";
import { UserError, messageOf } from "../../cli/errors";
import { openSandbox } from "../sandbox";
import { sandboxOptions, type StartOptions, withStartOptions } from "./options";

const greeting = [
    "A shell within the sandbox; leave it with exit.",
    "  pulumi preview | up | refresh | stack output     on the stack local",
    "  kubectl get pods --all-namespaces                 on the sandbox's cluster",
    "  aws s3 ls, or any other S3 client                 by AWS_ENDPOINT_URL, AWS_CA_BUNDLE and AWS_ACCESS_KEY_ID",
    "",
].join("\n");

export function registerShell(program: Command): void {
    withStartOptions(program.command("shell"))
        .description("open a shell where pulumi, kubectl and the S3 API just work")
        .option("-c, --command <command>", "run this instead, and end")
        .action(async ({ command, ...options }: StartOptions & { command?: string }) => {
            const { engine } = await openSandbox(sandboxOptions(options), "make shell");
            const shell = process.env.SHELL ?? "/bin/sh";
            const prompt = path.basename(shell) === "bash" ? { PS1: "(perch) \\w\\$ " } : {};
            if (command === undefined) {
                process.stdout.write(greeting);
            }
            const child = spawn(shell, command === undefined ? [] : ["-c", command], {
                stdio: "inherit",
                env: { ...prompt, ...engine.env },
            });
            // Ctrl-C is the shell's own business.
            process.on("SIGINT", () => undefined);
            process.exitCode = await new Promise<number>((resolve, reject) => {
                child.once("error", (error) => {
                    reject(new UserError(`SHELL=${shell} can't be started: ${messageOf(error)}`));
                });
                child.once("close", (code) => {
                    resolve(code ?? 1);
                });
            });
        });
}
