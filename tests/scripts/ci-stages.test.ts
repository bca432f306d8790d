import { expect } from "chai";
import { count, lastStartMinutes, type Result, runStages, type Stage } from "../../scripts/ci-stages";

const stage = (name: string): Stage => ({ name, command: ["true"] });
const result = (passed: number, failed = 0, skipped = 0, report = ""): Result => ({ passed, failed, skipped, report });

describe("The stages of CI", () => {
    it("count what each closing line of mocha says", () => {
        const output =
            "  ✔ 3 passing tests\n\n  12 passing (2s)\n  1 pending\n\n  7 passing (80ms)\n  2 failing\n\n  1) a\n\n  2) b\n";
        expect(count(output, 2)).to.deep.equal(result(19, 2, 1, "  1) a\n\n  2) b"));
        expect(count("  5 passing (1s)\n", 0)).to.deep.equal(result(5));
    });

    it("count a stage that ends red without a failing test as a failure, and report its last lines", () => {
        expect(count("error TS2322\n", 1)).to.deep.equal(result(0, 1, 0, "error TS2322"));
        const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
        expect(count(`  5 passing (1s)\n${lines.join("\n")}\n`, 1)).to.deep.equal(
            result(5, 1, 0, lines.slice(10).join("\n")),
        );
    });

    it("report each failure of each lane, and nothing else", () => {
        const lane = (name: string, failures: string) =>
            `  ✔ 2 failing disks\n\n  3 passing (1s)\n${failures}\nnpm run ${name} exited with code 0\n`;
        const first = "  1) a disk\n       is full:\n     Error: no room\nat the end";
        const second = '  1) a node\n       "before all" hook:\n     Error: no node';
        const output =
            lane("a", `  1 failing\n\n${first}\n`) + lane("b", "") + `  1 passing (1s)\n  1 failing\n\n${second}\n\n`;
        expect(count(output, 1)).to.deep.equal(result(7, 2, 0, `${first}\n\n${second}`));
    });

    it("end with one line that adds up, skips too, and fail when one of them does", async () => {
        const results: Record<string, Result> = {
            a: result(3),
            b: result(1, 1, 0, "  1) b is red"),
            c: result(0, 0, 4),
        };
        const { text, failed } = await runStages(
            ["a", "b", "c"].map(stage),
            ({ name }) => Promise.resolve(results[name]!),
            () => 0,
        );
        expect(text).to.equal(
            "=== failed in b\n  1) b is red\n\na: 3 passed, 0 failed, 0 s\nb: 1 passed, 1 failed, 0 s\nc: 0 passed, 0 failed, 4 skipped, 0 s\n" +
                "all: 0.0 min\n\n" +
                "4 passed, 1 failed, 4 skipped\n",
        );
        expect(failed).to.equal(true);
        const green = await runStages([stage("a")], () => Promise.resolve(result(3)));
        expect(green.text).to.match(/\n\n3 passed, 0 failed\n$/);
        expect(green.failed).to.equal(false);
    });

    it("are started until the clock says that they wouldn't end; what is left out is named, and is a failure", async () => {
        let now = 0;
        const ran: string[] = [];
        const { text, failed } = await runStages(
            ["first", "second", "third", "fourth"].map(stage),
            ({ name }) => {
                ran.push(name);
                now += (lastStartMinutes / 2) * 60_000;
                return Promise.resolve(result(1));
            },
            () => now,
        );
        expect(ran).to.deep.equal(["first", "second"]);
        expect(text).to.contain(
            "third: not started, 70 minutes had passed\nfourth: not started, 70 minutes had passed\nall: 70.0 min\n",
        );
        expect(text).to.match(/\n2 passed, 2 failed\n$/);
        expect(failed).to.equal(true);
    });
});
