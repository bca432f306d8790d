/**
 * What can't be done by `pulumi up` alone: `npm run operate -- --help`. Like `pulumi` itself it works on the selected
 * stack, or the one that `--stack` names, and on the cluster of that stack's settings.
 */
import { Command } from "commander";
import { OperationError } from "./errors";
import { registerGrowVolumes } from "./grow-volumes";

const program = new Command("operate").description("Procedures on a running stack that pulumi up can't do alone");
registerGrowVolumes(program);

program.parseAsync().catch((error: unknown) => {
    if (error instanceof OperationError) {
        process.stderr.write(`${error.message}\n`);
    } else {
        // Not the user's doing: whoever mends it needs to see where it came from.
        console.error(error);
    }
    process.exitCode = 1;
});
