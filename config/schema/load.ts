import { z } from "zod";
import { bytes, duration } from "./common";

const count = (most: number) => z.int().min(1).max(most);

export const loadSchema = z
    .strictObject({
        nodes: count(100_000).optional().describe("Nodes to be sized for; default: cluster.nodes"),
        pods: count(5_000_000).optional().describe("Pods on them; default: 36 on each"),
        series: count(100_000_000)
            .optional()
            .describe(
                "Active series of one Prometheus, or of one replica of each shard together, as `prometheus_tsdb_head_series` counts them; " +
                    "default: from samplesPerSecond, or an estimate from nodes and pods",
            ),
        samplesPerSecond: count(100_000_000)
            .optional()
            .describe(
                "Samples that one Prometheus takes a second, or one replica of each shard together; default: series in metrics.scrapeInterval",
            ),
        queries: z
            .strictObject({
                range: duration().default("7d").describe("Longest time that a query of a dashboard spans"),
                series: count(10_000_000).default(1000).describe("Series that such a query reads"),
                concurrent: count(1000).default(4).describe("Such queries at the same time"),
            })
            .prefault({})
            .describe("What is asked of Thanos Query"),
        logsPerDay: bytes().optional().describe("Log lines of a day, uncompressed; without it logs aren't sized"),
    })
    .optional()
    .describe("What the stack is to carry: sizes that the stack file doesn't give follow from it (docs/sizing.md)");

export type LoadSettings = NonNullable<z.output<typeof loadSchema>>;
