import { type Command, Option } from "commander";
import type { SandboxOptions } from "../sandbox";
import { askedTarget, type PodsKind, podsKinds } from "../target";

/** Options of the commands that start the sandbox. */
export interface StartOptions {
    profile?: string;
    pods?: PodsKind;
}

/** Adds `--pods`. */
export function withPods(command: Command): Command {
    return command.addOption(
        new Option("--pods <kind>", "how pods run; default: as they do, else simulated").choices(podsKinds),
    );
}

/** Adds the options of {@link StartOptions}. */
export function withStartOptions(command: Command): Command {
    return withPods(command.option("--profile <name>", "profile in place of the one in Pulumi.local.yaml"));
}

/** One line for each step, so that a log of it can be read. */
export function report(message: string): void {
    process.stderr.write(`  ${message}\n`);
}

/** Turns the command line and the environment into the sandbox's options. */
export function sandboxOptions({ profile, pods }: StartOptions): SandboxOptions {
    const target = askedTarget(pods);
    return {
        report,
        ...(target === undefined ? {} : { target }),
        ...(profile === undefined ? {} : { profile }),
    };
}
