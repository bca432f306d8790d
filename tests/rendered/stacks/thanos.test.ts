import { expect } from "chai";
import { RANDOM_TEXT } from "../../support/mocks";
import { stacks } from "../../support/stacks";
import { type BucketServer, startBucketServer } from "../support/bucket-server";
import { refusal } from "../support/check";
import { type Launch, launchesOfImage } from "../support/containers";
import { objectsOf } from "../support/objects";
import { comesUp, metric, type Ready, whileUp, withFile } from "../support/running";

const all = ["compact", "query", "query-frontend", "store"];
/** The document of kup6s has no Query Frontend. */
const kup6s = ["compact", "query", "store"];

/** Under the name of the stack's own making, which ends at random. */
const aws = (bucket: string) => `${bucket}-${RANDOM_TEXT.slice(0, 8)}.s3.dualstack.eu-central-1.amazonaws.com/`;
const hetzner = (bucket: string) => `fsn1.your-objectstorage.com/${bucket}/`;

/** What runs in each stack, and the URL under which it asks for its bucket; nothing where samples aren't kept for long. */
const expected: Record<string, { parts: string[]; bucket?: string }> = {
    dev: { parts: [] },
    prod: { parts: all, bucket: aws("metrics-thanos-prod") },
    local: { parts: kup6s, bucket: hetzner("metrics-thanos-kup6s") },
    "profile standard": { parts: all, bucket: aws("metrics-thanos-test") },
    "profile perch": { parts: ["query", "store"], bucket: aws("metrics-thanos-test") },
    "profile kup6s": { parts: kup6s, bucket: hetzner("metrics-thanos-kup6s") },
    "profile severed": { parts: [] },
    "profile urlshortener": { parts: [] },
    "profile acd": { parts: [] },
};

async function thanosOf(stack: string): Promise<Launch[]> {
    return launchesOfImage(await objectsOf(stack), "thanos");
}

async function partOf(stack: string, part: string): Promise<Launch> {
    const found = (await thanosOf(stack)).find(({ name }) => name === `thanos-${part}/thanos-${part}`);
    return found!;
}

/** Whom a Query looks up in the DNS, from its own metrics. */
function lookedUp(metrics: string): string[] {
    return [...metrics.matchAll(/^thanos_query_endpoints_dns_provider_results\{addr="(.*)"\}/gm)]
        .map(([, address]) => address ?? "")
        .sort();
}

/** Bytes that a cache file allows. */
function maxSize(launch: Launch, file: string): number {
    const text = Object.values(launch.mounts).find((files) => file in files)?.[file];
    return Number(/max_size: (\d+)MiB/.exec(text ?? "")?.[1]) * 2 ** 20;
}

/** Thanos ignores an unknown key in these files, so that coming up says too little. */
function holdsFiles(launch: Launch, metrics: string): void {
    if (launch.args[0] === "query") {
        const services = lookedUp(metrics).map((address) => /^dnssrv\+_grpc\._tcp\.([\w-]+)\./.exec(address)?.[1]);
        expect(services, "K-38 K-39 K-41").to.deep.equal(["thanos-sidecar", "thanos-store"]);
    }
    if (launch.args[0] === "store") {
        expect(metric(metrics, "thanos_store_index_cache_max_size_bytes")).to.equal(
            maxSize(launch, "index-cache.yaml"),
        );
        expect(metric(metrics, 'thanos_cache_inmemory_max_size_bytes{name="caching-bucket"}')).to.equal(
            maxSize(launch, "bucket-cache.yaml"),
        );
    }
}

