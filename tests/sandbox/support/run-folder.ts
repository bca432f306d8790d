import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Whether the folder is the tests' own, so that it goes with them. */
export const isOwnFolder = process.env.PERCH_SANDBOX_DIR === undefined;

// Loaded before anything of the sandbox, which reads the folder once.
process.env.PERCH_SANDBOX_DIR ??= fs.mkdtempSync(path.join(os.tmpdir(), "perch-sandbox-test-"));
