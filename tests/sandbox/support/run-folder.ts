import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const { PERCH_SANDBOX_DIR: given = "" } = process.env;

/** Whether the folder is the tests' own, so that it goes with them. */
export const isOwnFolder = given === "";

if (isOwnFolder) {
    // Loaded before anything of the sandbox, which reads the folder once.
    process.env.PERCH_SANDBOX_DIR = fs.mkdtempSync(path.join(os.tmpdir(), "perch-sandbox-test-"));
}
