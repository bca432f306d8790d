import { z } from "zod";
import { address, dnsLabel, duration, labelName, labels, port, publicUrl, text } from "./common";
import { sampleRelabelings, targetRelabelings } from "./relabelings";
import { login, tls } from "./target-access";

/** Name of a port, or its number. */
export const targetPort = () =>
    z
        .union([dnsLabel(), port()], { error: "expected the name of a port, such as metrics, or its number" })
        .describe("Name of the port, or its number at the pods, which must declare it");

const path = () => z.string().startsWith("/", { error: "expected a path that starts with /" });
const scheme = () => z.enum(["http", "https"]).describe("https: with a certificate of a public CA, or what `tls` says");
const honorLabels = () => z.boolean().describe("Keep labels of the answer that the target has too");
const metricRelabelings = () => sampleRelabelings().describe("Which samples are taken, and with which labels");
const relabelings = () => targetRelabelings().describe("Which targets are scraped, and with which labels");

const times = {
    interval: duration().optional().describe("How often it is scraped; default: metrics.scrapeInterval"),
    timeout: duration()
        .optional()
        .describe("After which a scrape has failed; default: 10s, or the interval below that"),
};

const common = {
    job: z.string().min(1).optional().describe("Value of the label `job` of the series; default: the target's name"),
    ...times,
    metricRelabelings: metricRelabelings().default([]),
};

const scraped = {
    ...common,
    path: path().default("/metrics"),
    scheme: scheme().default("http"),
    tls: tls().optional(),
    login: login().optional(),
    honorLabels: honorLabels().default(false),
    relabelings: relabelings().default([]),
};

const inCluster = {
    ...scraped,
    namespace: dnsLabel().optional().describe("Namespace of the application; default: every one"),
    port: targetPort(),
};

/** What may be said of a target in the cluster in place of a preset: the same fields, none of them required. */
export const targetChanges = {
    job: z
        .string()
        .min(1)
        .optional()
        .describe("Value of the label `job` of the series; default: the application's name"),
    ...times,
    port: targetPort().optional(),
    path: path().optional(),
    scheme: scheme().optional(),
    tls: tls().optional(),
    login: login().optional(),
    honorLabels: honorLabels().optional(),
    relabelings: relabelings().optional(),
    metricRelabelings: metricRelabelings().optional(),
};

const dnsNames = () =>
    z
        .array(
            text(
                "DNS name",
                /^(?=.{1,253}$)[a-zA-Z0-9_]([-_a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9_]([-_a-zA-Z0-9]*[a-zA-Z0-9])?)*\.?$/,
                "expected a DNS name without port, such as db.example.com",
            ),
        )
        .min(1);

/** Only who answers knows these ports, and NetworkPolicies have to. */
const foundPorts = () =>
    z.array(port()).min(1).describe("Ports that the targets have: where NetworkPolicies let Prometheus call");

/** Who knows the addresses of targets. Prometheus's defaults for `refresh`: discovery/dns and discovery/http, DefaultSDConfig. */
const directory = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("dns").describe("The addresses of DNS names, all at one port"),
        names: dnsNames().describe("Names that are looked up"),
        type: z.enum(["A", "AAAA", "MX", "NS"]).default("A").describe("Type of the records"),
        port: port().describe("Port of the targets"),
        refresh: duration().default("30s").describe("How often they are looked up"),
    }),
    z.strictObject({
        kind: z.literal("srv").describe("SRV records of DNS names, which have the port too"),
        names: dnsNames().describe("Names that are looked up, such as _metrics._tcp.example.com"),
        ports: foundPorts(),
        refresh: duration().default("30s").describe("How often they are looked up"),
    }),
    z.strictObject({
        kind: z.literal("http").describe("A URL that answers with the list, as Prometheus's HTTP discovery has it"),
        url: publicUrl("https://inventory.example.com/targets").describe("Where the list is"),
        ports: foundPorts(),
        refresh: duration().default("1m").describe("How often it is fetched"),
        tls: tls().optional(),
        login: login().optional(),
    }),
]);

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
        kind: z.literal("discovery").describe("Addresses that somebody else knows, as a ScrapeConfig"),
        ...scraped,
        from: directory.describe("Who knows them"),
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
