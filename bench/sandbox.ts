/**
 * How long the sandbox takes to start, to deploy and to stop, and what it needs, each beside its goal.
 *
 * `npm run bench:sandbox -- --help` lists the options; some minutes, with `--cold` up to an hour.
 */
// First: the sandbox reads its run folder when it is loaded.
import "../tests/sandbox/support/run-folder";
import { requireRealNode } from "../sandbox/node";
import { runBench } from "./run";
import { coldFigures } from "./sandbox/cold";
import { parseOptions, usage } from "./sandbox/options";
import { realFigures } from "./sandbox/real";
import { simulatedFigures } from "./sandbox/simulated";

const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
};

async function main(): Promise<void> {
    const { help, cold, pods } = parseOptions(process.argv.slice(2));
    if (help) {
        process.stdout.write(usage);
    } else if (cold) {
        if (pods === "real") {
            // The node comes last: better told before the quarter of an hour than after it.
            await requireRealNode();
        }
        await coldFigures(pods, print);
    } else {
        await (pods === "real" ? realFigures(print) : simulatedFigures(print));
    }
}

void runBench(main);
