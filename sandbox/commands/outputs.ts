import type { Command } from "commander";
import { runInForeground } from "../engine";
import { agreedTarget, askedTarget, keptTarget } from "../target";
import { requireEngine } from "./existing";

export function registerOutputs(program: Command): void {
    program
        .command("outputs")
        .description("print the outputs of the stack")
        .option("--show-secrets", "secret ones too")
        .action(async ({ showSecrets }: { showSecrets?: boolean }) => {
            agreedTarget(askedTarget(), keptTarget());
            const secrets = showSecrets === true ? ["--show-secrets"] : [];
            process.exitCode = await runInForeground(requireEngine(), ["stack", "output", ...secrets]);
        });
}
