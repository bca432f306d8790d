import * as fs from "node:fs";
import * as path from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { messageOf } from "../../../cli/errors";
import { nodeRunDir } from "../../../sandbox/node/settings";
import { lastLines } from "../../../sandbox/processes";
import { kubectl } from "./kubectl";
import { core } from "./live";

/** Lines of each log that are shown. */
const shownLines = 15;

/** What whoever looks at a failure wants to see: pods, warnings, the ends of the logs of what isn't well. */
export async function dump(): Promise<string> {
    const parts = await Promise.all([
        section("Pods", () => kubectl("get", "pods", "--all-namespaces", "--output=wide")),
        section("Warnings", warnings),
        section("Logs of containers that aren't well", containerLogs),
        section("Logs of the node", () => Promise.resolve(nodeLogs())),
    ]);
    return `\n${parts.join("\n")}\n`;
}

async function section(title: string, content: () => Promise<string>): Promise<string> {
    return `--- ${title}\n${await content().catch((error: unknown) => messageOf(error))}`;
}

async function warnings(): Promise<string> {
    const args = ["--all-namespaces", "--field-selector=type=Warning", "--sort-by=.lastTimestamp", "--no-headers"];
    return (await kubectl("get", "events", ...args)).trim().split("\n").slice(-30).join("\n");
}

async function containerLogs(): Promise<string> {
    const { items } = await core().listPodForAllNamespaces();
    const texts = await Promise.all(
        illContainers(items).map(async ([namespace, pod, container, restarts]) => {
            const previous = restarts > 0 ? ["--previous"] : [];
            const args = ["--namespace", namespace, pod, "--container", container, `--tail=${shownLines}`, ...previous];
            const log = await kubectl("logs", ...args).catch((error: unknown) => messageOf(error));
            return `${namespace}/${pod} ${container}, ${restarts} restarts:\n${log}`;
        }),
    );
    return texts.join("\n");
}

function illContainers(pods: readonly V1Pod[]): [namespace: string, pod: string, container: string, number][] {
    return pods.flatMap(({ metadata, status }) =>
        [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
            .filter(({ ready, restartCount }) => !ready || restartCount > 0)
            .map(({ name, restartCount }): [string, string, string, number] => [
                metadata?.namespace ?? "",
                metadata?.name ?? "",
                name,
                restartCount,
            ]),
    );
}

function nodeLogs(): string {
    const folder = path.join(nodeRunDir, "logs");
    const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file.endsWith(".log")) : [];
    return files.map((file) => `${file}:\n${lastLines(path.join(folder, file), shownLines, 0).join("\n")}`).join("\n");
}
