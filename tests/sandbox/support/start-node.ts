import { startNode } from "./node";

// As a process of its own, for tests that kill it or that want a second node.
startNode((message) => {
    process.stdout.write(`${message}\n`);
}).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
});
