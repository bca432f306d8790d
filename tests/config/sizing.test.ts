import { expect } from "chai";
import fc from "fast-check";
import { profileNames } from "../../config/profiles";
import { profileReceiverSecrets } from "../../config/profiles/secrets";
import { retentionBytes } from "../../config/retention";
import type { LoadSettings } from "../../config/schema";
import { sizesFor, sizingOf } from "../../config/sizing";
import { parseBytes, parseMillicores } from "../../config/units";
import { neededSecrets, problemsOf, profileSettings, type StackFile } from "./settings";

const nodes = (count: number) => ({ cluster: { name: "test", nodes: count } });
const sizing = (profile: (typeof profileNames)[number], file: StackFile) => profileSettings(profile, file).sizing;

/** Bytes or millicores of a size. */
const amount = (size: string | number) =>
    typeof size === "number" ? size : size.endsWith("i") ? parseBytes(size) : parseMillicores(size);

/** The message for profile standard with `file`, its secrets given. */
function problems(file: StackFile): string[] {
    const secrets = Object.fromEntries(neededSecrets.map((key) => [key, "x"]));
    return problemsOf({ ...secrets, ...file }, neededSecrets).map((line) => line.replace(/^perch:/, ""));
}

/** `at` with the value that `from` has at `path`. */
function copied<T>(at: T, from: T, path: string): T {
    const [key = "", ...rest] = path.split(".");
    const name = key as keyof T;
    return { ...at, [name]: rest.length === 0 ? from[name] : copied(at[name], from[name], rest.join(".")) };
}

