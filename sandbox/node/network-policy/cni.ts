import { transformSync } from "esbuild";
import * as fs from "node:fs";
import * as path from "node:path";
import { inRunDir } from "../../paths";
import { readIfExists, writePrivateFile } from "../../processes";

/** Name of the plugin in a CNI configuration list, and of its executable. */
export const cniPluginName = "perch-network-policy";

/** The last plugin of a node's CNI configuration list, and the folder where its executable is. */
export interface CniPlugin {
    /** One of the runtime's `bin_dirs`. */
    readonly binDir: string;
    /** Element of `plugins` in the configuration list; it comes after the plugin that gives a pod its address. */
    readonly config: { readonly type: string; readonly agentPort: number };
}

/**
 * Writes the CNI plugin that keeps a pod from starting until its NetworkPolicies are in force.
 * @param agentPort port of the agent that {@link networkPolicySpec} describes
 */
export function installCniPlugin(agentPort: number): CniPlugin {
    const binDir = inRunDir("network-policy", "cni");
    const source = fs.readFileSync(path.join(__dirname, "cni-plugin.ts"), "utf8");
    // Plain JavaScript starts in a fraction of the time of a TypeScript loader, for every pod.
    const { code } = transformSync(source, { loader: "ts", format: "cjs", platform: "node", target: "node22" });
    const program = path.join(binDir, `${cniPluginName}.cjs`);
    writePrivateFile(program, code);
    const executable = path.join(binDir, cniPluginName);
    const launcher = `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(program)}\n`;
    if (readIfExists(executable) !== launcher) {
        writePrivateFile(executable, launcher);
    }
    fs.chmodSync(executable, 0o700);
    return { binDir, config: { type: cniPluginName, agentPort } };
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
