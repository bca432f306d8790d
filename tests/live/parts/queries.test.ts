import { expect } from "chai";
import { z } from "zod";
import { cacheNames, thanosNames } from "../../../components/long-term/names";
import { grafanaClient } from "../support/client-pod";
import { live } from "../support/live";
import { needsAllParts } from "../support/parts";
import { nameOf, stackPods } from "../support/pods";
import { query, throughApiServer } from "../support/queries";
import { until } from "../support/until";

const answerSchema = z.object({
    status: z.literal("success"),
    data: z.object({
        resultType: z.literal("matrix"),
        result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.unknown()) })),
    }),
});

/** Seconds. */
const step = 30;

/** A query of ten minutes that are over: what is younger than a minute the Query Frontend doesn't keep. */
function rangeQuery(expression: string): string {
    const end = Math.floor((Date.now() / 1_000 - 120) / step) * step;
    const parameters = new URLSearchParams({
        query: expression,
        start: String(end - 600),
        end: String(end),
        step: String(step),
        dedup: "true",
    });
    return `api/v1/query_range?${parameters.toString()}`;
}

/** Sum of a metric over all pods of a workload, by their own word. */
async function sumOf(workload: string, port: number, line: RegExp): Promise<number> {
    const pods = (await stackPods()).filter((pod) => nameOf(pod).split("/")[1]?.startsWith(`${workload}-`));
    expect(pods, workload).to.not.have.length(0);
    const texts = await Promise.all(
        pods.map(({ metadata }) => throughApiServer("pods", `${metadata?.name ?? ""}:${port}`, "metrics")),
    );
    return texts
        .flatMap((text) => text.split("\n"))
        .filter((one) => line.test(one))
        .reduce((sum, one) => sum + Number(one.split(" ").at(-1)), 0);
}

/** How often a memcached had what it was asked for. */
const hits = (cache: keyof typeof cacheNames) =>
    sumOf(cacheNames[cache], 9150, /^memcached_commands_total\{.*command="get".*status="hit"/);

describe("Queries of long-term metrics", () => {
    needsAllParts();

    it("the Query Frontend answers as Thanos Query does, and a second time out of its memcached", async () => {
        expect(live().outputs.endpoints.thanosQuery).to.contain(`//${thanosNames.queryFrontend}.`);
        const asked = rangeQuery("sum by (job) (up)");
        const before = await hits("responses");
        const client = await grafanaClient();
        const ask = async () =>
            answerSchema.parse(JSON.parse(await client.get(`${live().outputs.endpoints.thanosQuery}/${asked}`))).data;
        const byJob = ({ result }: Awaited<ReturnType<typeof ask>>) =>
            new Map(result.map(({ metric, values }) => [metric.job, values]));
        const direct = answerSchema.parse(
            JSON.parse(await throughApiServer("services", `${thanosNames.query}:http`, asked)),
        ).data;
        expect(direct.result).to.have.length.above(10);
        expect(byJob(await ask())).to.deep.equal(byJob(direct));
        // What it keeps it writes after it has answered.
        await until("answer out of memcached", 60, async () => {
            expect(byJob(await ask())).to.deep.equal(byJob(direct));
            expect(await hits("responses")).to.be.above(before);
        });
    }).timeout(120_000);

    it("store gateways read indexes and chunks out of memcached once one of them has read them", async () => {
        const before = { index: await hits("index"), bucket: await hits("bucket") };
        const asked = rangeQuery("sum by (job) (rate(process_cpu_seconds_total[2m]))");
        await until("hits of both caches", 120, async () => {
            await throughApiServer("services", `${thanosNames.query}:http`, asked);
            expect(await hits("index")).to.be.above(before.index);
            expect(await hits("bucket")).to.be.above(before.bucket);
        });
        expect(await sumOf(thanosNames.store, 10902, /^thanos_store_index_cache_hits_total\{/)).to.be.above(0);
    }).timeout(180_000);

    it("an objective's figures over more than Prometheus keeps are recorded by both Rulers", async () => {
        const recorded = 'slo:sli_error:ratio_rate30d{sloth_slo="prometheus-answers"}';
        const found = await until("recordings over 30 days", 240, async () => {
            const series = await query(recorded, { dedup: false });
            expect(series).to.have.length(2);
            return series;
        });
        expect(found.map(({ metric }) => metric.thanos_ruler_replica).sort()).to.deep.equal(
            [0, 1].map((replica) => `${thanosNames.ruler}-perch-${replica}`),
        );
        for (const { metric, value } of found) {
            expect(metric).to.include({ cluster: "kup6s", sloth_window: "30d" });
            expect(Number(value[1])).to.be.within(0, 1);
        }
        expect(await query(recorded)).to.have.length(1);
    }).timeout(300_000);
});
