import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const execute = promisify(execFile);

interface Outcome {
    refusal: string | undefined;
    message: string | undefined;
    before: string | undefined;
    lost: string[];
    after: string | undefined;
}

describe("the platform on a full disk", () => {
    it("says so, and goes on with all that it had taken once there is room", async function () {
        if (process.getuid?.() !== 0) {
            // A small disk takes root to mount.
            this.skip();
        }
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-full-"));
        try {
            const script = path.join(__dirname, "support", "on-small-disk.ts");
            const command = 'mount -t tmpfs -o size=900m none "$1" && exec "$2" --import tsx "$3"';
            // The disk goes with its mount namespace, when the last process in it has ended.
            const { stdout } = await execute(
                "unshare",
                ["--mount", "--propagation", "private", "sh", "-c", command, "sh", folder, process.execPath, script],
                { env: { ...process.env, PERCH_SANDBOX_DIR: folder } },
            );
            const { refusal, message, before, lost, after } = JSON.parse(stdout) as Outcome;
            expect(refusal, "there was room to the end").to.be.a("string");
            expect(message).to.match(
                /^(Not enough disk space in|Can't write) \S+: .*[Ff]ree some space and run the command again\.$/,
            );
            expect(before).to.equal("kept");
            expect(lost).to.deep.equal([]);
            expect(after).to.equal("taken");
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
}).timeout(300_000);
