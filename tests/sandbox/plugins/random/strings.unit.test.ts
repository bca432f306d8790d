import { expect } from "chai";
import * as fc from "fast-check";
import { randomString, shapeProblem, type StringShape } from "../../../../sandbox/plugins/random/strings";

const few = fc.integer({ min: 0, max: 5 });
const shapes: fc.Arbitrary<StringShape> = fc.record({
    length: fc.integer({ min: 0, max: 40 }),
    lower: fc.boolean(),
    minLower: few,
    upper: fc.boolean(),
    minUpper: few,
    numeric: fc.boolean(),
    minNumeric: few,
    special: fc.boolean(),
    minSpecial: few,
    overrideSpecial: fc.constantFrom("", "_-", "#"),
});

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

describe("random strings", () => {
    it("keep every constraint of their shape, or the shape is refused", () => {
        fc.assert(
            fc.property(shapes, (shape) => {
                if (shapeProblem(shape) !== undefined) {
                    return;
                }
                const text = randomString(shape);
                expect(text).to.have.lengthOf(shape.length);
                expect(count(text, /[a-z]/g)).to.be.at.least(shape.minLower);
                expect(count(text, /[A-Z]/g)).to.be.at.least(shape.minUpper);
                expect(count(text, /[0-9]/g)).to.be.at.least(shape.minNumeric);
                expect(count(text, /[^A-Za-z0-9]/g)).to.be.at.least(shape.minSpecial);
                const foreign = shape.overrideSpecial === "" ? /[^\w!@#$%&*()\-=+[\]{}<>:?]/g : /[^A-Za-z0-9_\-#]/g;
                expect(count(text, foreign)).to.equal(0);
                expect(shape.special || count(text, /[^A-Za-z0-9]/g) === shape.minSpecial).to.equal(true);
            }),
        );
    });

    it("differ", () => {
        const shape: StringShape = {
            length: 20,
            lower: true,
            minLower: 0,
            upper: true,
            minUpper: 0,
            numeric: true,
            minNumeric: 0,
            special: false,
            minSpecial: 0,
            overrideSpecial: "",
        };
        expect(new Set(Array.from({ length: 100 }, () => randomString(shape))).size).to.equal(100);
        expect(shapeProblem({ ...shape, length: 2, minLower: 3 })?.reason).to.contain("less than the 3 characters");
    });
});
