import { z } from "zod";
import { bucket, duration, resources, volume } from "./common";

const retention = () =>
    duration().default("744h").describe("How long log lines are kept; Loki's Compactor deletes what is older");

export const logsSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("none").describe("No log storage") }),
        z.strictObject({
            kind: z.literal("single").describe("One Loki process with every role, for up to about 20 GB of logs a day"),
            storage: z
                .discriminatedUnion("kind", [
                    z.strictObject({ kind: z.literal("s3"), bucket: bucket(90) }),
                    z.strictObject({ kind: z.literal("filesystem").describe("Chunks on the volume itself") }),
                ])
                .prefault({ kind: "s3" }),
            retention: retention(),
            volume: volume("10Gi"),
            resources: resources({ cpu: "200m", memory: "1Gi" }, { memory: "2Gi" }),
        }),
        z.strictObject({
            kind: z
                .literal("simpleScalable")
                .describe(
                    "Write, read and backend apart, for up to 100 nodes; deprecated upstream, ends with Loki 3.x",
                ),
            bucket: bucket(90),
            retention: retention(),
            replicationFactor: z
                .int()
                .min(1)
                .default(1)
                .describe("Writers that hold each line; 3 with three writers survives the loss of one without a gap"),
            write: z
                .strictObject({
                    replicas: z.int().min(1).default(2),
                    volume: volume("5Gi"),
                    resources: resources({ cpu: "100m", memory: "256Mi" }),
                })
                .prefault({}),
            read: z
                .strictObject({
                    replicas: z.int().min(1).default(2),
                    resources: resources({ cpu: "100m", memory: "256Mi" }),
                })
                .prefault({}),
            backend: z
                .strictObject({
                    replicas: z.int().min(1).default(2),
                    volume: volume("5Gi"),
                    resources: resources({ cpu: "100m", memory: "256Mi" }),
                })
                .prefault({}),
            gateway: z
                .strictObject({
                    replicas: z.int().min(1).default(2),
                    resources: resources({ cpu: "20m", memory: "32Mi" }),
                    exporter: z
                        .strictObject({ resources: resources({ cpu: "5m", memory: "24Mi" }) })
                        .prefault({})
                        .describe("The sidecar that gives nginx its metrics"),
                })
                .prefault({}),
        }),
    ])
    .prefault({ kind: "single" })
    .describe("Log storage");

export type LogsSettings = z.output<typeof logsSchema>;
export type LokiSettings = Exclude<LogsSettings, { kind: "none" }>;
