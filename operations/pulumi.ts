import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { OperationError } from "./errors";

const projectRoot = path.join(__dirname, "..");

const configSchema = z.record(z.string(), z.object({ value: z.string().optional() }));

/** The Pulumi CLI on PATH, on one stack of the project. */
export class Pulumi {
    /** @param stack the selected one where absent */
    constructor(private readonly stack: string | undefined) {}

    /** Runs a command quietly. @throws OperationError with what the CLI said, when it fails */
    async output(...args: string[]): Promise<string> {
        const { code, stdout, stderr } = await this.run(args, "pipe");
        if (code !== 0) {
            throw new OperationError(`pulumi ${args.join(" ")} failed:\n${(stderr || stdout).trim()}`);
        }
        return stdout;
    }

    /** Runs a command where the user sees it. @returns the exit code */
    async show(...args: string[]): Promise<number> {
        return (await this.run(args, "inherit")).code;
    }

    /** The cluster that the stack is deployed to: that of its settings, else the user's current one. */
    async cluster(): Promise<KubeConfig> {
        const config = configSchema.parse(JSON.parse(await this.output("config", "--json", "--show-secrets")));
        const kubeconfig = config["kubernetes:kubeconfig"]?.value;
        const context = config["kubernetes:context"]?.value;
        const loaded = new KubeConfig();
        if (kubeconfig === undefined) {
            loaded.loadFromDefault();
        } else if (fs.existsSync(kubeconfig)) {
            loaded.loadFromFile(kubeconfig);
        } else {
            loaded.loadFromString(kubeconfig);
        }
        if (context !== undefined) {
            loaded.setCurrentContext(context);
        }
        return loaded;
    }

    private run(
        args: readonly string[],
        output: "pipe" | "inherit",
    ): Promise<{ code: number; stdout: string; stderr: string }> {
        const stack = this.stack === undefined ? [] : ["--stack", this.stack];
        const child = spawn("pulumi", [...args, ...stack], { cwd: projectRoot, stdio: ["inherit", output, output] });
        const result = { stdout: "", stderr: "" };
        child.stdout?.setEncoding("utf8").on("data", (text: string) => (result.stdout += text));
        child.stderr?.setEncoding("utf8").on("data", (text: string) => (result.stderr += text));
        return new Promise((resolve, reject) => {
            child.once("error", (error) => {
                reject(new OperationError(`pulumi can't be started, is it on PATH? ${error.message}`));
            });
            child.once("close", (code) => {
                resolve({ ...result, code: code ?? 1 });
            });
        });
    }
}
