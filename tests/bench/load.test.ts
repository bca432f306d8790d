import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { settingsFor } from "../../bench/load/settings";
import { copyBlocks, course, otherUlid, seriesText } from "../../bench/load/history";
import { expectedSeconds, parseOptions, rateOf, targetsFor } from "../../bench/load/options";
import { dashboardQuestions, namesIn, someOfEach, spans, withVariables } from "../../bench/load/questions";
import { missedScrapes, quantile, valueIn } from "../../bench/load/statistics";
import { machineTimes, type Usage, usage, usedBetween } from "../../bench/load/usage";
import { UserError } from "../../cli/errors";
import { dashboards } from "../../dashboards";
import { profileSettings } from "../config/settings";
import { promqlErrors } from "../support/promql";

describe("bench of load: figures", () => {
    it("takes quantiles by nearest rank", () => {
        const values = [5, 1, 4, 2, 3, 10, 9, 8, 7, 6];
        expect([0, 0.5, 0.95, 1].map((share) => quantile(values, share))).to.deep.equal([1, 5, 10, 10]);
        expect(quantile([7], 0.95)).to.equal(7);
        expect(quantile([], 0.5)).to.be.NaN;
    });

    it("counts a scrape as missed when it failed, and for each interval that has none", () => {
        const window = [100, 130] as const;
        const missed = (times: number[], failed = 0) => missedScrapes({ times, failed }, 5, window);
        expect(missed([103, 108, 113, 118, 123, 128])).to.equal(0);
        expect(missed([103.9, 108, 113.9, 118, 123.9, 128]), "jitter").to.equal(0);
        expect(missed([103, 108, 113, 118, 123, 128], 2)).to.equal(2);
        expect(missed([103, 108, 123, 128]), "two in a row").to.equal(2);
        expect(missed([113, 118, 123, 128]), "late begin").to.equal(2);
        expect(missed([103, 108, 113, 118]), "early end").to.equal(1);
        expect(missed([])).to.equal(5);
    });

    it("reads values of a page of metrics by name and labels, not by the beginning of a name", () => {
        const page = 'a_total 3\na_total_more 100\nb{x="1",q="0.99"} 4.5\nb{x="2",q="0.99"} 2\nb{x="1",q="0.5"} 1\n';
        expect(valueIn(page, "a_total")).to.equal(3);
        expect(valueIn(page, "b", 'x="1"', 'q="0.99"')).to.equal(4.5);
        expect(valueIn(page, "b", 'q="0.99"')).to.equal(6.5);
        expect(valueIn(page, "c")).to.be.NaN;
    });

    it("names what was saturated, and who used most", () => {
        expect(machineTimes("cpu  100 200 300 400 500 600 700 800 0 0\ncpu0 1 1\n")).to.deep.equal({
            busy: 27,
            waiting: 5,
        });
        const at = (cpu: number, busy: number, waiting: number): Usage => ({
            users: new Map([
                ["a", { cpu: 1, memory: 10 }],
                ["b", { cpu, memory: 20 }],
            ]),
            machine: { busy, waiting },
            available: 2 ** 60,
        });
        const cores = usedBetween(at(0, 0, 0), at(5, 1e9, 0), 10);
        expect(cores.users.map(({ name, cores }) => [name, cores])).to.deep.equal([
            ["b", 0.5],
            ["a", 0],
        ]);
        expect(cores.saturated).to.deep.equal(["CPU"]);
        expect(usedBetween(at(0, 0, 0), at(0, 0, 1e9), 10).saturated).to.deep.equal(["disk"]);
        expect(usedBetween(at(0, 0, 0), { ...at(0, 0, 0), available: 0 }, 10).saturated).to.deep.equal(["memory"]);
    });

    it("count what is no pod's as the machine's own, where simulated pods have no control group", () => {
        const simulated = { metadata: { name: "grafana-0" }, status: { containerStatuses: [{ name: "grafana" }] } };
        const { users } = usage([simulated as V1Pod]);
        expect([...users.keys()].filter((name) => !name.startsWith("machine "))).to.deep.equal([]);
        expect([...users.keys()].some((name) => name.startsWith("machine "))).to.equal(true);
    });
});

describe("bench of load: options", () => {
    it("has defaults, and tells how long it takes at most", () => {
        const options = parseOptions([]);
        expect(options).to.deep.include({ interval: 5, hold: 600, variants: ["stack", "plain"], json: undefined });
        expect(options.only).to.deep.equal(["ramp", "hold", "queries"]);
        expect(expectedSeconds(options)).to.be.greaterThan(2 * (600 + 4 * 120));
        expect(expectedSeconds(parseOptions(["--only", "queries"]))).to.be.lessThan(expectedSeconds(options));
    });

    it("plans targets that give at least the rate", () => {
        const options = parseOptions(["--rates", "25000,100001", "--interval", "5s", "--series-per-target", "25000"]);
        expect(options.rates.map((rate) => targetsFor(rate, options))).to.deep.equal([5, 21]);
        expect(rateOf(21, options)).to.equal(105_000);
    });

    const refused: [string[], string][] = [
        [["--rates", "50000,25000"], "--rates 50000,25000: expected rising numbers."],
        [["--rates", "fast"], "--rates fast: expected a whole number from 1."],
        [["--hold", "soon"], "--hold soon: expected a duration from 1s to 1d, such as 90s."],
        [["--step", "10s"], "--step 10s: expected at least four times the interval, 20s."],
        [["--only", "ramp,sleep"], "--only ramp,sleep: expected some of ramp, hold, queries."],
        [["--series-per-target", "25001"], "--series-per-target 25001: expected a multiple of 20."],
        [["--history-days", "7"], "--history-days 7: expected a whole number from 11."],
        [["--speed", "1"], "Unknown option '--speed'"],
    ];
    for (const [args, message] of refused) {
        it(`refuses ${args.join(" ")}`, () => {
            expect(() => parseOptions(args)).to.throw(UserError, message);
        });
    }

    it("gives profile kup6s settings that it takes, sized for the highest rate", () => {
        const options = parseOptions(["--rates", "50000,100000"]);
        const values = Object.fromEntries(
            Object.entries(settingsFor(options)).map(([key, value]) => [key.replace("perch:", ""), value]),
        );
        const { sizing, metrics } = profileSettings("kup6s", values);
        expect(metrics.targets.load).to.deep.include({
            kind: "pods",
            namespace: "perch-load",
            labels: { app: "load-stack" },
            interval: "5s",
        });
        expect(metrics.blockLength).to.equal("2h");
        expect(sizing?.assumed).to.deep.include({ series: 550_000, samplesPerSecond: 100_000 });
        expect(sizing?.computed["metrics.volume.size"]).to.equal("79Gi");
    });
});

