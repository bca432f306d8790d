import { Command } from "commander";
import { run } from "../cli/run";
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
import { requireAccess } from "./processes";

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

program.hook("preAction", (_, command) => {
    requireAccess(command.name());
});

run(program);
