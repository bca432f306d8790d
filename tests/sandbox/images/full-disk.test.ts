import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { canMount, withSmallDisk } from "../../support/small-disk";

describe("images: a full disk", () => {
    it("is told as such, and nothing half-made is kept", async function () {
        if (!canMount) {
            this.skip();
        }
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-full-"));
        try {
            const script = path.join(__dirname, "support", "make-image.ts");
            const output = await withSmallDisk(folder, "1m", [process.execPath, "--import", "tsx", script, folder]);
            const { message, left, kept } = JSON.parse(output) as { message: string; left: string[]; kept: boolean };
            expect(message).to.match(/^The disk filled up while quay\.io\/perch\/large:1 was built .*Free some space/);
            expect(left).to.deep.equal([]);
            expect(kept).to.equal(false);
        } finally {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    });
}).timeout(60_000);