describe("perch:load", () => {
    it("sizes a cluster of 50 nodes as Red Hat measured it", () => {
        // 50 x 2000 + 50 x 36 x 450 series; 910,000 / 30 s.
        expect(sizing("standard", nodes(50))).to.be.undefined;
        expect(sizing("standard", { ...nodes(50), load: { logsPerDay: "20Gi" } })).to.deep.equal({
            assumed: {
                basis: "estimate for 50 nodes and 1800 pods",
                series: 910_000,
                samplesPerSecond: 30_334,
                bytesPerSample: 2,
                queries: { range: "7d", series: 1000, concurrent: 4 },
            },
            computed: {
                // 100 + 30,334 / 30; in steps of 50. Red Hat: one core.
                "metrics.resources.requests.cpu": "1150m",
                // 200 Mi + 910,000 x 4 Ki x 1.5 = 5532 Mi; in steps of 64. Red Hat: 6 GB.
                "metrics.resources.requests.memory": "5568Mi",
                // (30,334/s x 2 B x (48 h + 2 h) + 30,334/s x (6 + 2) B x 4 h) / 85 % = 16.96e9.
                "metrics.volume.size": "16Gi",
                // 4 x 1000 series x 7 d / 30 s x 2 B x 2 replicas = 322.56e6 of chunks, by each of 2 Stores; twice that, and 128 Mi.
                "longTerm.query.resources.requests.memory": "1408Mi",
                // (128 Mi + 2 x 4 x 1000 series x 1000 points x 16 B) / half: 500.2 Mi.
                "longTerm.queryFrontend.resources.requests.memory": "512Mi",
                // Four times the chunks: 1230.5 Mi.
                "longTerm.store.resources.requests.memory": "1280Mi",
                // 2 x (7 + 27 + 53 for 90 d, 365 d, 730 d; 28 + 12 + 2 x 8 younger ones) x 30 MB = 8.58e9.
                "longTerm.store.volume.size": "8Gi",
                // 2 x 14 d x 30,334/s x 2 B = 146.8e9.
                "longTerm.compactor.volume.size": "137Gi",
                // 5 Gi in six hours; the least is 10.
                "logs.volume.size": "10Gi",
            },
            given: {},
        });
    });

    it("I-12, K-164: sizes kup6s for its 100,000 samples a second", () => {
        const { assumed, computed } = sizing("kup6s", { load: { samplesPerSecond: 100_000 } })!;
        expect(assumed).to.deep.include({ basis: "load.samplesPerSecond", series: 3_000_000 });
        expect(computed).to.deep.equal({
            "metrics.resources.requests.cpu": "3450m",
            // 200 Mi + 3e6 x 6 Ki = 17,778 Mi.
            "metrics.resources.requests.memory": "17792Mi",
            // Blocks of up to 6 h: (1e5/s x 2 B x (72 h + 2 x 6 h) + 1e5/s x (6 + 2) B x 4 h) / 85 % = 84.7e9.
            "metrics.volume.size": "79Gi",
            "longTerm.query.resources.requests.memory": "1408Mi",
            "longTerm.store.resources.requests.memory": "1280Mi",
            "longTerm.store.volume.size": "8Gi",
            // 2 x 14 d x 1e5/s x 2 B = 483.8e9.
            "longTerm.compactor.volume.size": "451Gi",
        });
    });

    it("takes given figures before estimates, and tells them from each other by the scrape interval", () => {
        const assumed = (load: object, file: StackFile = {}) => {
            const { basis, series, samplesPerSecond } = sizing("standard", { ...file, load })!.assumed;
            return [basis, series, samplesPerSecond];
        };
        expect(assumed({ series: 60_000, pods: 5 })).to.deep.equal(["load.series", 60_000, 2000]);
        expect(assumed({ series: 60_000, samplesPerSecond: 9000 })).to.deep.equal(["load.series", 60_000, 9000]);
        expect(assumed({ series: 60_000 }, { metrics: { scrapeInterval: "1m" } })[2]).to.equal(1000);
        expect(assumed({ samplesPerSecond: 10, pods: 5 })).to.deep.equal(["load.samplesPerSecond", 300, 10]);
        // 37 pods are on two nodes: 2 x 2000 + 37 x 450.
        expect(assumed({ pods: 37 })).to.deep.equal(["estimate for 2 nodes and 37 pods", 20_650, 689]);
        expect(assumed({ pods: 37 }, nodes(4))[1]).to.equal(24_650);
        expect(assumed({ nodes: 5 }, nodes(4))[0]).to.equal("estimate for 5 nodes and 180 pods");
    });

    it("reads long ranges downsampled where there is a Compactor", () => {
        const load = { series: 1, queries: { range: "365d" } };
        const memory = (part: "query" | "store", file: StackFile) => {
            const { computed } = sizing("standard", { load, ...file })!;
            return computed[`longTerm.${part}.resources.requests.memory`];
        };
        // 60,000 samples of 5 m, for a step of an hour and more takes 5 m up to 208 days: 960e6 of chunks, by 2 Stores.
        expect(memory("query", {})).to.equal("3840Mi");
        // A Store has five values of each: 4 x 4800e6.
        expect(memory("store", {})).to.equal("18368Mi");
        // 1,051,200 samples: 16.8e9 of chunks.
        const undownsampled = { longTerm: { compactor: "none", bucket: { expireDays: "unlimited" } } };
        expect(memory("query", undownsampled)).to.equal("64320Mi");
        expect(memory("store", undownsampled)).to.equal("64192Mi");
    });

    it("sizes a memcached of the bucket for the chunks of all queries, and no other", () => {
        const longTerm = { caches: { kind: "memcached" } };
        const caches = (load: object) =>
            Object.entries(sizing("standard", { load, longTerm })!.computed).filter(([path]) =>
                path.includes("caches"),
            );
        const path = "longTerm.caches.bucket.resources.requests.memory";
        expect(caches({ series: 1 })).to.deep.equal([[path, "512Mi"]]);
        // 40 x 1000 series x 7 d / 30 s x 2 B x 2 replicas = 3.2256e9, by two servers and 0.8: 1922.6 Mi.
        expect(caches({ series: 1, queries: { concurrent: 40 } })).to.deep.equal([[path, "1984Mi"]]);
    });

    it("has room for a log that isn't compressed", () => {
        const size = (walCompression: boolean) =>
            sizing("standard", { load: { series: 910_000 }, metrics: { walCompression } })!.computed[
                "metrics.volume.size"
            ];
        expect(size(true)).to.equal("16Gi");
        // 30,333/s x 6 B x 4 h / 85 % = 3.1e9 more.
        expect(size(false)).to.equal("19Gi");
    });

    it("leaves out what no formula is known for: an index without end, parts that are off", () => {
        const paths = (file: StackFile) => Object.keys(sizing("standard", { load: { series: 1 }, ...file })!.computed);
        const prometheus = ["metrics.resources.requests.cpu", "metrics.resources.requests.memory"];
        expect(paths({ longTerm: { kind: "none" } })).to.deep.equal([...prometheus, "metrics.volume.size"]);
        const forever = { expireDays: "unlimited" };
        const endless = { compactor: { retention: { oneHour: "unlimited" } }, bucket: forever };
        expect(paths({ longTerm: endless })).to.not.include("longTerm.store.volume.size");
        expect(paths({ longTerm: endless })).to.include("longTerm.compactor.volume.size");
        const none = paths({ longTerm: { compactor: "none", bucket: forever } });
        expect(none.filter((path) => /^longTerm.*volume/.test(path))).to.deep.equal([]);
    });

    it("sizes writers of logs for six hours without object storage", () => {
        const load = { series: 1, logsPerDay: "1Ti" };
        const logs = { kind: "simpleScalable", replicationFactor: 3, write: { replicas: 3 } };
        // 1024 Gi x 3 copies x 6 h / 24 h / 3 writers.
        expect(sizing("standard", { load, logs })!.computed["logs.write.volume.size"]).to.equal("256Gi");
        const small = { series: 1, logsPerDay: "1Gi" };
        for (const off of [{ kind: "single", storage: { kind: "filesystem" } }, { kind: "none" }]) {
            const file = { load: small, logs: off, collection: { logs: { kind: "none" } } };
            expect(Object.keys(sizing("standard", file)!.computed).join()).to.not.contain("logs");
        }
    });

    describe("beyond one Prometheus", () => {
        // 12e6 / 5e6 series, and 400,000 / 250,000 samples a second.
        const load = { series: 12_000_000 };
        const longTerm = { ruler: {} };

        it("K-142: asks for shards, each of which carries a fifth more than its even share", () => {
            const { metrics, sizing: follows } = profileSettings("standard", { load, longTerm });
            expect(metrics.shards).to.equal(3);
            expect(follows?.assumed).to.deep.include({ series: 12_000_000, samplesPerSecond: 400_000 });
            expect(follows?.computed).to.deep.include({
                "metrics.shards": 3,
                // 400,000 / 3 x 1.2 = 160,000/s; 100 + 160,000 / 30.
                "metrics.resources.requests.cpu": "5450m",
                // 200 Mi + 4.8e6 x 6 Ki = 28,325 Mi.
                "metrics.resources.requests.memory": "28352Mi",
                // (160,000/s x 2 B x 50 h + 160,000/s x (6 + 2) B x 4 h) / 85 % = 89.4e9.
                "metrics.volume.size": "84Gi",
                // Six servers' blocks: 6 x 143 x 30 MB = 25.7e9.
                "longTerm.store.volume.size": "24Gi",
                // 2 x 14 d x 160,000/s x 2 B = 774e9: it compacts one server's blocks at a time.
                "longTerm.compactor.volume.size": "721Gi",
            });
            expect(
                profileSettings("standard", { load: { samplesPerSecond: 250_001 }, longTerm }).metrics.shards,
            ).to.equal(2);
        });

        it("asks for none where one is enough, or where there is no Ruler to evaluate over all", () => {
            for (const file of [{ load: { series: 5_000_000 }, longTerm }, { load }]) {
                const { metrics, sizing: follows } = profileSettings("standard", file);
                expect(metrics.shards).to.equal(undefined);
                expect(follows?.computed).to.not.have.property("metrics.shards");
            }
        });

        it("takes the number that the stack file gives, and sizes for that", () => {
            for (const shards of [1, 4]) {
                const { sizing: follows } = profileSettings("standard", { load, longTerm, metrics: { shards } });
                expect(follows?.computed).to.not.have.property("metrics.shards");
                // 200 Mi + 12e6 (x 1.2 / 4) x 6 Ki.
                expect(follows?.computed["metrics.resources.requests.memory"]).to.equal(
                    shards === 1 ? "70528Mi" : "21312Mi",
                );
            }
        });
    });

    it("puts sizes above the profile and below the stack file, and tells what that gives instead", () => {
        const load = { samplesPerSecond: 100_000 };
        const settings = profileSettings("kup6s", {
            load,
            metrics: { volume: { size: "50Gi" }, resources: { requests: { cpu: "2" } } },
        });
        expect(settings.metrics.volume).to.deep.equal({ size: "50Gi", storageClass: "longhorn" });
        expect(settings.metrics.resources).to.deep.equal({ requests: { cpu: "2", memory: "17792Mi" }, limits: {} });
        expect(settings.sizing?.given).to.deep.equal({
            "metrics.volume.size": "50Gi",
            "metrics.resources.requests.cpu": "2",
        });
        expect(settings.sizing?.computed["metrics.volume.size"]).to.equal("79Gi");
    });

    it("requests no more than a limit of the stack file", () => {
        const resources = { limits: { cpu: "2", memory: "10Gi" } };
        const { metrics } = profileSettings("kup6s", { load: { samplesPerSecond: 100_000 }, metrics: { resources } });
        expect(metrics.resources).to.deep.equal({ requests: { cpu: "2", memory: "10Gi" }, ...resources });
    });

    it("changes the sizes alone, and nothing where it isn't given", () => {
        const settingsOf = (profile: (typeof profileNames)[number], file: StackFile) => {
            const { load, sizing: follows, secretValues, ...rest } = profileSettings(profile, file);
            expect(Object.keys(secretValues)).to.have.members([...neededSecrets, ...profileReceiverSecrets(profile)]);
            return { load, follows, rest };
        };
        for (const profile of profileNames) {
            const without = settingsOf(profile, {});
            expect([without.load, without.follows]).to.deep.equal([undefined, undefined]);
            const { load, follows, rest } = settingsOf(profile, { load: { series: 777_777 } });
            expect(load?.series).to.equal(777_777);
            expect(rest).to.not.deep.equal(without.rest);
            const back = Object.keys(follows!.computed).reduce((at, path) => copied(at, without.rest, path), rest);
            expect(back, profile).to.deep.equal(without.rest);
        }
    });

    type Load = Record<
        "series" | "samplesPerSecond" | "days" | "querySeries" | "concurrent" | "hours" | "logs",
        number
    >;
    const loads: fc.Arbitrary<Load> = fc.record({
        series: fc.integer({ min: 1, max: 50_000_000 }),
        samplesPerSecond: fc.integer({ min: 1, max: 5_000_000 }),
        days: fc.integer({ min: 1, max: 400 }),
        querySeries: fc.integer({ min: 1, max: 100_000 }),
        concurrent: fc.integer({ min: 1, max: 100 }),
        hours: fc.integer({ min: 1, max: 20_000 }),
        logs: fc.integer({ min: 1, max: 100_000 }),
    });

    it("asks for no less of anything for more of anything", () => {
        const settings = profileSettings("kup6s");
        const computed = (of: Load): Readonly<Record<string, string | number>> => {
            const load: LoadSettings = {
                series: of.series,
                samplesPerSecond: of.samplesPerSecond,
                queries: { range: `${of.hours}h`, series: of.querySeries, concurrent: of.concurrent },
                logsPerDay: `${of.logs}Gi`,
            };
            const sized = { ...settings, metrics: { ...settings.metrics, retention: `${of.days}d` } };
            return sizingOf(load, sizesFor(load, sized), sized)!.computed;
        };
        fc.assert(
            fc.property(loads, loads, (a, b) => {
                const keys = Object.keys(a) as (keyof Load)[];
                const more = Object.fromEntries(keys.map((key) => [key, Math.max(a[key], b[key])])) as Load;
                const [small, large] = [computed(a), computed(more)];
                expect(Object.keys(small)).to.deep.equal(Object.keys(large));
                for (const [path, size] of Object.entries(small)) {
                    expect(amount(size), path).to.be.above(0);
                    expect(amount(large[path]!), path).to.be.at.least(amount(size));
                }
            }),
        );
    });

    it("V-16: makes a volume whose size cap is above all that Prometheus counts, just after its largest compaction", () => {
        const settings = profileSettings("standard");
        const [hour, day] = [3600, 86_400];
        fc.assert(
            fc.property(loads, fc.boolean(), ({ series, samplesPerSecond, days, hours }, walCompression) => {
                const load = { series, samplesPerSecond, queries: { range: `${hours}h`, series: 1, concurrent: 1 } };
                const metrics = { ...settings.metrics, retention: `${days}d`, walCompression };
                const { metrics: sized } = sizesFor(load, { ...settings, metrics });
                const cap = retentionBytes({ volume: { size: sized!.volume!.size! } });

                const block = [2, 6, 18, 54, 162, 486]
                    .map((length) => length * hour)
                    .filter((length) => length <= Math.max(2 * hour, Math.min((days * day) / 10, 31 * day)))
                    .at(-1)!;
                // The oldest block begins before the retention, and one that is compacted is beside its parts.
                const blocks = 2 * (days * day + block + (block > 2 * hour ? block : 0));
                const wal = (walCompression ? 6 : 12) * 4 * hour;
                const headChunks = 2 * 4 * hour;
                expect(cap).to.be.at.least(samplesPerSecond * (blocks + wal + headChunks));
                // And no more than the next whole GiB of the volume.
                expect(cap - 0.85 * 2 ** 30).to.be.below(samplesPerSecond * (blocks + wal + headChunks));
            }),
        );
    });
});

