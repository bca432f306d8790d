import { z } from "zod";
import { duration, goRegex, resources, volume } from "./common";

/** A server of its own for series that are kept apart from monitoring, such as those that bills are made from. */
export const victoriaMetricsSchema = z
    .strictObject({
        enabled: z.boolean().default(false).describe("Deploy VictoriaMetrics, which Prometheus writes these series to"),
        replicas: z
            .literal(1, { error: "expected 1: a single server shares its data with no other" })
            .default(1)
            .describe("Servers; always one"),
        series: goRegex().default("billing_.*").describe("Names of the metrics that it gets; no other is sent"),
        // Thirteen months: a month can be compared with the same one of the year before.
        retention: duration().default("400d").describe("How long it keeps samples; whole hours, 1d or more"),
        volume: volume("20Gi"),
        resources: resources({ cpu: "100m", memory: "512Mi" }, { memory: "1Gi" }),
    })
    .prefault({})
    .describe("VictoriaMetrics, a single server for series that are kept apart, such as billing data");

export type VictoriaMetricsSettings = z.output<typeof victoriaMetricsSchema>;

/** Name of Prometheus's remote write to it, which no other may have. */
export const victoriaMetricsWrite = "victoria-metrics";
