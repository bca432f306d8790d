import { UserError } from "../../cli/errors";
import { run, type Outcome, type RunOptions } from "../toolchain/run";

/** Runs a program to its end. @throws UserError with what it said when it fails */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const outcome = await run(program, args, options);
    if (!outcome.ok) {
        throw new UserError(`"${[program, ...args].join(" ")}" failed: ${(outcome.stderr || outcome.stdout).trim()}`);
    }
    return outcome;
}
