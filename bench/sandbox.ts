/**
 * How long the sandbox takes to start, to deploy and to stop, and what it needs, each beside its goal.
 *
 * `npm run bench:sandbox -- --help` lists the options; some minutes, with `--cold` up to an hour.
 */
// First: the sandbox reads its run folder when it is loaded.
import { isOwnFolder } from "../tests/sandbox/support/run-folder";
import { messageOf } from "../cli/errors";
import { requireRealNode } from "../sandbox/node";
import { leaveNothing } from "../tests/sandbox/support/leave-nothing";
import { coldFigures } from "./sandbox/cold";
import { parseOptions, type SandboxBenchOptions, usage } from "./sandbox/options";
import { realFigures } from "./sandbox/real";
import { simulatedFigures } from "./sandbox/simulated";

const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
};

async function bench({ pods, cold }: SandboxBenchOptions): Promise<void> {
    if (pods === "real") {
        await requireRealNode();
    }
    if (cold) {
        await coldFigures(pods, print);
    } else {
        await (pods === "real" ? realFigures(print) : simulatedFigures(print));
    }
}

async function main(): Promise<void> {
    try {
        const options = parseOptions(process.argv.slice(2));
        if (options.help) {
            process.stdout.write(usage);
            return;
        }
        await bench(options);
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

void main();
