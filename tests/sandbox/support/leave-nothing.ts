import * as fs from "node:fs";
import { runDir } from "../../../sandbox/paths";
import { stopSandbox } from "../../../sandbox/stop";
import { isOwnFolder } from "./run-folder";

/** Stops what the tests started, and removes their folder where it is their own. */
export async function leaveNothing(): Promise<void> {
    await stopSandbox(() => undefined);
    if (isOwnFolder) {
        fs.rmSync(runDir, { recursive: true, force: true });
    }
}
