import { expect } from "chai";
import * as fc from "fast-check";
import { inlineRule, lifecycle, separateRule } from "../../../../components/object-storage/lifecycle";
import {
    inlineRules,
    inlineRulesFromApi,
    inlineRulesToApi,
    sameInlineRules,
    sameSeparateRules,
    separateRules,
    separateRulesFromApi,
    separateRulesToApi,
} from "../../../../sandbox/plugins/aws/lifecycle";
import type { PlainValue } from "../../../../sandbox/plugins/provider/plain";

/** As the plugin gets it: JSON. */
const asJson = (rules: unknown): PlainValue => JSON.parse(JSON.stringify(rules)) as PlainValue;

const ours = fc
    .tuple(fc.oneof(fc.constant("unlimited" as const), fc.integer({ min: 1, max: 4000 })), fc.boolean())
    .map(([days, versioning]) => lifecycle(days, versioning));

describe("lifecycle rules of the stand-in for aws", () => {
    it("come back as they were written, in both ways to write them", () => {
        fc.assert(
            fc.property(ours, (rules) => {
                const separate = asJson(rules.map(separateRule));
                expect(sameSeparateRules(separate, separateRulesFromApi(separateRulesToApi(separate)))).to.equal(true);
                const inline = asJson(rules.map(inlineRule));
                expect(inlineRulesFromApi(inlineRulesToApi(inline))).to.deep.equal(inline);
            }),
        );
    });

    it("differ where a day differs", () => {
        const before = lifecycle(90, true).map(separateRule);
        expect(sameSeparateRules(before, lifecycle(91, true).map(separateRule))).to.equal(false);
        expect(sameInlineRules([{ id: "a", enabled: true }], [{ id: "a", enabled: false }])).to.equal(false);
    });

    it("take no key that isn't known", () => {
        const [rule] = lifecycle(90, true).map(separateRule);
        expect(separateRules.safeParse([{ ...rule, expires: 3 }]).success).to.equal(false);
        expect(inlineRules.safeParse([{ id: "a", enabled: true, days: 3 }]).success).to.equal(false);
    });
});
