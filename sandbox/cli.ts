import { Command } from "commander";
import { registerClean } from "./commands/clean";
import { registerDistclean } from "./commands/distclean";
import { registerDown } from "./commands/down";
import { registerExec } from "./commands/exec";
import { registerLogs } from "./commands/logs";
import { registerOutputs } from "./commands/outputs";
import { registerPreview } from "./commands/preview";
import { registerQuery } from "./commands/query";
import { registerShell } from "./commands/shell";
import { registerStatus } from "./commands/status";
import { registerTools } from "./commands/tools";
import { registerUp } from "./commands/up";
import { SandboxError } from "./errors";

const program = new Command("sandbox").description("The embedded platform: what make up and its siblings run");
for (const register of [
    registerUp,
    registerPreview,
    registerOutputs,
    registerShell,
    registerStatus,
    registerLogs,
    registerExec,
    registerQuery,
    registerDown,
    registerClean,
    registerTools,
    registerDistclean,
]) {
    register(program);
}

program.parseAsync().catch((error: unknown) => {
    if (error instanceof SandboxError) {
        process.stderr.write(`${error.message}\n`);
    } else {
        // Not the user's doing: whoever mends it needs to see where it came from.
        console.error(error);
    }
    process.exitCode = 1;
});