describe("Thanos in each stack, as Thanos sees it", function () {
    this.timeout(600_000);

    let server: BucketServer;
    before(async () => {
        server = await startBucketServer();
    });
    after(() => server.close());

    const up = (launch: Launch) => comesUp("thanos", launch, server.env);

    /** Does something with a Query Frontend in front of a Query, which it asks whether it is ready. */
    const withFrontend = <T>(
        stack: string,
        frontend: (launch: Launch) => Launch,
        work: (running: Ready) => Promise<T>,
    ) =>
        partOf(stack, "query").then((query) =>
            whileUp("thanos", query, async ({ ports }) => {
                const launch = frontend(await partOf(stack, "query-frontend"));
                const args = launch.args.map((arg) =>
                    arg.replace(
                        /(?<=downstream-url=).*:(\d+)$/,
                        (_, port) => `http://127.0.0.1:${ports.get(Number(port)) ?? 0}`,
                    ),
                );
                return whileUp("thanos", { ...launch, args }, work);
            }),
        );

    it("is spoken of below for every stack", () => {
        expect(Object.keys(expected)).to.have.members(Object.keys(stacks));
    });

    for (const [stack, { parts, bucket }] of Object.entries(expected)) {
        it(`comes up with its flags and files in ${stack}: ${parts.join(", ") || "no Thanos"}`, async () => {
            const launches = await thanosOf(stack);
            expect(launches.map(({ name }) => name)).to.have.members(
                parts.map((part) => `thanos-${part}/thanos-${part}`),
            );
            server.requests.length = 0;
            await Promise.all(
                launches
                    .filter(({ args }) => args[0] !== "query-frontend")
                    .map(async (launch) => {
                        holdsFiles(launch, await up(launch));
                    }),
            );
            const asked = server.requests.map((request) => request.replace(/^\w+ |\?.*$/g, ""));
            expect([...new Set(asked)]).to.deep.equal(bucket === undefined ? [] : [bucket]);
        });
    }

    it("would not come up with an unknown flag", async () => {
        const query = await partOf("prod", "query");
        const refused = await refusal(up({ ...query, args: [...query.args, "--no-such-flag"] }));
        expect(refused).to.include("unknown long flag '--no-such-flag'");
    });

    for (const [stack] of Object.entries(expected).filter(([, { parts }]) => parts.includes("query-frontend"))) {
        it(`answers through the Query Frontend in front of Query in ${stack}; asked again, from its cache`, async () => {
            const found = await withFrontend(
                stack,
                (launch) => launch,
                async ({ ports, metrics }) => {
                    const url = new URL(`http://127.0.0.1:${ports.get(10902) ?? 0}/api/v1/query_range`);
                    // Noon of yesterday: a range of three days then has parts of four.
                    const end = Math.floor(Date.now() / 86_400_000) * 86_400 - 43_200;
                    url.search = new URLSearchParams({
                        ...{ query: "vector(1)", step: "3600" },
                        ...{ start: String(end - 3 * 86_400), end: String(end) },
                    }).toString();
                    const answers: unknown[] = [];
                    for (let turn = 0; turn < 2; turn++) {
                        answers.push(await (await fetch(url)).json());
                    }
                    return { answers, metrics: await metrics() };
                },
            );
            expect(found.answers[0]).to.have.nested.property("data.result").with.length(1);
            expect((found.answers[1] as { data: object }).data).to.deep.equal(
                (found.answers[0] as { data: object }).data,
            );
            // Four days each time; the second time none of them is asked for again.
            const ofRanges = (name: string, more = "") =>
                metric(found.metrics, `${name}{${more}tripperware="query_range"}`);
            expect(ofRanges("thanos_frontend_split_queries_total")).to.equal(8);
            expect(ofRanges("querier_cache_misses_total", 'cache="fifocache",')).to.equal(4);
            expect(ofRanges("cortex_query_frontend_retries_count")).to.equal(4);
            expect(found.metrics).to.match(/^http_requests_total\{code="200",handler="query-frontend",.*\} 2$/m);
        });
    }

    for (const part of ["store", "compact"]) {
        it(`would not come up with an unknown key in the bucket's file of ${part}`, async () => {
            const broken = withFile(await partOf("prod", part), "objstore.yaml", (text) =>
                text.replace("region:", "no_such_key:"),
            );
            expect(await refusal(up(broken))).to.include("no_such_key");
        });
    }

    for (const file of ["index-cache.yaml", "bucket-cache.yaml"]) {
        it(`would not come up with a bad size in ${file}`, async () => {
            const broken = withFile(await partOf("prod", "store"), file, (text) =>
                text.replace(/max_size: .*/, "max_size: much"),
            );
            expect(await refusal(up(broken))).to.include("much");
        });
    }

    it("would be noticed asking nobody, with an unknown key in endpoints.yaml", async () => {
        const broken = withFile(await partOf("prod", "query"), "endpoints.yaml", (text) =>
            text.replaceAll("address:", "no_such_key:"),
        );
        expect(lookedUp(await up(broken))).to.deep.equal([]);
    });

    it("would be noticed asking for another bucket", async () => {
        const moved = withFile(await partOf("prod", "store"), "objstore.yaml", (text) =>
            text.replace("bucket: ", "bucket: not-"),
        );
        server.requests.length = 0;
        await up(moved);
        expect(server.requests.join("\n")).to.include(aws("not-metrics-thanos-prod"));
    });
});
