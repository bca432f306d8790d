import { SandboxError } from "../errors";
import { run, type Outcome, type RunOptions } from "../toolchain/run";

/** Runs a program to its end. @throws SandboxError with what it said when it fails */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const outcome = await run(program, args, options);
    if (!outcome.ok) {
        throw new SandboxError(
            `"${[program, ...args].join(" ")}" failed: ${(outcome.stderr || outcome.stdout).trim()}`,
        );
    }
    return outcome;
}
