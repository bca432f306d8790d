import { expect } from "chai";
import { z } from "zod";
import { applicationNamespace, applicationUrl, shop } from "../support/application";
import { ClientPod } from "../support/client-pod";
import { needsAllParts, probed } from "../support/parts";
import { query, throughApiServer } from "../support/queries";
import { until } from "../support/until";

const namesSchema = z.object({ status: z.literal("success"), data: z.array(z.string()) });

const seriesSchema = z.object({
    status: z.literal("success"),
    data: z.object({
        result: z.array(
            z.object({
                metric: z.record(z.string(), z.string()),
                value: z.tuple([z.number(), z.string()]),
            }),
        ),
    }),
});

describe("Exporters and what is written to others", () => {
    needsAllParts();

    it("blackbox exporter: a probe succeeds where somebody answers, and fails where nobody does", async () => {
        await until("probe of each target", 120, async () => {
            const found = await query("probe_success");
            const values = found.map(({ metric, value }) => [metric.job, metric.instance, value[1]]);
            expect(values.sort()).to.deep.equal([
                ["open", probed.open, "1"],
                ["shut", probed.shut, "0"],
            ]);
        });
    }).timeout(180_000);

    it("A-13: Telegraf tells of the node's memory what node-exporter does", async () => {
        const [telegraf, nodeExporter] = await until("samples of both", 120, async () => {
            const found = [await query("mem_total"), await query("node_memory_MemTotal_bytes")];
            expect(found.map(({ length }) => length)).to.deep.equal([1, 1]);
            return found;
        });
        expect(telegraf?.[0]?.value[1]).to.equal(nodeExporter?.[0]?.value[1]);
    }).timeout(180_000);

    it("A-10: VictoriaMetrics has the billing series, each once, and no other", async () => {
        const ask = (path: string) => throughApiServer("services", "victoria-metrics:http", path);
        const client = await ClientPod.start({ namespace: applicationNamespace });
        await client.get(applicationUrl(shop, "buy"));
        await client.remove();
        await until("billing series in VictoriaMetrics", 120, async () => {
            const parameters = new URLSearchParams({ query: "billing_orders_total", latency_offset: "1s" });
            const { data } = seriesSchema.parse(JSON.parse(await ask(`api/v1/query?${parameters.toString()}`)));
            const [own] = await query("sum(billing_orders_total)");
            const sum = data.result.reduce((total, { value }) => total + Number(value[1]), 0);
            expect(sum).to.be.above(0);
            expect(sum).to.equal(Number(own?.value[1]));
            expect(data.result.map(({ metric }) => metric)).to.satisfy((metrics: Record<string, string>[]) =>
                metrics.every(
                    ({ namespace, prometheus_replica: replica }) => namespace === applicationNamespace && !replica,
                ),
            );
        });
        const { data: names } = namesSchema.parse(JSON.parse(await ask("api/v1/label/__name__/values")));
        expect(names).to.deep.equal(["billing_orders_total"]);
    }).timeout(180_000);
});
