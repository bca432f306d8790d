import { expect } from "chai";
import { requireRealNode } from "../../../sandbox/node";
import { stopSandbox } from "../../../sandbox/stop";
import { leaveNothing } from "../../sandbox/support/leave-nothing";
import { differences, type MachineState, machineState } from "../../sandbox/support/node";
import { isOwnFolder } from "../../sandbox/support/run-folder";
import { ClientPod } from "./client-pod";
import { beginEarly, noteChosenTests } from "./early";
import { stopGoalSeconds } from "./goals";
import { openLive } from "./live";

/** A first run on a machine builds every program of the stack. */
const startTimeoutMs = 4_500_000;

/** The machine before the node of a folder of the tests' own. */
let untouched: MachineState | undefined;

/** Stops the node, on which the whole stack runs. @returns how long that took */
async function stopSeconds(): Promise<number> {
    const begin = performance.now();
    await stopSandbox(() => undefined);
    return (performance.now() - begin) / 1_000;
}

/** What `PERCH_LIVE` may say: leave the tests out, or take the stack as it runs. */
type Choice = "" | "skip" | "running";

/** @throws Error for a value that means nothing */
function chosen({ PERCH_LIVE: given = "" }: NodeJS.ProcessEnv): Choice {
    if (given === "" || given === "skip" || given === "running") {
        return given;
    }
    throw new Error(
        `PERCH_LIVE=${given} isn't known: leave it unset, or set PERCH_LIVE=skip to leave the live tests out, or ` +
            "PERCH_LIVE=running to take the stack as it runs, without pulumi up.",
    );
}

/** Of mocha: what it is about to run. */
export function mochaGlobalSetup(this: Mocha.Runner): void {
    noteChosenTests(this);
}

/** Of mocha: one node for all files. What it can't start without, it fails by name. */
export const mochaHooks = {
    async beforeAll(this: Mocha.Context): Promise<void> {
        const choice = chosen(process.env);
        if (choice === "skip") {
            this.skip();
        }
        this.timeout(startTimeoutMs);
        await requireRealNode();
        untouched = isOwnFolder ? await machineState() : undefined;
        await openLive(choice !== "running");
        beginEarly("profile");
    },

    async afterAll(this: Mocha.Context): Promise<void> {
        this.timeout(120_000);
        if (chosen(process.env) !== "skip") {
            await ClientPod.removeAll();
        }
        // A folder that was given is kept with all that runs in it: for a closer look, and for the next run.
        if (isOwnFolder) {
            const seconds = await stopSeconds();
            process.stderr.write(`  stopped after ${seconds.toFixed(1)} s\n`);
            await leaveNothing();
            if (untouched !== undefined) {
                const left = differences(untouched, await machineState());
                expect(left, `left on the machine: ${JSON.stringify(left)}`).to.deep.equal({});
            }
            expect(seconds, "seconds that the stop took").to.be.at.most(stopGoalSeconds);
        }
    },
};
