import { z } from "zod";
import { bucket, duration, resources, volume } from "./common";
import { memcached } from "./memcached";

const forever = () =>
    z
        .union([duration(), z.literal("unlimited")], {
            error: "expected a duration with a unit, such as 90d, or unlimited",
        })
        .describe("How long the Compactor keeps this resolution, or unlimited");

export const longTermSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("none").describe("Metrics are kept by Prometheus alone") }),
        z.strictObject({
            kind: z.literal("thanos").describe("Prometheus uploads its blocks to a bucket, Thanos reads both"),
            bucket: bucket(800),
            sidecar: z.strictObject({ resources: resources({ cpu: "20m", memory: "128Mi" }) }).prefault({}),
            query: z
                .strictObject({
                    replicas: z.int().min(1).default(2).describe("Thanos Query servers; stateless"),
                    resources: resources({ cpu: "200m", memory: "512Mi" }),
                })
                .prefault({}),
            queryFrontend: z
                .union([
                    z.strictObject({
                        replicas: z.int().min(1).default(2).describe("Query Frontends; stateless"),
                        splitInterval: duration()
                            .default("24h")
                            .describe("Length of the parts into which a query of a long range is divided"),
                        slowQuery: duration().default("10s").describe("Queries that take longer are logged"),
                        resources: resources({ cpu: "100m", memory: "512Mi" }),
                    }),
                    z.literal("none"),
                ])
                .prefault({})
                .describe(
                    "In front of Thanos Query: divides long queries, tries failed ones again, keeps answers; or none",
                ),
            store: z
                .strictObject({
                    replicas: z.int().min(1).default(2).describe("Store gateways that read the same bucket"),
                    volume: volume("10Gi").describe("Cache of block indexes; can be rebuilt"),
                    resources: resources({ cpu: "200m", memory: "1Gi" }),
                })
                .prefault({}),
            caches: z
                .discriminatedUnion("kind", [
                    z.strictObject({
                        kind: z.literal("memory").describe("Each process keeps its own, in its own memory"),
                    }),
                    z.strictObject({
                        kind: z.literal("memcached").describe("All replicas share a memcached for each"),
                        index: memcached("1Gi").describe("What store gateways have read of the blocks' indexes"),
                        bucket: memcached("1Gi").describe("What store gateways have read of the rest of the bucket"),
                        responses: memcached("512Mi").describe("Answers that Query Frontends have given"),
                    }),
                ])
                .prefault({ kind: "memory" })
                .describe("Where store gateways and Query Frontends keep what they may need again"),
            compactor: z
                .union([
                    z.strictObject({
                        volume: volume("100Gi").describe("Workspace; holds the largest block twice"),
                        resources: resources({ cpu: "500m", memory: "2Gi" }),
                        retention: z
                            .strictObject({
                                raw: forever().default("90d"),
                                fiveMinutes: forever().default("365d"),
                                oneHour: forever().default("730d"),
                            })
                            .prefault({}),
                    }),
                    z.literal("none"),
                ])
                .prefault({})
                .describe("Compaction, downsampling and retention in the bucket: always one replica; or none"),
        }),
    ])
    .prefault({ kind: "thanos" })
    .describe("Long-term metrics");

export type LongTermSettings = z.output<typeof longTermSchema>;
export type ThanosSettings = Extract<LongTermSettings, { kind: "thanos" }>;
