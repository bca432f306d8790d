import type { Command } from "commander";
import { existingCli, resourceCount, runChange } from "../engine";
import { forgetPodsKind } from "../pods-kind";
import { openSandbox } from "../sandbox";
import { stopSandbox } from "../stop";
import { report, sandboxOptions } from "./options";

/** @returns the exit code of `pulumi destroy` */
async function destroy(): Promise<number> {
    const cli = existingCli();
    if (cli === undefined || (await resourceCount(cli)) === 0) {
        return 0;
    }
    // What was deployed can only be deleted where it is.
    const { engine } = await openSandbox(sandboxOptions({}));
    return runChange(engine, ["destroy", "--yes", "--skip-preview"], report);
}

export function registerDown(program: Command): void {
    program
        .command("down")
        .description("destroy the stack and stop the platform; its data stay for the next make up")
        .option("--keep-stack", "stop only: the next make up finds the stack as it is")
        .action(async ({ keepStack }: { keepStack?: boolean }) => {
            const code = keepStack === true ? 0 : await destroy();
            if (code === 0) {
                await stopSandbox(report);
                if (keepStack !== true) {
                    forgetPodsKind();
                }
                process.stdout.write("Stopped.\n");
            } else {
                process.stderr.write(
                    'The stack isn\'t destroyed, so the platform runs on. "make clean" removes both without asking.\n',
                );
            }
            process.exitCode = code;
        });
}
