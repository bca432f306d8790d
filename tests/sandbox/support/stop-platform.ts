import * as fs from "node:fs";
import { runDir } from "../../../sandbox/paths";
import { stopPlatform } from "../../../sandbox/platform";
import { isOwnFolder } from "./run-folder";

/** Of mocha: the tests of all files share one platform. */
export const mochaHooks = {
    async afterAll(this: Mocha.Context): Promise<void> {
        this.timeout(120_000);
        await stopPlatform();
        if (isOwnFolder) {
            fs.rmSync(runDir, { recursive: true, force: true });
        }
    },
};
