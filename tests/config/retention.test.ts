import { expect } from "chai";
import fc from "fast-check";
import { retentionSize } from "../../config/retention";
import { parseBytes } from "../../config/units";

const volume = (size: string) => ({ volume: { size } });

describe("retentionSize", () => {
    it("I-12: is 85 % of the volume where nothing is said", () => {
        expect(retentionSize(volume("3Gi"))).to.equal("2611MiB");
        expect(retentionSize(volume("50Gi"))).to.equal("43520MiB");
    });

    it("is what is asked for, in Prometheus's units", () => {
        expect(retentionSize({ ...volume("3Gi"), retentionSize: "2Gi" })).to.equal("2048MiB");
    });

    it("V-16: stays below the volume, whatever its size", () => {
        fc.assert(
            fc.property(fc.integer({ min: 2, max: 100_000 }), fc.constantFrom("Mi", "Gi", "Ti"), (n, unit) => {
                const size = `${n}${unit}`;
                return parseInt(retentionSize(volume(size))) * 2 ** 20 < parseBytes(size);
            }),
        );
    });
});
