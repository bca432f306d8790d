import * as fs from "node:fs";
import type { Command } from "commander";
import { podsOf, requireRealPods, runningCluster } from "../cluster-access";
import { runInForeground } from "../engine";
import { UserError } from "../../cli/errors";
import { nodeDaemons, nodeNames, nodeRunDir, simulationOf } from "../node";
import { inRunDir } from "../paths";
import { componentNames } from "../platform/settings";
import { lastLines } from "../processes";
import { agreedTarget, askedTarget, keptTarget } from "../target";
import { ensureTools } from "../toolchain";
import { podsOfComponent } from "./components";

const defaultLines = 100;

/** Log of one of the sandbox's own processes, if there is one of that name. */
function processLog(name: string): string | undefined {
    const folder = agreedTarget(askedTarget(), keptTarget())?.kind === "real" ? nodeRunDir : inRunDir();
    const known: readonly string[] = [...nodeDaemons, ...componentNames, "supervisor", "registry"];
    const files = [`${folder}/logs/${name}.log`, inRunDir("logs", `${name}.log`)];
    return known.includes(name) ? files.find((file) => fs.existsSync(file)) : undefined;
}

/** Prints the end of a log and, when asked to, what is added to it; also after it was rotated, which gives its name to a new file. */
async function printLog(file: string, lines: number, follow: boolean): Promise<number> {
    if (follow) {
        return runInForeground({ program: "tail", env: process.env }, ["-n", String(lines), "-F", file]);
    }
    process.stdout.write(`${lastLines(file, lines).join("\n")}\n`);
    return 0;
}

async function podLogs(component: string, lines: number, follow: boolean): Promise<number> {
    const cluster = requireRealPods("make logs");
    const pods = podsOfComponent(await podsOf(cluster), component);
    const real = pods.filter(({ spec }) => spec?.nodeName !== nodeNames.simulated);
    const [first] = pods;
    if (real.length === 0 && first !== undefined) {
        const reason = simulationOf(first)?.reason ?? "it is on the simulated node";
        throw new UserError(`${component} is simulated, so it says nothing: ${reason}.`);
    }
    const { kubectl } = await ensureTools(["kubectl"]);
    const cli = { program: kubectl, env: { ...process.env, KUBECONFIG: cluster.kubeconfig } };
    const codes = await Promise.all(
        real.map(({ metadata }) =>
            runInForeground(cli, [
                "logs",
                "--namespace",
                metadata?.namespace ?? "",
                metadata?.name ?? "",
                "--all-containers",
                "--prefix",
                `--tail=${lines}`,
                ...(follow ? ["--follow"] : []),
            ]),
        ),
    );
    return Math.max(...codes);
}

export function registerLogs(program: Command): void {
    program
        .command("logs")
        .description("print what a component's pods, or a process of the sandbox, say")
        .argument(
            "<component>",
            "a workload such as thanos-store, a program such as loki, or a process such as kubelet",
        )
        .option("--tail <lines>", "how many of the last lines", String(defaultLines))
        .option("--follow", "go on until Ctrl-C")
        .action(async (component: string, { tail, follow }: { tail: string; follow?: boolean }) => {
            const lines = Number(tail);
            if (!Number.isInteger(lines) || lines < 0) {
                throw new UserError(`--tail is "${tail}"; expected a number of lines.`);
            }
            const log = processLog(component);
            // A program that is a pod as well is the pod: its process is a part of the sandbox.
            process.exitCode =
                log !== undefined && !(await isPod(component))
                    ? await printLog(log, lines, follow === true)
                    : await podLogs(component, lines, follow === true);
        });
}

async function isPod(component: string): Promise<boolean> {
    const cluster = runningCluster();
    if (cluster === undefined) {
        return false;
    }
    try {
        return podsOfComponent(await podsOf(cluster), component).length > 0;
    } catch {
        return false;
    }
}
