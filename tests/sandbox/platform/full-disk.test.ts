import * as path from "node:path";
import { expect } from "chai";
import { canMount, onSmallDisk } from "../../support/small-disk";

interface Outcome {
    refusal: string | undefined;
    message: string | undefined;
    before: string | undefined;
    lost: string[];
    after: string | undefined;
}

describe("the platform on a full disk", () => {
    it("says so, and goes on with all that it had taken once there is room", async function () {
        if (!canMount) {
            this.skip();
        }
        const script = path.join(__dirname, "support", "on-small-disk.ts");
        const { refusal, message, before, lost, after } = (await onSmallDisk("900m", script)) as Outcome;
        expect(refusal, "there was room to the end").to.be.a("string");
        expect(message).to.match(
            /^(Not enough disk space in|Can't write) \S+: .*[Ff]ree some space and run the command again\.$/,
        );
        expect(before).to.equal("kept");
        expect(lost).to.deep.equal([]);
        expect(after).to.equal("taken");
    });
}).timeout(300_000);
