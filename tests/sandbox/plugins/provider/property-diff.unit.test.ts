import { expect } from "chai";
import { differences, toDetailedDiff } from "../../../../sandbox/plugins/provider/property-diff";
import { type PropertyMap, Secret, UNKNOWN } from "../../../../sandbox/plugins/provider/types";

describe("differences of properties", () => {
    it("finds each leaf that changed, came or went", () => {
        const before: PropertyMap = { rules: [{ days: 1, id: "a" }, { days: 2 }], "a.b": 1 };
        const after: PropertyMap = { rules: [{ days: 3, id: "a", more: true }], "a.b": 2 };
        expect(differences("x", before, after)).to.deep.equal([
            { path: "x.rules[0].days", kind: "update" },
            { path: "x.rules[0].more", kind: "add" },
            { path: "x.rules[1]", kind: "delete" },
            { path: 'x["a.b"]', kind: "update" },
        ]);
    });

    it("takes a secret for its value and an unknown for a change", () => {
        expect(differences("x", new Secret("a"), "a")).to.deep.equal([]);
        expect(differences("x", { y: new Secret("a") }, { y: new Secret("b") })).to.deep.equal([
            { path: "x.y", kind: "update" },
        ]);
        expect(differences("x", "a", UNKNOWN)).to.deep.equal([{ path: "x", kind: "update" }]);
    });

    it("tells the engine which of them replace", () => {
        expect(toDetailedDiff([{ path: "bucket", kind: "update" }], true)).to.deep.equal({
            bucket: { kind: "update-replace", inputDiff: true },
        });
    });
});
