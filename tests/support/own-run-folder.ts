import * as fs from "node:fs";
// The first of these says where the other finds the folder.
import { isOwnFolder } from "../sandbox/support/run-folder";
import { runDir } from "../../sandbox/paths";

// Unit tests start nothing there: what is up in the checkout's own folder is none of their business.
if (isOwnFolder) {
    process.once("exit", () => {
        fs.rmSync(runDir, { recursive: true, force: true });
    });
}
