import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";

describe("images: a full disk", () => {
    it("is told as such, and nothing half-made is kept", function () {
        if (process.getuid?.() !== 0) {
            // A small disk takes root to mount.
            this.skip();
        }
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-full-"));
        try {
            const script = path.join(__dirname, "support", "make-image.ts");
            const command = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" --import tsx "$3" "$1"';
            // The disk goes with its mount namespace.
            const output = execFileSync(
                "unshare",
                ["--mount", "--propagation", "private", "sh", "-c", command, "sh", folder, process.execPath, script],
                { encoding: "utf8" },
            );
            const { message, left, kept } = JSON.parse(output) as { message: string; left: string[]; kept: boolean };
            expect(message).to.match(/^The disk filled up while quay\.io\/perch\/large:1 was built .*Free some space/);
            expect(left).to.deep.equal([]);
            expect(kept).to.equal(false);
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
}).timeout(60_000);
