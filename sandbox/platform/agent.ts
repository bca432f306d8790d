import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import * as z from "zod";
import { messageOf } from "../errors";
import { inRunDir, projectRoot } from "../paths";
import { readJsonIfValid, writePrivateFileIfChanged } from "../processes";
import type { DaemonSpec, Probe } from "../processes";
import { loadKubeconfig } from "./cluster";
import type { Ports } from "./control-plane";
import { kubeconfigs } from "./credentials";
import { startOperatorHost } from "./operator-host";
import { startPodGate } from "./pod-gate";
import { startProvisioner } from "./provisioner";
import type { PlatformTools } from "./settings";

const settingsSchema = z.object({ port: z.number(), operator: z.string().optional() });
const settingsFile = inRunDir("etc", "cluster-agent.json");

/** The process that plays what a provisioned cluster has beside Kubernetes itself, and hosts the operators. */
export function agentSpec(tools: PlatformTools, ports: Ports, probe: Probe): DaemonSpec {
    const port = ports["cluster-agent"];
    writePrivateFileIfChanged(settingsFile, JSON.stringify({ port, operator: tools["prometheus-operator"] }));
    return {
        name: "cluster-agent",
        command: process.execPath,
        args: ["--import", require.resolve("tsx"), __filename],
        cwd: projectRoot,
        // Its own sources too: an agent of an older checkout may not know what the rest of the platform expects of it.
        configFiles: [settingsFile, kubeconfigs.platform, ...sources()],
        port,
        probe,
        graceMs: 3_000,
    };
}

function sources(): string[] {
    return [__dirname, path.join(__dirname, "..", "processes")].flatMap((folder) =>
        fs
            .readdirSync(folder)
            .filter((file) => file.endsWith(".ts"))
            .map((file) => path.join(folder, file)),
    );
}

function main(): void {
    const settings = settingsSchema.parse(readJsonIfValid(settingsFile));
    const config = loadKubeconfig(kubeconfigs.platform);
    const parts = [startProvisioner(config), startPodGate(config), startOperatorHost(config, settings.operator)];
    http.createServer((_, response) => {
        response.statusCode = parts.every((seesCluster) => seesCluster()) ? 200 : 503;
        response.end();
    }).listen(settings.port, "127.0.0.1");
    // One object that can't be handled must not end the service for all others.
    process.on("unhandledRejection", (reason) => {
        console.error(`${new Date().toISOString()} ${messageOf(reason)}`);
    });
}

if (require.main === module) {
    main();
}
