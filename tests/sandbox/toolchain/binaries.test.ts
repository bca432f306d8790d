import { expect } from "chai";
import { findStored, toolNames, toolOf } from "../../../sandbox/toolchain";
import { versionOf } from "../../../sandbox/toolchain/on-path";

describe("toolchain: the finished tools", () => {
    for (const name of toolNames) {
        it(`${name} prints its pinned version`, async function () {
            const program = findStored(name);
            if (program === undefined) {
                // Built by the first command that needs it, not by this test.
                this.skip();
            }
            expect(await versionOf(program, toolOf(name).versionArgs)).to.equal(toolOf(name).version);
        });
    }
}).timeout(60_000);
