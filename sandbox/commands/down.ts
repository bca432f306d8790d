import type { Command } from "commander";
import { releaseStaleLocks, resourceCount, runChange } from "../engine";
import { oneAtATime } from "../one-at-a-time";
import { prepareSandbox } from "../sandbox";
import { stopSandbox } from "../stop";
import { agreedTarget, askedTarget, forgetTarget, keptTarget } from "../target";
import { report, sandboxOptions, type StartOptions, withPods } from "./options";

type DownOptions = Pick<StartOptions, "pods"> & { keepStack?: boolean };

/** @returns the exit code of `pulumi destroy` */
async function destroy(options: Pick<StartOptions, "pods">): Promise<number> {
    if (resourceCount() === 0) {
        return 0;
    }
    // What was deployed can only be deleted where it is.
    const { engine } = await prepareSandbox({ ...sandboxOptions(options), despiteShortage: true });
    return runChange(engine, ["destroy", "--yes", "--skip-preview"], report);
}

/** What to do when the stack can't be destroyed. */
function whatIsLeft(): string {
    return keptTarget()?.kind === "own"
        ? 'The stack isn\'t destroyed, or not all of it: run "make down" again once the reason is gone.'
        : 'The stack isn\'t destroyed, so the platform runs on. "make clean" removes both without asking.';
}

async function down({ pods, keepStack }: DownOptions): Promise<number> {
    agreedTarget(askedTarget(pods), keptTarget());
    // Also where there is nothing to destroy, or not yet: nothing is stopped under an engine that runs.
    releaseStaleLocks();
    const code = keepStack === true ? 0 : await destroy({ pods });
    if (code === 0) {
        await stopSandbox(report);
        if (keepStack !== true) {
            forgetTarget();
        }
        process.stdout.write("Stopped.\n");
    } else {
        process.stderr.write(`${whatIsLeft()}\n`);
    }
    return code;
}

export function registerDown(program: Command): void {
    withPods(program.command("down"))
        .description("destroy the stack and stop the platform; its data stay for the next make up")
        .option("--keep-stack", "stop only: the next make up finds the stack as it is")
        .action(async (options: DownOptions) => {
            process.exitCode = await oneAtATime("make down", () => down(options), { report });
        });
}
