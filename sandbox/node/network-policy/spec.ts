import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../paths";
import { httpProbe, typescriptProgram, writePrivateFileIfChanged } from "../../processes";
import type { DaemonSpec } from "../../processes";
import { settingsFile } from "./settings";
import type { AgentSettings } from "./settings";

/** Name of the daemon and its log. */
export const networkPolicyDaemon = "network-policy";

/**
 * The agent that enforces NetworkPolicies in the network namespace where it is started, for the pods of one node.
 *
 * It starts before the kubelet: where {@link installCniPlugin} is in use, no pod starts without it. When it ends, its rules
 * stay in force.
 */
export function networkPolicySpec(settings: AgentSettings): DaemonSpec {
    writePrivateFileIfChanged(settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
    return {
        name: networkPolicyDaemon,
        command: process.execPath,
        args: typescriptProgram(path.join(__dirname, "agent.ts")),
        cwd: projectRoot,
        configFiles: [settingsFile, settings.kubeconfig, ...sources()],
        port: settings.port,
        probe: httpProbe({ url: `http://127.0.0.1:${settings.port}/healthz` }),
        graceMs: 3_000,
    };
}

/** An agent of an older checkout may enforce other rules. */
function sources(): string[] {
    return fs
        .readdirSync(__dirname)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.join(__dirname, file));
}
