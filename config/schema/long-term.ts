import { z } from "zod";
import { bucket, bytes, dnsLabel, duration, limit, resources, volume } from "./common";
import { memcached } from "./memcached";
import { storeEndpointSchema } from "./store-endpoints";

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
                    // Thanos's own default waits as long as the query may take (cmd/thanos/query.go, 0.42).
                    storeTimeout: duration()
                        .default("30s")
                        .describe(
                            "How long a sidecar, store gateway or Ruler may send nothing before a query goes on without " +
                                "it, or fails where it must be complete; 0s: as long as the query may take, 2m",
                        ),
                    endpoints: z
                        .record(dnsLabel(), storeEndpointSchema)
                        .default({})
                        .describe("Thanos of other clusters, by name, which Thanos Query asks too"),
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
                    shards: z
                        .discriminatedUnion("kind", [
                            z.strictObject({ kind: z.literal("none").describe("Each store gateway has all blocks") }),
                            z.strictObject({
                                kind: z.literal("hash").describe("Blocks are divided by a hash of their names"),
                                count: z.int().min(2).describe("Shards, each of `replicas` store gateways"),
                            }),
                            z.strictObject({
                                kind: z.literal("time").describe("Blocks are divided by the age of their samples"),
                                ages: z
                                    .array(duration())
                                    .min(1)
                                    .describe(
                                        "Ages at which a shard ends and the next begins, the youngest first: 30d, 180d",
                                    ),
                            }),
                        ])
                        .prefault({ kind: "none" })
                        .describe("How the bucket is divided among store gateways, where it is too much for one"),
                    // Thanos has none of these limits by default (pkg/store/limiter.go, cmd/thanos/store.go, 0.42).
                    callLimits: z
                        .strictObject({
                            series: limit("Series of one call"),
                            samples: limit("Samples of one call, counted by chunks of 120"),
                            downloaded: bytes()
                                .optional()
                                .describe("What one call reads of the bucket or its caches; default: no limit"),
                            calls: z
                                .int()
                                .min(1)
                                .default(20)
                                .describe("Calls for series that are answered at once; others wait"),
                        })
                        .prefault({})
                        .describe("What a query may cost a store gateway; a call above a limit fails"),
                    volume: volume("10Gi").describe("Cache of block indexes; can be rebuilt"),
                    resources: resources({ cpu: "200m", memory: "1Gi" }),
                })
                .prefault({}),
            ruler: z
                .union([
                    z.strictObject({
                        replicas: z.int().min(1).default(2).describe("Rulers; each evaluates all of its rules"),
                        retention: duration()
                            .default("48h")
                            .describe(
                                "How long a Ruler keeps on its disk what it records; it is in the bucket after two hours",
                            ),
                        // One scrape as it is by default; Thanos's own is 0s (cmd/thanos/rule.go, 0.42).
                        queryOffset: duration()
                            .default("30s")
                            .describe("How far back rules look, for samples that come late; alerts are later by that"),
                        volume: volume("10Gi").describe("What it has recorded and not uploaded yet"),
                        resources: resources({ cpu: "100m", memory: "256Mi" }),
                    }),
                    z.literal("none"),
                ])
                .default("none")
                .describe("Evaluates rules over more than Prometheus keeps, such as those of slos; or none"),
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
                        verticalCompaction: z
                            .boolean()
                            .optional()
                            .describe(
                                "Merge blocks that overlap, which can't be undone; default: while metrics.outOfOrderTimeWindow " +
                                    "makes some. Set it to true before that is turned off: those in the bucket are still to merge",
                            ),
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

/** Names of the other clusters that Thanos Query asks, too: what it answers isn't of this cluster alone. */
export function otherClusters({ longTerm }: { longTerm: LongTermSettings }): string[] {
    return longTerm.kind === "none" ? [] : Object.keys(longTerm.query.endpoints);
}

/** Whether these settings have a Ruler. */
export function hasRuler({ longTerm }: { longTerm: LongTermSettings }): boolean {
    return longTerm.kind === "thanos" && longTerm.ruler !== "none";
}
