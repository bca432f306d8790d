import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { nodeKubeconfig } from "../../../sandbox/node/node";
import { ensureTools } from "../../../sandbox/toolchain";

const run = promisify(execFile);

/** Runs `kubectl` as the cluster's administrator. @returns its standard output */
export function kubectl(...args: string[]): Promise<string> {
    return kubectlWith("", ...args);
}

/** Like {@link kubectl}, with something to read from its standard input. */
export async function kubectlWith(input: string, ...args: string[]): Promise<string> {
    const { kubectl: program } = await ensureTools(["kubectl"]);
    const running = run(program, ["--kubeconfig", nodeKubeconfig, ...args], { maxBuffer: 2 ** 28 });
    running.child.stdin?.end(input);
    return (await running).stdout;
}
