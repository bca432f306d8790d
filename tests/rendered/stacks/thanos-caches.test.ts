import { expect } from "chai";
import { answered, settingsOf } from "../../support/config";
import { type KubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { type BucketServer, startBucketServer } from "../support/bucket-server";
import { refusal } from "../support/check";
import { type Launch, launchesOfImage } from "../support/containers";
import { whileCached } from "../support/memcached";
import { comesUp, metric, whileUp, withFile } from "../support/running";

const files = { index: "index-cache.yaml", bucket: "bucket-cache.yaml", response: "response-cache.yaml" };

/** The launch with the memcached of one of its files at this port; its name is one of the cluster's alone. */
const at = (launch: Launch, cache: keyof typeof files, port: number) =>
    withFile(launch, files[cache], (text) => {
        const srv = `dnssrvnoa+_memcache._tcp.thanos-${cache}-cache.monitoring.svc`;
        expect(text, launch.name).to.include(srv);
        return text.replace(srv, `127.0.0.1:${port}`);
    });

describe("Thanos's caches in memcached, as both see them", function () {
    this.timeout(300_000);

    let server: BucketServer;
    let objects: KubeObject[];
    before(async function () {
        this.timeout(3_600_000);
        server = await startBucketServer();
        const settings = settingsOf(
            answered({ ...required, ...given, longTerm: { kind: "thanos", caches: { kind: "memcached" } } }),
        );
        objects = kubeObjects((await deployStack(settings)).resources);
    });
    after(() => server.close());

    const launch = (image: string, name: string) => launchesOfImage(objects, image).find((one) => one.name === name)!;
    const cacheOf = (cache: keyof typeof files) => launch("memcached", `thanos-${cache}-cache/memcached`);

    it("are taken up by a store gateway, a memcached for each", async () => {
        const store = launch("thanos", "thanos-store/thanos-store");
        const metrics = await whileCached(cacheOf("index"), (index) =>
            whileCached(cacheOf("bucket"), (bucket) =>
                comesUp("thanos", at(at(store, "index", index), "bucket", bucket), server.env),
            ),
        );
        for (const name of ["index-cache", "caching-bucket"]) {
            const info = new RegExp(
                `^thanos_memcached_client_info\\{.*max_get_multi_batch_size="100",max_get_multi_concurrency="100",` +
                    `max_idle_connections="100",max_item_size="5242880",name="${name}",timeout="500ms"\\} 1$`,
                "m",
            );
            expect(metrics).to.match(info);
        }
    });

    it("keep a Query Frontend's answers, and tell of it by their exporter", async () => {
        const query = launch("thanos", "thanos-query/thanos-query");
        const frontend = launch("thanos", "thanos-query-frontend/thanos-query-frontend");
        const exporter = launch("memcached", "thanos-response-cache/exporter");
        const exported = await whileCached(cacheOf("response"), (port) =>
            whileUp("thanos", query, async ({ ports }) => {
                const cached = at(frontend, "response", port);
                const args = cached.args.map((arg) =>
                    arg.replace(
                        /(?<=downstream-url=).*:(\d+)$/,
                        (_, p) => `http://127.0.0.1:${ports.get(Number(p)) ?? 0}`,
                    ),
                );
                await whileUp("thanos", { ...cached, args }, async (running) => {
                    const url = new URL(`http://127.0.0.1:${running.ports.get(10902) ?? 0}/api/v1/query_range`);
                    const end = Math.floor(Date.now() / 3_600_000) * 3600 - 86_400;
                    url.search = `query=vector(1)&step=3600&start=${end - 86_400}&end=${end}`;
                    expect((await fetch(url)).status).to.equal(200);
                    const stored =
                        /^cortex_cache_value_size_bytes_count\{method="store",.*tripperware="query_range"\} [1-9]/m;
                    expect(await running.metrics((text) => stored.test(text))).to.match(stored);
                });
                return comesUp("memcached_exporter", exporter, {}, new Map([[11211, port]]));
            }),
        );
        expect(metric(exported, "memcached_up")).to.equal(1);
        expect(metric(exported, "memcached_max_connections")).to.equal(1024);
        // 512 Mi x 0.8.
        expect(metric(exported, "memcached_limit_bytes")).to.equal(409 * 2 ** 20);
        expect(metric(exported, 'memcached_commands_total{command="set",status="hit"}')).to.be.above(0);
        expect(exported).to.match(/^memcached_current_connections /m);
        expect(exported).to.match(/^memcached_slab_items_outofmemory_total\{/m);
    });

    it("would not start with an item above half of its memory", async () => {
        const cache = cacheOf("index");
        const args = cache.args.map((arg) => arg.replace(/(?<=max-item-size=).*/, String(600 * 2 ** 20)));
        expect(await refusal(whileCached({ ...cache, args }, () => Promise.resolve()))).to.match(/item size/);
    });

    it("would stop a store gateway that finds no server, which is why they come first", async () => {
        const said = await refusal(comesUp("thanos", launch("thanos", "thanos-store/thanos-store"), server.env));
        expect(said).to.include("no server address resolved");
    });
});
