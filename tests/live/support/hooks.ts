import * as fs from "node:fs";
import { runDir } from "../../../sandbox/paths";
import { stopSandbox } from "../../../sandbox/stop";
import { isOwnFolder } from "../../sandbox/support/run-folder";
import { ClientPod } from "./client-pod";
import { openLive } from "./live";

/** A first run on a machine builds every program of the stack. */
const startTimeoutMs = 4_500_000;

/** Whether the user leaves the live tests out. @throws Error for a value that means nothing */
function isSkipped({ PERCH_LIVE: given = "" }: NodeJS.ProcessEnv): boolean {
    if (given !== "" && given !== "skip") {
        throw new Error(
            `PERCH_LIVE=${given} isn't known: leave it unset, or set PERCH_LIVE=skip to leave the live tests out.`,
        );
    }
    return given === "skip";
}

/** Of mocha: one node for all files. What it can't start without, it fails by name. */
export const mochaHooks = {
    async beforeAll(this: Mocha.Context): Promise<void> {
        if (isSkipped(process.env)) {
            this.skip();
        }
        this.timeout(startTimeoutMs);
        await openLive();
    },

    async afterAll(this: Mocha.Context): Promise<void> {
        this.timeout(120_000);
        if (!isSkipped(process.env)) {
            await ClientPod.removeAll();
            // A folder that was given is kept with all that runs in it: for a closer look, and for the next run.
            if (isOwnFolder) {
                await stopSandbox(() => undefined);
            }
        }
        if (isOwnFolder) {
            fs.rmSync(runDir, { recursive: true, force: true });
        }
    },
};
