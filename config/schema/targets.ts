import { z } from "zod";
import { dnsLabel, duration, labelName, labels, text } from "./common";
import { sampleRelabelings, targetRelabelings } from "./relabelings";

/** Host and port, as Prometheus calls them. */
const address = () =>
    text(
        "address",
        /^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\]):\d{1,5}$/,
        "expected a host and a port, such as db.example.com:9187",
    );

const common = {
    job: z.string().min(1).optional().describe("Value of the label `job` of the series; default: the target's name"),
    interval: duration().optional().describe("How often it is scraped; default: metrics.scrapeInterval"),
    timeout: duration()
        .optional()
        .describe("After which a scrape has failed; default: 10s, or the interval below that"),
    metricRelabelings: sampleRelabelings().default([]).describe("Which samples are taken, and with which labels"),
};

const scraped = {
    ...common,
    path: z.string().startsWith("/", { error: "expected a path that starts with /" }).default("/metrics"),
    scheme: z.enum(["http", "https"]).default("http").describe("https: with a certificate of a public CA"),
    honorLabels: z.boolean().default(false).describe("Keep labels of the answer that the target has too"),
    relabelings: targetRelabelings().default([]).describe("Which targets are scraped, and with which labels"),
};

const inCluster = {
    ...scraped,
    namespace: dnsLabel().describe("Namespace of the application"),
    port: dnsLabel().describe("Name of the port"),
};

/** Something to be scraped for which nobody has written a monitor. */
export const targetSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("service").describe("The pods behind Services of the cluster, as a ServiceMonitor"),
        ...inCluster,
        labels: labels().describe("Labels of the Services"),
    }),
    z.strictObject({
        kind: z.literal("pods").describe("Pods of the cluster, as a PodMonitor"),
        ...inCluster,
        labels: labels().describe("Labels of the pods"),
    }),
    z.strictObject({
        kind: z.literal("static").describe("Given addresses, as a ScrapeConfig"),
        ...scraped,
        addresses: z.array(address()).min(1).describe("Hosts and ports"),
        labels: z
            .record(labelName(), z.string().min(1))
            .default({})
            .describe("Labels that all series of these targets get"),
    }),
    z.strictObject({
        kind: z.literal("probe").describe("Addresses that a blackbox exporter calls, as a Probe"),
        ...common,
        prober: address()
            .optional()
            .describe("Host and port of a blackbox exporter that is there already; default: that of metrics.blackbox"),
        module: z.string().min(1).describe("Module of the exporter's configuration, such as http_2xx"),
        targets: z
            .array(z.string().min(1))
            .min(1)
            .describe("What it calls, in the module's words: URLs, or hosts and ports"),
        labels: z
            .record(labelName(), z.string().min(1))
            .default({})
            .describe("Labels that all series of these targets get"),
    }),
]);

export type TargetSettings = z.output<typeof targetSchema>;
