import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { ensurePython } from "../../../sandbox/s3";
import { canMount, withSmallDisk } from "../../support/small-disk";

const script = path.join(__dirname, "support", "full_store.py");

/** What support/full_store.py prints. */
interface Outcome {
    /** How each change ended while the disk was full. */
    full: string[];
    /** How one ended afterwards. */
    after: string;
    /** What a server finds that starts while the disk is full, and afterwards. */
    whileFull: Record<string, Record<string, unknown>>;
    found: Record<string, Record<string, unknown>>;
}

describe("the S3 API's state on a full disk", function () {
    this.timeout(120_000);

    let python: string;
    let folder: string;

    before(async () => {
        python = await ensurePython(() => undefined, new AbortController().signal);
    });

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-full-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    function expectAllKept(output: string): void {
        const { full, after, whileFull, found } = JSON.parse(output) as Outcome;
        expect(new Set(full)).to.deep.equal(new Set(["OperationalError: database or disk is full"]));
        const small = [100, null];
        expect(whileFull).to.deep.equal({ kept: { deleted: small, held: small, replaced: small }, dropped: {} });
        expect(after).to.equal("done");
        // Refused as they were, the server has the changes in its memory, so its clients see them.
        const large = [200_000, null];
        expect(found).to.deep.equal({
            kept: { held: [100, "ON"], made: large, replaced: large },
            made: { last: [1, null] },
        });
    }

    it("is as it was before, and as clients see it once there is room: nothing comes back, nothing is lost", () => {
        // The first write that needs another page fails.
        expectAllKept(execFileSync(python, [script, folder, "pages"], { encoding: "utf8" }));
    });

    it("is that as well when only the end of a transaction meets it", async function () {
        if (!canMount) {
            this.skip();
        }
        expectAllKept(await withSmallDisk(folder, "8m", [python, script, folder, "disk"]));
    });
});
