import { expect } from "chai";
import { samplesSettleAfter } from "../../config/evaluation";
import { type AreaInput, settingsSchema } from "../../config/schema";

const settingsOf = (given: Pick<AreaInput, "metrics" | "longTerm">) =>
    settingsSchema.parse({ cluster: { name: "test" }, ...given });

describe("Samples", () => {
    for (const [what, given, settled] of [
        ["within Thanos's own minute, by rules that are evaluated twice in it", {}, "1m"],
        ["no earlier where rules are evaluated more often", { metrics: { evaluationInterval: "10s" } }, "1m"],
        ["after two evaluations", { metrics: { scrapeInterval: "1m" } }, "2m"],
        ["after how far rules look back, too", { metrics: { ruleQueryOffset: "45s" } }, "105s"],
        ["as late as Rulers, which look back by themselves", { longTerm: { kind: "thanos", ruler: {} } }, "90s"],
        ["as late as Prometheus takes them", { metrics: { outOfOrderTimeWindow: "2h" } }, "2h"],
    ] as const satisfies [string, Pick<AreaInput, "metrics" | "longTerm">, string][]) {
        it(`have come ${what}`, () => {
            expect(samplesSettleAfter(settingsOf(given))).to.equal(settled);
        });
    }
});
