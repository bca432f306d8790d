import { messageOf } from "../cli/errors";
import { leaveNothing } from "../tests/sandbox/support/leave-nothing";
import { isOwnFolder } from "../tests/sandbox/support/run-folder";

/** Runs a bench to its end: a failure is one message, and nothing is left behind. */
export async function runBench(bench: () => Promise<void>): Promise<void> {
    try {
        await bench();
    } catch (error) {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exitCode = 1;
    } finally {
        // A folder that was given is kept with all that runs in it.
        if (isOwnFolder) {
            await leaveNothing();
        }
    }
}
