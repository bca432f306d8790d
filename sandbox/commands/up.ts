import { type Command, Option } from "commander";
import { runInForeground, settlePending } from "../engine";
import { openSandbox, type Sandbox } from "../sandbox";
import { podsSimulated, report, sandboxOptions, type StartOptions } from "./options";

function nextSteps({ cluster, engine }: Sandbox): string {
    const standIns =
        engine.standIns.length === 0
            ? []
            : [`Stand-ins of the official Pulumi plugins: ${engine.standIns.join(", ")}.`];
    const answers =
        cluster === "embedded"
            ? [
                  "The API server, the S3 API and the operator are real; the pods are simulated, so no URL answers.",
                  "For URLs that answer, deploy to a cluster of your own: SANDBOX=kubeconfig make up",
              ]
            : [];
    return [
        "",
        ...answers,
        ...standIns,
        "",
        "Next:",
        "  make outputs         the outputs again; make outputs SECRETS=1 with Grafana's password",
        "  make shell           a shell where pulumi, kubectl and the S3 API just work",
        "  make preview         what a change of the program or of the settings would do",
        "  make up PROFILE=...  another profile",
        "  make down            destroy the stack and stop the sandbox",
        "",
    ].join("\n");
}

/** Deploys the stack. @returns the exit code of `pulumi up` */
async function up(options: StartOptions, pulumiArguments: readonly string[]): Promise<number> {
    const sandbox = await openSandbox(sandboxOptions(options));
    await settlePending(sandbox.engine, report);
    // The preview is a command of its own: here it would only double the time.
    const code = await runInForeground(sandbox.engine, ["up", "--yes", "--skip-preview", ...pulumiArguments]);
    if (code === 0) {
        process.stdout.write(nextSteps(sandbox));
    }
    return code;
}

export function registerUp(program: Command): void {
    program
        .command("up")
        .description("get the tools, start the platform and deploy the stack")
        .argument("[pulumi...]", "further arguments of pulumi up, after --")
        .option("--profile <name>", "profile in place of the one in Pulumi.local.yaml")
        .addOption(new Option("--pods <kind>", "how pods run").choices([podsSimulated]).default(podsSimulated))
        .action(async (pulumiArguments: string[], options: StartOptions) => {
            process.exitCode = await up(options, pulumiArguments);
        });
}
