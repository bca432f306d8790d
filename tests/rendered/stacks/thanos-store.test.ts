import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { stringify } from "yaml";
import { eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import { kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { startBucketServer } from "../support/bucket-server";
import { type Launch, launchesOfImage } from "../support/containers";
import { comesUp, metric, whileUp, withFile } from "../support/running";
import { programOf } from "../support/tools";

const daySeconds = 86_400;

/** Programs of a stack's Thanos with these settings, by the name of the command. */
async function thanosWith(longTerm: object): Promise<(command: string) => Launch[]> {
    const settings = settingsOf(answered({ ...required, ...given, longTerm: { kind: "thanos", ...longTerm } }));
    const all = launchesOfImage(kubeObjects((await deployStack(settings)).resources), "thanos");
    return (command) => all.filter(({ args }) => args[0] === command);
}

const storesWith = async (store: object) => (await thanosWith({ store }))("store");

/** The store gateway with a folder for its bucket. */
const onFolder = (store: Launch, directory: string) =>
    withFile(store, "objstore.yaml", () => stringify({ type: "FILESYSTEM", config: { directory } }));

/** A way to a port on which the other side can be made to say nothing any more. */
async function startProxy(port: number) {
    const answers: [from: net.Socket, to: net.Socket][] = [];
    const server = net.createServer((client) => {
        const upstream = net.connect(port, "127.0.0.1");
        answers.push([upstream, client]);
        for (const [from, to] of [
            [client, upstream],
            [upstream, client],
        ] as const) {
            from.pipe(to);
            from.on("error", () => to.destroy());
        }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        silence: () => {
            for (const [from, to] of answers) {
                from.unpipe(to);
            }
        },
        close: () => {
            for (const socket of answers.flat()) {
                socket.destroy();
            }
            server.close();
        },
    };
}

/**
 * A bucket in a folder with a block of two hours for each age, of an older one a higher number in the name, as a sidecar
 * uploads them.
 *
 * @returns the names of the blocks in the order of the ages
 */
async function fillBucket(folder: string, ages: readonly number[]): Promise<string[]> {
    const promtool = await programOf("promtool");
    const now = Math.floor(Date.now() / 1000);
    // promtool makes the blocks in the order of time.
    const samples = [...ages].reverse().map((age) => `orders_total ${age} ${now - age * daySeconds}`);
    const [input, made] = [path.join(folder, "samples"), path.join(folder, "made")];
    await writeFile(input, ["# TYPE orders counter", ...samples, "# EOF", ""].join("\n"));
    await promisify(execFile)(promtool, ["tsdb", "create-blocks-from", "openmetrics", input, made]);
    const names = ages.map((_, index) => `01ARZ3NDEKTSV4RRFFQ69G5F${String(index).padStart(2, "0")}`);
    const metas = await Promise.all(
        (await readdir(made)).map(async (block) => {
            const text = await readFile(path.join(made, block, "meta.json"), "utf8");
            return { block, meta: JSON.parse(text) as { minTime: number; compaction: object } };
        }),
    );
    metas.sort((a, b) => b.meta.minTime - a.meta.minTime);
    expect(metas).to.have.length(ages.length);
    await mkdir(path.join(folder, "bucket"));
    for (const [index, { block, meta }] of metas.entries()) {
        const ulid = names[index]!;
        const thanos = {
            ...{ version: 1, source: "sidecar", downsample: { resolution: 0 } },
            labels: { cluster: "test", prometheus_replica: "a" },
        };
        const compaction = { ...meta.compaction, sources: [ulid] };
        await writeFile(path.join(made, block, "meta.json"), JSON.stringify({ ...meta, ulid, compaction, thanos }));
        await rename(path.join(made, block), path.join(folder, "bucket", ulid));
    }
    return names;
}

describe("Limits on what a call may cost, as a store gateway sees them", function () {
    this.timeout(300_000);

    it("are flags that it has, of these values", async () => {
        const server = await startBucketServer();
        try {
            const callLimits = { series: 100_000, samples: 5_000_000, downloaded: "2Gi", calls: 8 };
            const [store] = await storesWith({ callLimits });
            const told = await comesUp("thanos", store!, server.env);
            expect(metric(told, "thanos_bucket_store_series_gate_queries_max")).to.equal(8);
        } finally {
            await server.close();
        }
    });
});

describe("A bucket in shards, as its store gateways see it", function () {
    this.timeout(300_000);

    const ages = [1, 5, 10, 20, 25, 40, 60, 90, 120, 150, 200, 300, 400];
    let folder: string;
    let blocks: string[];

    before(async () => {
        folder = await mkdtemp(path.join(os.tmpdir(), "perch-blocks-"));
        blocks = await fillBucket(folder, ages);
    });
    after(() => rm(folder, { recursive: true, force: true }));

    /** Blocks that a store gateway has, with the folder for its bucket. */
    const loaded = (store: Launch) =>
        whileUp("thanos", onFolder(store, path.join(folder, "bucket")), async ({ ports, metrics }) => {
            // It is ready once it has read the bucket.
            const told = await metrics();
            const url = `http://127.0.0.1:${ports.get(10902) ?? 0}/api/v1/blocks?view=loaded`;
            const { data } = (await (await fetch(url)).json()) as { data: { blocks: { ulid: string }[] } };
            expect(data.blocks).to.have.length(metric(told, "thanos_bucket_store_blocks_loaded") ?? -1);
            return data.blocks.map(({ ulid }) => ulid).sort();
        });

    async function division(shards: object): Promise<string[][]> {
        const found: string[][] = [];
        for (const store of await storesWith({ shards })) {
            found.push(await loaded(store));
        }
        return found;
    }

    it("is one store gateway's as a whole without", async () => {
        expect(await division({ kind: "none" })).to.deep.equal([blocks]);
    });

    it("is divided by hash: each block is one shard's, and no shard has none", async () => {
        const [one = [], other = [], ...others] = await division({ kind: "hash", count: 2 });
        expect(others).to.deep.equal([]);
        expect([...one, ...other])
            .to.have.members(blocks)
            .and.to.have.length(blocks.length);
        expect(Math.min(one.length, other.length)).to.be.above(0);
    });

    it("is divided by time: each shard has the blocks of its ages", async () => {
        const found = await division({ kind: "time", ages: ["30d", "180d"] });
        const of = (from: number, to: number) => blocks.filter((_, index) => ages[index]! > from && ages[index]! < to);
        expect(found).to.have.deep.members([of(0, 30), of(30, 180), of(180, 999)]);
    });
});

describe("A store gateway that says nothing, as Thanos Query sees it", function () {
    this.timeout(300_000);

    let folder: string;
    before(async () => {
        folder = await mkdtemp(path.join(os.tmpdir(), "perch-blocks-"));
        await fillBucket(folder, [1]);
    });
    after(() => rm(folder, { recursive: true, force: true }));

    /** How long Query takes for an answer without it, and the answer. */
    async function answerWithout(storeTimeout: string) {
        const thanos = await thanosWith({ query: { storeTimeout } });
        const [[store], [query]] = [thanos("store"), thanos("query")];
        return whileUp("thanos", onFolder(store!, path.join(folder, "bucket")), async ({ ports: ofStore }) => {
            const proxy = await startProxy(ofStore.get(10901) ?? 0);
            try {
                const endpoints = stringify({ endpoints: [{ address: proxy.address }] });
                const asking = withFile(query!, "endpoints.yaml", () => endpoints);
                return await whileUp("thanos", asking, async ({ ports }) => {
                    const ask = async () => {
                        const range = encodeURIComponent("last_over_time(orders_total[2d])");
                        const url = `http://127.0.0.1:${ports.get(10902) ?? 0}/api/v1/query?query=${range}`;
                        return (await (await fetch(url)).json()) as {
                            data: { result: object[] };
                            warnings?: string[];
                        };
                    };
                    await eventually(async () => {
                        expect((await ask()).data.result).to.have.length(1);
                    }, 60);
                    proxy.silence();
                    const begin = Date.now();
                    return { answer: await ask(), seconds: (Date.now() - begin) / 1000 };
                });
            } finally {
                proxy.close();
            }
        });
    }

    it("is left out of the answer, which says so, after as long as the settings have it", async () => {
        const { answer, seconds } = await answerWithout("2s");
        expect(answer.data.result).to.deep.equal([]);
        expect(answer.warnings?.join()).to.include("2s");
        expect(seconds).to.be.within(1.9, 8);
    });

    it("would hold up the query for longer without", async () => {
        const { seconds } = await answerWithout("0s");
        expect(seconds).to.be.above(8);
    });
});
