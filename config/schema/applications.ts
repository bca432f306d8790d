import { z } from "zod";
import { presetNames } from "../applications/presets";
import { dnsLabel, labelName, labels, text } from "./common";
import { targetChanges } from "./targets";

const metricName = () =>
    text(
        "metric name",
        /^[a-zA-Z_:][a-zA-Z0-9_:]*$/,
        "expected the name of a metric: letters, digits, underscores and colons",
    );

const seriesSchema = z
    .strictObject({
        duration: metricName()
            .optional()
            .describe("Histogram of the requests' durations in seconds, without _bucket at its end"),
        statusLabel: labelName().optional().describe("Its label with the HTTP status"),
        pathLabel: labelName().optional().describe("Its label with the path"),
        ignoredPaths: z
            .array(z.string().min(1))
            .optional()
            .describe("Paths that probes and Prometheus call: they don't count as traffic"),
        cpu: metricName().optional().describe("Counter of the CPU seconds of a process"),
        memory: metricName().optional().describe("Memory of a process, in bytes"),
    })
    .describe(
        "Names of the series that its alerts read, where they aren't the preset's; docs/applications.md has those",
    );

/** An application that the stack monitors, by a preset that knows how it is scraped and when somebody is to look. */
const applicationSchema = z.strictObject({
    preset: z.enum(presetNames).describe("What it is: docs/applications.md"),
    namespace: dnsLabel().optional().describe("Namespace of the application; default: every one"),
    labels: labels()
        .optional()
        .describe("Labels of its pods, or of its Services with preset engine; default: the preset's"),
    ...targetChanges,
    alerts: z.boolean().default(true).describe("The preset's alerts on it"),
    series: seriesSchema.optional(),
});

export const applicationsSchema = z
    .record(dnsLabel(), applicationSchema)
    .default({})
    .describe("Applications that are monitored, by name");

export type ApplicationsSettings = z.output<typeof applicationsSchema>;
