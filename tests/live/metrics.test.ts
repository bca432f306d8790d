import { expect } from "chai";
import { query, singleSeries } from "./support/queries";
import { prometheusPods, testTargets } from "./support/targets";

describe("Metrics", () => {
    testTargets();

    it("K-38: Thanos Query merges the samples of replicas", async () => {
        const [merged, single] = await Promise.all([query(singleSeries), query(singleSeries, { dedup: false })]);
        expect(merged.map(({ metric, value }) => [metric.prometheus_replica, value[1]])).to.deep.equal([
            [undefined, "1"],
        ]);
        expect(single.map(({ metric }) => metric.prometheus_replica).sort()).to.deep.equal(await prometheusPods());
    }).timeout(60_000);
});
