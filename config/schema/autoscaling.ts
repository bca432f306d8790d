import { z } from "zod";
import { dnsLabel, duration, labelName, resources, text } from "./common";

const share = () => z.int().min(1).describe("Mean of all pods, in per cent of what they request");

const quantity = () =>
    text(
        "quantity",
        /^[1-9]\d*(m|k|M|G)?$|^0?\.\d+$|^[1-9]\d*\.\d+$/,
        "expected a quantity above 0, such as 100 or 500m",
    );

/** Value of a label as a HorizontalPodAutoscaler's selector takes it, which is less than Prometheus does. */
const selected = () =>
    text(
        "label value",
        /^(?=.{1,63}$)[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/,
        "expected 1 to 63 letters, digits, dashes, underscores and dots; any other value goes into the rule's series",
    );

/** What a HorizontalPodAutoscaler looks at. */
const hpaMetric = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("cpu").describe("CPU, by metrics-server"), utilization: share() }),
    z.strictObject({ kind: z.literal("memory").describe("Memory, by metrics-server"), utilization: share() }),
    z.strictObject({
        kind: z.literal("pods").describe("A metric of the custom metrics API: one of `rules`"),
        metric: z.string().min(1).describe("Its name in that API"),
        average: quantity().describe("Mean of all pods that is aimed at"),
    }),
    z.strictObject({
        kind: z.literal("external").describe("A metric of the external metrics API: one of `rules` with api external"),
        metric: z.string().min(1).describe("Its name in that API"),
        labels: z
            .record(labelName(), selected())
            .default({})
            .describe("Labels of the series that count; the sum of several does"),
        average: quantity().optional().describe("The metric divided by the number of pods, aimed at; or value"),
        value: quantity().optional().describe("The metric as it is, aimed at; or average"),
    }),
]);

const workload = {
    namespace: dnsLabel().describe("Namespace of the application"),
    kind: z.enum(["Deployment", "StatefulSet"]).default("Deployment"),
};

const targets = z
    .record(
        dnsLabel(),
        z.strictObject({
            ...workload,
            name: dnsLabel().optional().describe("Name of the workload; default: the target's name"),
            min: z.int().min(1).default(1).describe("Replicas at least"),
            max: z.int().min(1).describe("Replicas at most"),
            metrics: z
                .array(hpaMetric)
                .min(1)
                .describe("What it is scaled by: the one that asks for most replicas decides"),
        }),
    )
    .default({})
    .describe("Applications whose replicas follow their load, by name: a HorizontalPodAutoscaler each");

const neverScaled = z
    .array(z.strictObject({ ...workload, name: dnsLabel(), reason: z.string().min(1) }))
    .default([])
    .describe("Workloads that a target must not name, and why");

/** One metric of the API, made of one metric of Prometheus. */
const adapterRule = z.strictObject({
    api: z
        .enum(["custom", "external"])
        .default("custom")
        .describe("custom: of pods, in custom.metrics.k8s.io; external: of no object, in external.metrics.k8s.io"),
    series: z
        .string()
        .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})?$/, {
            error: 'expected the name of a metric, with or without matchers, such as http_requests_total{pod!=""}',
        })
        .describe("The series: a metric's name and matchers of its labels"),
    objects: z
        .record(labelName(), z.enum(["namespace", "pod"]))
        .default({ namespace: "namespace", pod: "pod" })
        .describe(
            "Which label names which kind of object; external: only the namespace counts, whose own series a target " +
                "gets, and without one it gets those of all",
        ),
    name: z
        .strictObject({
            matches: z.string().default("").describe("Regular expression on the metric's name; empty: all of it"),
            as: z.string().default("").describe("Name in the API, in which $1 is the first group; empty: that group"),
        })
        .prefault({})
        .describe("How the metric is called in the API"),
    query: z
        .string()
        .includes("<<.Series>>", { error: "expected a query with <<.Series>> and <<.LabelMatchers>>" })
        .includes("<<.LabelMatchers>>", { error: "expected a query with <<.Series>> and <<.LabelMatchers>>" })
        .describe("PromQL in which <<.Series>>, <<.LabelMatchers>> and <<.GroupBy>> stand for what is asked for"),
});

export const autoscalingSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({
            kind: z.literal("none").describe("No metrics but those of metrics-server"),
            targets,
            neverScaled,
        }),
        z.strictObject({
            kind: z
                .literal("prometheusAdapter")
                .describe("Metrics of Prometheus in the custom metrics API; one in a cluster, beside metrics-server"),
            targets,
            neverScaled,
            rules: z.record(dnsLabel(), adapterRule).describe("Metrics of the API, by name of the rule"),
            source: z
                .enum(["prometheus", "thanos"])
                .default("prometheus")
                .describe("Who is asked: Prometheus itself, or Thanos Query with the samples of all its servers"),
            relistInterval: duration()
                .default("1m")
                .describe("How often the adapter looks which series there are; at least metrics.scrapeInterval"),
            replicas: z.int().min(1).default(2).describe("Servers of the API"),
            resources: resources({ cpu: "20m", memory: "64Mi" }, { memory: "256Mi" }),
        }),
    ])
    .prefault({ kind: "none" })
    .describe("Replicas of applications by their load");

export type AutoscalingSettings = z.output<typeof autoscalingSchema>;
export type PrometheusAdapterSettings = Extract<AutoscalingSettings, { kind: "prometheusAdapter" }>;
export type AdapterRule = PrometheusAdapterSettings["rules"][string];
export type ScalingTarget = AutoscalingSettings["targets"][string];
export type ScalingMetric = ScalingTarget["metrics"][number];
