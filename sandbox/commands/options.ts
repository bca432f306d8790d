import { clusterKind, type SandboxOptions } from "../sandbox";

/** Options of the commands that start the sandbox. */
export interface StartOptions {
    profile?: string;
}

/** How pods run: `simulated` ones have no containers. */
export const podsSimulated = "simulated";

/** One line for each step, so that a log of it can be read. */
export function report(message: string): void {
    process.stderr.write(`  ${message}\n`);
}

/** Turns the command line and the environment into the sandbox's options. */
export function sandboxOptions({ profile }: StartOptions): SandboxOptions {
    return { cluster: clusterKind(), report, ...(profile === undefined ? {} : { profile }) };
}
