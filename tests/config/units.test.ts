import { expect } from "chai";
import fc from "fast-check";
import { bytes, cpu, duration } from "../../config/schema/common";
import { atLeastVersion, formatDuration, parseBytes, parseDuration, parseMillicores } from "../../config/units";

const count = fc.integer({ min: 1, max: 100_000 });
const amount = (unit: string) => count.map((n) => ({ n, unit, text: `${n}${unit}` }));
const byteUnits: readonly [string, number][] = [
    ["Ki", 2 ** 10],
    ["Mi", 2 ** 20],
    ["Gi", 2 ** 30],
    ["Ti", 2 ** 40],
];
const timeUnits: readonly [string, number][] = [
    ["y", 31_536_000_000],
    ["w", 604_800_000],
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
];

/** A duration with each unit at most once, in order, and its milliseconds. */
const durations = fc
    .tuple(...timeUnits.map(() => fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined })))
    .map((amounts) => ({
        text: timeUnits.map(([unit], i) => (amounts[i] === undefined ? "" : `${amounts[i]}${unit}`)).join(""),
        milliseconds: timeUnits.reduce((sum, [, factor], i) => sum + (amounts[i] ?? 0) * factor, 0),
    }))
    .filter(({ text }) => text !== "");

describe("config/units", () => {
    it("V-17: parses every quantity that the schema accepts", () => {
        for (const [unit, factor] of byteUnits) {
            fc.assert(
                fc.property(amount(unit), ({ n, text }) => {
                    expect(bytes().safeParse(text).success).to.be.true;
                    expect(parseBytes(text)).to.equal(n * factor);
                }),
            );
        }
    });

    it("V-17: parses every CPU that the schema accepts", () => {
        fc.assert(
            fc.property(count, (n) => {
                expect(cpu().safeParse(`${n}m`).success && cpu().safeParse(`${n}`).success).to.be.true;
                expect(parseMillicores(`${n}m`)).to.equal(n);
                expect(parseMillicores(`${n}`)).to.equal(n * 1000);
            }),
        );
        expect(parseMillicores("0.25")).to.equal(250);
    });

    it("parses every duration that the schema accepts", () => {
        fc.assert(
            fc.property(durations, ({ text, milliseconds }) => {
                expect(duration().safeParse(text).success).to.be.true;
                expect(parseDuration(text)).to.equal(milliseconds);
            }),
        );
    });

    it("agrees with the schemas on what is none", () => {
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,3}[a-zA-Z]{0,3}$/)), (text) => {
                if (bytes().safeParse(text).success) {
                    expect(parseBytes(text)).to.be.greaterThan(0);
                }
                if (cpu().safeParse(text).success) {
                    expect(parseMillicores(text)).to.be.at.least(0);
                }
                if (duration().safeParse(text).success) {
                    expect(parseDuration(text)).to.be.at.least(0);
                }
                if (Number.isNaN(parseDuration(text))) {
                    expect(duration().safeParse(text).success).to.be.false;
                }
            }),
        );
        for (const text of ["", "15", "d", "1h 30m", "1.5h", "-1d"]) {
            expect(duration().safeParse(text).success, text).to.be.false;
            expect(parseDuration(text), text).to.be.NaN;
        }
        for (const text of ["", "0Gi", "5", "5G", "1.5Gi", "Gi"]) {
            expect(bytes().safeParse(text).success, text).to.be.false;
        }
    });

    it("writes a duration in its largest whole unit, and reads it back", () => {
        expect([7_200_000, 5_400_000, 30_000, 7500].map(formatDuration)).to.deep.equal(["2h", "90m", "30s", "7500ms"]);
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 1e12 }), (milliseconds) => {
                expect(parseDuration(formatDuration(milliseconds))).to.equal(milliseconds);
            }),
        );
    });

    it("compares versions by their numbers", () => {
        expect(atLeastVersion("3.13.2", "3.9.0")).to.be.true;
        expect(atLeastVersion("3.9.0", "3.9.0")).to.be.true;
        expect(atLeastVersion("3.8.1", "3.9.0")).to.be.false;
        expect(atLeastVersion("4.0.0", "4.0.0")).to.be.true;
        expect(atLeastVersion("3.7.8", "4.0.0")).to.be.false;
    });
});
