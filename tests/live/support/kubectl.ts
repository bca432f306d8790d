import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { nodeKubeconfig } from "../../../sandbox/node/node";
import { ensureTools } from "../../../sandbox/toolchain";

const run = promisify(execFile);

/** Runs `kubectl` as the cluster's administrator. @returns its standard output */
export async function kubectl(...args: string[]): Promise<string> {
    const { kubectl: program } = await ensureTools(["kubectl"]);
    const { stdout } = await run(program, ["--kubeconfig", nodeKubeconfig, ...args], { maxBuffer: 2 ** 28 });
    return stdout;
}
