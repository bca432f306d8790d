import { expect } from "chai";
import { findStored, toolNames, toolOf } from "../../../sandbox/toolchain";
import { isOlder, versionOf } from "../../../sandbox/toolchain/on-path";
import { isBuilt } from "../../../sandbox/toolchain/tools";

describe("toolchain: the finished tools", () => {
    for (const name of toolNames) {
        it(`${name} prints the version that it should have`, async function () {
            const program = findStored(name);
            if (program === undefined) {
                // Built by the first command that needs it, not by this test.
                this.skip();
            }
            const { version, versionArgs } = toolOf(name);
            const found = (await versionOf(program, versionArgs)) ?? "none";
            if (isBuilt(name)) {
                expect(found).to.equal(version);
            } else {
                expect(found).to.satisfy((given: string) => /^\d/.test(given) && !isOlder(given, version));
            }
        });
    }
}).timeout(60_000);
