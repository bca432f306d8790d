import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import * as z from "zod";
import { versionOfImage } from "../../config/versions";
import { messageOf } from "../../cli/errors";
import { inRunDir, projectRoot } from "../paths";
import { readJsonIfValid, typescriptProgram, writePrivateFileIfChanged } from "../processes";
import type { DaemonSpec } from "../processes";
import { loadKubeconfig } from "../../cli/kubernetes";
import type { ControlPlane } from "./control-plane";
import { kubeconfigs } from "./credentials";
import { startOperatorHost } from "./operator-host";
import { startPodGate } from "./pod-gate";
import { startProvisioner } from "./provisioner";
import { VolumeFolders } from "./volume-folders";

const settingsSchema = z.object({
    port: z.number(),
    external: z.object({ prefix: z.string(), firstIngress: z.number(), firstService: z.number(), last: z.number() }),
    /** Program of the operator, where its pods are simulated. */
    operator: z.string().optional(),
    otherOperators: z.record(z.string(), z.string()).default({}),
    /** What is on the real node; absent: all nodes are simulated. */
    real: z.object({ volumes: z.string(), simulatedNodes: z.array(z.string()) }).optional(),
});

/** What the agent of a cluster with a real node is told. */
export type RealNode = NonNullable<z.output<typeof settingsSchema>["real"]>;

const settingsFile = inRunDir("etc", "cluster-agent.json");

/** The process that plays what a provisioned cluster has beside Kubernetes itself, and hosts the operators. */
export function agentSpec({ tools, ports, layout, probes }: ControlPlane, real?: RealNode): DaemonSpec {
    const port = ports["cluster-agent"];
    const settings: z.input<typeof settingsSchema> = {
        port,
        external: layout.external,
        ...(real === undefined
            ? { operator: tools["prometheus-operator"], otherOperators: tools.otherOperators }
            : { real }),
    };
    writePrivateFileIfChanged(settingsFile, JSON.stringify(settings));
    return {
        name: "cluster-agent",
        command: process.execPath,
        args: typescriptProgram(__filename),
        cwd: projectRoot,
        // Its own sources too: an agent of an older checkout may not know what the rest of the platform expects of it.
        configFiles: [settingsFile, kubeconfigs.platform, ...sources()],
        port,
        probe: probes["cluster-agent"],
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
    const { external, operator, otherOperators, real } = settings;
    const parts =
        real === undefined
            ? [
                  startProvisioner(config, { external }),
                  startPodGate(config, () => true),
                  startOperatorHost(config, (image) => otherOperators[versionOfImage(image) ?? ""] ?? operator),
              ]
            : [
                  startProvisioner(config, { external, folders: new VolumeFolders(real.volumes) }),
                  startPodGate(config, (node) => real.simulatedNodes.includes(node)),
              ];
    const server = http.createServer((_, response) => {
        response.statusCode = parts.every((seesCluster) => seesCluster()) ? 200 : 503;
        response.end();
    });
    server.once("error", (error) => {
        console.error(messageOf(error));
        process.exit(1);
    });
    server.listen(settings.port, "127.0.0.1");
    // One object that can't be handled must not end the service for all others.
    process.on("unhandledRejection", (reason) => {
        console.error(`${new Date().toISOString()} ${messageOf(reason)}`);
    });
}

if (require.main === module) {
    main();
}
