import { expect } from "chai";
import { canonicalQuantity } from "../../../../sandbox/plugins/kubernetes/quantity";

describe("the Kubernetes stand-in's quantities", () => {
    const forms: [string | number, string][] = [
        ["1000m", "1"],
        ["0.5", "500m"],
        ["1.5Gi", "1536Mi"],
        ["1024Mi", "1Gi"],
        ["512Ki", "512Ki"],
        ["0.5Gi", "512Mi"],
        ["1000", "1k"],
        ["1500M", "1500M"],
        ["1e3", "1e3"],
        ["100n", "100n"],
        ["1", "1"],
        ["0", "0"],
        ["-1.5", "-1500m"],
        ["1.1Gi", "1181116006400m"],
        ["1023", "1023"],
        [2, "2"],
        [0.25, "250m"],
    ];
    for (const [given, canonical] of forms) {
        it(`${given} is ${canonical}`, () => {
            expect(canonicalQuantity(given)).to.equal(canonical);
        });
    }

    it("leaves alone what is no quantity", () => {
        expect(canonicalQuantity("ten")).to.equal("ten");
        expect(canonicalQuantity("")).to.equal("");
    });
});
