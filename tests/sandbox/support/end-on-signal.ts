import * as os from "node:os";
import { leaveNothing } from "./leave-nothing";
import { isOwnFolder } from "./run-folder";

let ending = false;

/** What the tests started in a folder of their own doesn't outlive them: on a signal mocha ends without its hooks. */
async function end(exitCode: number): Promise<void> {
    try {
        await leaveNothing();
    } finally {
        process.exit(exitCode);
    }
}

for (const signal of isOwnFolder ? (["SIGINT", "SIGTERM"] as const) : []) {
    process.on(signal, () => {
        // Mocha's own process sends the one right after the other.
        if (!ending) {
            ending = true;
            void end(128 + os.constants.signals[signal]);
        }
    });
}