describe("bench of load: queries", () => {
    it("asks as Grafana does, with its variables replaced", () => {
        const expression = 'rate(a{cluster=~"$cluster"}[$__rate_interval]) + b offset $__range';
        expect(withVariables(expression, spans.hour)).to.equal('rate(a{cluster=~".*"}[120s]) + b offset 3600s');
        expect(withVariables("rate(a[$__rate_interval])", spans.oldWeek)).to.equal("rate(a[930s])");
    });

    it("takes every query of a dashboard, with its panel", () => {
        const dashboard = {
            title: "D",
            panels: [{ title: "Row" }, { title: "P", targets: [{ expr: "a" }, { expr: "b" }, {}] }],
        };
        expect(dashboardQuestions(dashboard).map(({ name, expression }) => [name, expression])).to.deep.equal([
            ["D / P", "a"],
            ["D / P 2", "b"],
        ]);
    });

    it("takes the queries of the stack's own dashboards, and leaves no variable in any", () => {
        const built = dashboards(profileSettings("kup6s")).map(({ dashboard }) => JSON.stringify(dashboard));
        const asked = built
            .flatMap((text) => dashboardQuestions(JSON.parse(text) as Parameters<typeof dashboardQuestions>[0]))
            .map(({ expression }) => withVariables(expression, spans.hour));
        expect(asked.length).to.be.greaterThan(40);
        expect(asked.filter((expression) => expression.includes("$"))).to.deep.equal([]);
        expect(asked.flatMap(promqlErrors)).to.deep.equal([]);
    });

    it("finds names of metrics, but no labels' values", () => {
        const names = namesIn('sum by (pod) (rate(a_total{job="x_y", le="1"}[5m])) / on () b:c{d="e"}');
        expect(names).to.include.members(["a_total", "b:c"]);
        expect(names).to.not.include.members(["x_y", "job", "e", "d"]);
    });

    it("takes a series of each name before a second of any", () => {
        const series = ["a", "a", "a", "b", "c", "c"].map((name, index) => ({ __name__: name, n: String(index) }));
        expect(someOfEach(series, 4).map(({ n }) => n)).to.deep.equal(["0", "3", "4", "1"]);
    });
});

describe("bench of load: older data", () => {
    it("is copied for another replica under identifiers of its own, without what isn't a block", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-history-test-"));
        try {
            const [from, to] = [path.join(folder, "from"), path.join(folder, "to")];
            const ulid = "01KAMQ8W3D5V6X7Y8Z9A0B1C2D";
            fs.mkdirSync(path.join(from, ulid), { recursive: true });
            fs.writeFileSync(path.join(from, ulid, "meta.json"), JSON.stringify({ ulid, sources: [ulid] }));
            fs.mkdirSync(path.join(from, "thanos"));
            copyBlocks(from, to);
            const other = otherUlid(ulid);
            expect(fs.readdirSync(to)).to.deep.equal([other]);
            const meta: unknown = JSON.parse(fs.readFileSync(path.join(to, other, "meta.json"), "utf8"));
            expect(meta).to.deep.equal({ ulid: other, sources: [other] });
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("writes series as the text format has them", () => {
        expect(seriesText({ __name__: "a", b: 'x"y', c: "d\\e" })).to.equal('a{b="x\\"y",c="d\\\\e"}');
    });

    it("lets counters rise, and buckets from each bound to the next", () => {
        const at = (labels: Record<string, string>, time: number) => Number(course(labels)(time));
        const bucket = (le: string) => at({ __name__: "a_bucket", x: "1", le }, 1_700_000_000);
        expect(at({ __name__: "a_total" }, 1_700_000_060)).to.be.greaterThan(
            at({ __name__: "a_total" }, 1_700_000_000),
        );
        const buckets = ["0.1", "1", "10", "+Inf"].map(bucket);
        expect(buckets).to.deep.equal([...buckets].sort((a, b) => a - b));
        expect(new Set(buckets).size).to.equal(4);
        expect(bucket("+Inf")).to.equal(at({ __name__: "a_bucket", x: "1", le: "+Inf" }, 1_700_000_000));
    });

    it("gives a replica's block another identifier of the same time", () => {
        expect(otherUlid("01M80FGN4FY5R6KZ8QGC3HH4VA")).to.equal("01M80FGN4FY5R6KZ8QGC3HH4VB");
        expect(otherUlid("01M80FGN4FY5R6KZ8QGC3HH4VZ")).to.equal("01M80FGN4FY5R6KZ8QGC3HH4V0");
    });
});
