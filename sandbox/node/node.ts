import { spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { UserError } from "../../cli/errors";
import { projectRoot } from "../paths";
import type { ComponentStatus } from "../platform";
import { typescriptProgram, writePrivateFileIfChanged } from "../processes";
import type { S3Server } from "../s3";
import { type InsideSettings, settingsFileForNode } from "./inside-settings";
import { enterCommand, nodeId, type NodeNamespaces, runningNode } from "./namespaces";
import { nodeDaemons } from "./plan";
import { nodeRunDir } from "./settings";

const servicesSchema = z.object({
    s3: z.object({
        endpoint: z.string(),
        region: z.string(),
        caFile: z.string(),
        accessKeyId: z.string(),
        secretAccessKey: z.string(),
    }),
    mail: z.object({ caFile: z.string() }),
});

const statusesSchema = z.array(
    z.object({
        name: z.string(),
        pid: z.number().optional(),
        port: z.number().optional(),
        healthy: z.boolean(),
        log: z.string(),
    }),
);

/** The services beside the cluster, as pods and the engine reach them. */
export interface NodeServices {
    s3: Omit<S3Server, "outcome">;
    mail: { caFile: string };
}

/** Kubeconfig of the administrator of the node's cluster. */
export const nodeKubeconfig = path.join(nodeRunDir, "kubeconfig");

/** What the node's processes are told, as far as it doesn't follow from where the node is. */
export type NodeSettings = Omit<InsideSettings, "addresses" | "cgroup">;

/** Tells the node's commands what they are to start. Needs the node's namespaces. */
export function writeNodeSettings({ addresses }: NodeNamespaces, settings: NodeSettings): void {
    const content: InsideSettings = { ...settings, addresses, cgroup: nodeId() };
    writePrivateFileIfChanged(settingsFileForNode, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Starts S3 API and mail server, or takes those that run. */
export async function startServices(node: NodeNamespaces, report: Report): Promise<NodeServices> {
    return servicesSchema.parse(JSON.parse(await inside(node, "services", report)));
}

/** Starts the cluster, or what of it doesn't run; ends when the node is ready. */
export async function startCluster(node: NodeNamespaces, report: Report): Promise<void> {
    await inside(node, "cluster", report);
}

/** The node's processes, whether they run or not. */
export async function statusesOfNode(): Promise<ComponentStatus[]> {
    const node = runningNode();
    if (node === undefined) {
        return nodeDaemons.map((name) => ({
            name,
            pid: undefined,
            port: undefined,
            healthy: false,
            log: path.join(nodeRunDir, "logs", `${name}.log`),
        }));
    }
    const statuses = statusesSchema.parse(JSON.parse(await inside(node, "status")));
    return statuses.map(({ pid, port, ...status }) => ({ ...status, pid, port }));
}

/** Takes a step for the user to see. */
type Report = (message: string) => void;

/** Runs one of the node's own commands within it. @returns what it prints */
function inside(node: NodeNamespaces, command: string, report: Report = () => undefined): Promise<string> {
    const [program, ...args] = enterCommand(node, [
        process.execPath,
        ...typescriptProgram(path.join(__dirname, "inside.ts"), command),
    ]);
    const child = spawn(program, args, {
        cwd: projectRoot,
        env: { ...process.env, PERCH_SANDBOX_DIR: nodeRunDir },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const complaints: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    createInterface(child.stderr).on("line", (line) => {
        // Steps are indented by two, a failure isn't.
        const [, step] = /^ {2}(\S.*)$/.exec(line) ?? [];
        if (step !== undefined) {
            report(step);
        } else if (line !== "") {
            complaints.push(line);
        }
    });
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => {
            if (code === 0) {
                resolve(output);
            } else {
                const why = complaints.join("\n");
                reject(
                    new UserError(why === "" ? `The node's command "${command}" ended with code ${code ?? 1}` : why),
                );
            }
        });
    });
}
