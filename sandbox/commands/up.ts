import type { Command } from "commander";
import { runChange } from "../engine";
import { oneAtATime } from "../one-at-a-time";
import { prepareSandbox, type Sandbox, type SandboxOptions } from "../sandbox";
import type { TargetKind } from "../target";
import { report, sandboxOptions, type StartOptions, withStartOptions } from "./options";

/** Told before anything is deployed: `pulumi up` would only end red, after ten minutes of waiting. */
const unreachableS3 =
    "your cluster's pods can't reach the sandbox's S3 API, which listens on this machine's loopback: what keeps data in a " +
    "bucket won't get ready; make up PROFILE=urlshortener has none (see docs/clusters.md)";

const simulatedAnswers = [
    "The API server, the S3 API and the operator are real; the pods are simulated, so no URL answers.",
    "For pods that run: make down, then make up PODS=real (Linux, root); or your own cluster: docs/clusters.md",
];

const realAnswers = [
    'The pods run on this machine, but for those that "make status" calls simulated. They answer:',
    "  make query Q='up'                 PromQL, through Thanos Query",
    "  make logs C=prometheus            what a component says",
    "  make exec C=thanos-store CMD=...  a command in its container",
    "  make shell                        then: kubectl -n monitoring port-forward svc/thanos-query 10902",
    "                                    and http://localhost:10902 in the browser",
];

/** What to know of the pods; of those of the user's own cluster the sandbox knows nothing. */
const answers: Readonly<Record<TargetKind, readonly string[]>> = {
    simulated: simulatedAnswers,
    real: realAnswers,
    own: [],
};

function nextSteps({ engine, target }: Sandbox): string {
    const standIns =
        engine.standIns.length === 0
            ? []
            : [`Stand-ins of the official Pulumi plugins: ${engine.standIns.join(", ")}.`];
    return [
        "",
        ...answers[target.kind],
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
async function up(options: SandboxOptions, pulumiArguments: readonly string[]): Promise<number> {
    const sandbox = await prepareSandbox(options);
    if (sandbox.target.kind === "own") {
        report(unreachableS3);
    }
    // The preview is a command of its own: here it would only double the time.
    const code = await runChange(sandbox.engine, ["up", "--yes", "--skip-preview", ...pulumiArguments], report);
    if (code === 0) {
        process.stdout.write(nextSteps(sandbox));
    }
    return code;
}

export function registerUp(program: Command): void {
    withStartOptions(program.command("up"))
        .description("get the tools, start the platform and deploy the stack")
        .argument("[pulumi...]", "further arguments of pulumi up, after --")
        .action(async (pulumiArguments: string[], options: StartOptions) => {
            const work = (): Promise<number> => up(sandboxOptions(options), pulumiArguments);
            process.exitCode = await oneAtATime("make up", work, { report });
        });
}