describe("A load", () => {
    const kup6s = { samplesPerSecond: 100_000 };
    const refused: [string, StackFile, string][] = [
        [
            "of nothing",
            { load: {} },
            "load: got no figure to size metrics by; expected series, samplesPerSecond, nodes or pods, " +
                "or the number of nodes in perch:cluster.nodes",
        ],
        [
            "I-12: that a volume can't hold",
            { load: kup6s, metrics: { retention: "3d", volume: { size: "3Gi" } } },
            // 1e5/s x 3 d x 1 B = 25.92e9, over 85 %.
            'metrics.volume.size: got "3Gi"; expected at least 29Gi for 3d of 100000 samples a second (perch:load), ' +
                "or a shorter metrics.retention",
        ],
        [
            "that a volume of each shard can't hold",
            { load: kup6s, longTerm: { ruler: {} }, metrics: { shards: 2, retention: "3d", volume: { size: "3Gi" } } },
            // Half as much.
            'metrics.volume.size: got "3Gi"; expected at least 15Gi for 3d of 100000 samples a second (perch:load) in ' +
                "2 shards, or a shorter metrics.retention",
        ],
        [
            "that the memory of each shard can't hold",
            {
                load: { series: 4_000_000 },
                longTerm: { ruler: {} },
                metrics: { shards: 2, resources: { limits: { memory: "5Gi" } } },
            },
            // 2e6 x 3 Ki = 5.7 Gi.
            'metrics.resources.limits.memory: got "5Gi"; expected at least 6Gi for 4000000 series (perch:load) in 2 shards',
        ],
        [
            "I-12: that a size cap can't hold",
            { load: kup6s, metrics: { retention: "3d", retentionSize: "24Gi", volume: { size: "100Gi" } } },
            'metrics.retentionSize: got "24Gi"; expected at least 25Gi for 3d of 100000 samples a second (perch:load), ' +
                "or a shorter metrics.retention",
        ],
        [
            "that the Compactor has no room for",
            { load: kup6s, longTerm: { compactor: { volume: { size: "20Gi" } } } },
            'longTerm.compactor.volume.size: got "20Gi"; expected at least 226Gi, ' +
                "twice the blocks of two weeks of 100000 samples a second (perch:load)",
        ],
        [
            "that Prometheus has no memory for",
            {
                load: { series: 1_000_000 },
                metrics: { resources: { limits: { memory: "2Gi" } } },
            },
            'metrics.resources.limits.memory: got "2Gi"; expected at least 3Gi for 1000000 series (perch:load)',
        ],
        [
            "of more logs than one Loki takes",
            { load: { series: 1, logsPerDay: "21Gi" } },
            'load.logsPerDay: got "21Gi"; expected at most 20Gi with logs.kind single; simpleScalable takes more',
        ],
        ["without a series", { load: { series: 0 } }, "load.series: got 0; expected at least 1"],
        [
            "with a range without a unit",
            { load: { series: 1, queries: { range: "7" } } },
            'load.queries.range: got "7"; expected a duration with a unit, such as 30s, 15d or 1h30m',
        ],
        [
            "at a scrape interval that isn't one",
            { load: { series: 1 }, metrics: { scrapeInterval: "0s" } },
            'metrics.scrapeInterval: got "0s"; expected 1s or more',
        ],
        [
            "on blocks of no length",
            { load: { series: 1 }, metrics: { blockLength: "0s" } },
            'metrics.blockLength: got "0s"; expected 2h, or for a trial a whole part of it from 1m up, such as 2m or 30m',
        ],
    ];
    for (const [what, file, message] of refused) {
        it(`${what} is refused`, () => {
            expect(problems(file)).to.deep.equal([message]);
        });
    }

    it("is taken where the settings are below its sizes and may yet hold it", () => {
        const metrics = { retention: "3d", retentionSize: "25Gi", volume: { size: "30Gi" } };
        const limits = { limits: { memory: "9Gi" } };
        const longTerm = { compactor: { volume: { size: "226Gi" } } };
        expect(problems({ load: kup6s, metrics: { ...metrics, resources: limits }, longTerm })).to.deep.equal([]);
    });
});
