import * as fs from "node:fs";
import type { Command } from "commander";
import { resourceCount } from "../engine";
import { removeRunFolder } from "../one-at-a-time";
import { runDir } from "../paths";
import { requireOwnRunFolder } from "../processes";
import { stopSandbox } from "../stop";
import { describeTarget, keptTarget } from "../target";
import { report } from "./options";

/** The way out of a run that hangs: it says soon how to end that. A lock whose holder was killed is free by then. */
const patienceMs = 15_000;

/** What stays in a cluster of the user's when its state goes. */
function leftBehind(): string | undefined {
    const kept = keptTarget();
    return kept?.kind === "own"
        ? `The stack's ${resourceCount()} resources stay in ${describeTarget(kept)}: their state was here.`
        : undefined;
}

export function registerClean(program: Command): void {
    program
        .command("clean")
        .description("stop everything and remove the sandbox with its state, logs and credentials")
        .action(async () => {
            if (fs.existsSync(runDir)) {
                requireOwnRunFolder();
                let left: string | undefined;
                try {
                    left = leftBehind();
                } catch {
                    // What can't be read goes, too.
                }
                await removeRunFolder("make clean", () => stopSandbox(report), { report, waitMs: patienceMs });
                process.stderr.write(left === undefined ? "" : `${left}\n`);
            }
            process.stdout.write(`Removed ${runDir}\n`);
        });
}
