import type { Command } from "commander";
import { UserError } from "./errors";

/** Does what the command line says. A {@link UserError} is shown as its message alone; any error ends the process with 1. */
export function run(program: Command): void {
    program.parseAsync().catch((error: unknown) => {
        if (error instanceof UserError) {
            process.stderr.write(`${error.message}\n`);
        } else {
            // Not the user's doing: whoever mends it needs to see where it came from.
            console.error(error);
        }
        process.exitCode = 1;
    });
}
