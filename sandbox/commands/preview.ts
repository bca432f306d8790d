import type { Command } from "commander";
import { runInForeground } from "../engine";
import { openSandbox } from "../sandbox";
import { sandboxOptions, type StartOptions, withStartOptions } from "./options";

export function registerPreview(program: Command): void {
    withStartOptions(program.command("preview"))
        .description("say what make up would change")
        .argument("[pulumi...]", "further arguments of pulumi preview, after --")
        .action(async (pulumiArguments: string[], options: StartOptions) => {
            const { engine } = await openSandbox(sandboxOptions(options), "make preview");
            process.exitCode = await runInForeground(engine, ["preview", ...pulumiArguments]);
        });
}
