import { expect } from "chai";
import { blocksOf, blockTimes, longestBlock } from "../../config/blocks";
import { settingsSchema } from "../../config/schema";

describe("the length of Prometheus's blocks", () => {
    it("V-01: is two hours, with the times that Thanos itself has for them", () => {
        const { metrics } = settingsSchema.parse({ cluster: { name: "test" } });
        expect(blockTimes(metrics)).to.deep.equal({
            length: 7_200_000,
            consistencyDelay: "30m",
            storeSync: "15m",
            listingKept: "5m",
        });
    });

    it("takes the times that follow from it along", () => {
        expect(blockTimes({ blockLength: "2m" })).to.deep.equal({
            length: 120_000,
            consistencyDelay: "30s",
            storeSync: "15s",
            listingKept: "5s",
        });
        expect(blockTimes({ blockLength: "1m" })).to.deep.include({
            consistencyDelay: "15s",
            storeSync: "7500ms",
            listingKept: "2500ms",
        });
    });

    it("grows by compaction, threefold a step, to a tenth of the retention and 31 days at most", () => {
        const hours = (retention: string, blockLength = "2h") => longestBlock({ retention, blockLength }) / 3_600_000;
        expect(["1h", "48h", "59h", "60h", "30d", "400d", "10y"].map((retention) => hours(retention))).to.deep.equal([
            2, 2, 2, 6, 54, 486, 486,
        ]);
        expect(hours("5h", "10m")).to.equal(0.5);
    });

    it("overlap where late samples are taken, and nowhere else", () => {
        const overlap = (outOfOrderTimeWindow: string) => blocksOf({ blockLength: "2h", outOfOrderTimeWindow }).overlap;
        expect(["0s", "0h", "1ms", "1m"].map(overlap)).to.deep.equal([false, false, true, true]);
    });
});
