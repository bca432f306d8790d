import { type Command, Option } from "commander";
import { type PodsKind, podsKinds } from "../pods-kind";
import { clusterKind, type SandboxOptions } from "../sandbox";

/** Options of the commands that start the sandbox. */
export interface StartOptions {
    profile?: string;
    pods?: PodsKind;
}

/** Adds the options of {@link StartOptions}. */
export function withStartOptions(command: Command): Command {
    return command
        .option("--profile <name>", "profile in place of the one in Pulumi.local.yaml")
        .addOption(new Option("--pods <kind>", "how pods run; default: as they do, else simulated").choices(podsKinds));
}

/** One line for each step, so that a log of it can be read. */
export function report(message: string): void {
    process.stderr.write(`  ${message}\n`);
}

/** Turns the command line and the environment into the sandbox's options. */
export function sandboxOptions({ profile, pods }: StartOptions): SandboxOptions {
    return {
        cluster: clusterKind(),
        report,
        ...(profile === undefined ? {} : { profile }),
        ...(pods === undefined ? {} : { pods }),
    };
}
