import * as path from "node:path";
import { expect } from "chai";
import { canMount, onSmallDisk } from "../support/small-disk";
import type { Run } from "./support/make-up";
import { summary } from "./support/output";

interface Outcome {
    first: Run;
    /** Resources in the state after it. */
    known: number;
    second: Run;
    /** What `make preview` and `make down` say after it. */
    preview: string;
    down: string;
    /** Whether anything that was begun isn't settled. */
    journal: boolean;
}

describe("A `make up` whose disk gets full (profile kup6s)", () => {
    it("ends red with the reason, keeps its state, and the next one goes on with it", async function () {
        if (!canMount) {
            this.skip();
        }
        const script = path.join(__dirname, "support", "make-on-small-disk.ts");
        const { first, known, second, preview, down, journal } = (await onSmallDisk("1500m", script)) as Outcome;
        expect(first.code, first.output).to.not.equal(0);
        expect(first.output).to.contain("no space left on device");
        expect(first.output).to.match(/couldn't write the state of the stack whole: gone back to that of \d\d:/);
        expect(known).to.be.greaterThan(100);
        expect(second.code, second.output).to.equal(0);
        expect(summary(preview)).to.have.all.keys("unchanged");
        expect(down).to.contain("Stopped.");
        expect(journal).to.equal(false);
    });
});
