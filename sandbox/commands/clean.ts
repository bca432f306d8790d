import * as fs from "node:fs";
import type { Command } from "commander";
import { runDir } from "../paths";
import { stopSandbox } from "../stop";
import { report } from "./options";

export function registerClean(program: Command): void {
    program
        .command("clean")
        .description("stop everything and remove the sandbox with its state, logs and credentials")
        .action(async () => {
            if (fs.existsSync(runDir)) {
                await stopSandbox(report);
                await fs.promises.rm(runDir, { recursive: true, force: true, maxRetries: 3 });
            }
            process.stdout.write(`Removed ${runDir}\n`);
        });
}
