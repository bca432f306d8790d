import type { Command } from "commander";
import { podsOf, requireRealPods } from "../cluster-access";
import { runInForeground } from "../engine";
import { UserError } from "../../cli/errors";
import { nodeNames, simulationOf } from "../node";
import { ensureTools } from "../toolchain";
import { podsOfComponent } from "./components";

export function registerExec(program: Command): void {
    program
        .command("exec")
        .description("run a command in the first container of a component's first pod")
        .argument("<component>", "a workload such as thanos-store, or a program such as loki")
        .argument("<command...>", "the command, after --")
        .option("--container <name>", "another container of the pod")
        .action(async (component: string, command: string[], { container }: { container?: string }) => {
            const cluster = requireRealPods("make exec");
            const pods = podsOfComponent(await podsOf(cluster), component);
            const pod = pods.find(({ spec, status }) =>
                spec?.nodeName === undefined
                    ? false
                    : spec.nodeName !== nodeNames.simulated && status?.phase === "Running",
            );
            const [first] = pods;
            if (pod?.metadata === undefined) {
                const why = first === undefined ? undefined : simulationOf(first)?.reason;
                throw new UserError(
                    `No pod of ${component} runs${why === undefined ? ': see "make status"' : `: ${why}`}.`,
                );
            }
            const { namespace = "", name = "" } = pod.metadata;
            const { kubectl } = await ensureTools(["kubectl"]);
            const terminal = process.stdin.isTTY && process.stdout.isTTY;
            process.exitCode = await runInForeground(
                { program: kubectl, env: { ...process.env, KUBECONFIG: cluster.kubeconfig } },
                [
                    "exec",
                    terminal ? "-it" : "-i",
                    "--namespace",
                    namespace,
                    name,
                    ...(container === undefined ? [] : ["--container", container]),
                    "--",
                    ...command,
                ],
            );
        });
}
