import { z } from "zod";
import { bytes, duration, port, resources, volume } from "./common";

export const metricsSchema = z
    .strictObject({
        replicas: z.int().min(1).max(10).default(2).describe("Prometheus servers that scrape the same targets"),
        scrapeInterval: duration().default("30s").describe("How often targets are scraped"),
        evaluationInterval: duration().optional().describe("How often rules are evaluated; default: scrapeInterval"),
        retention: duration().default("2d").describe("How long Prometheus keeps samples on its own disk"),
        retentionSize: bytes()
            .optional()
            .describe(
                "Size cap of the samples on disk, below the volume; default: 85 % of the volume, for WAL and compaction",
            ),
        volume: volume("50Gi"),
        resources: resources({ cpu: "500m", memory: "2Gi" }),
        jobName: z
            .string()
            .min(1)
            .default("prometheus")
            .describe("Value of the label `job` on Prometheus's own series, used by rules and dashboards"),
        blockLength: duration()
            .default("2h")
            .describe(
                "Span of a block that Prometheus writes and its sidecar uploads: the bucket is up to one and a half " +
                    "behind; for a trial a whole part of 2h from 1m up, such as 2m",
            ),
        kubelet: z.boolean().default(true).describe("Scrape kubelets and their cAdvisor"),
        kubeletCertificate: z
            .enum(["any", "clusterCa"])
            .default("any")
            .describe(
                "Which serving certificate a kubelet must show; clusterCa where the cluster's CA signs them (EKS, K3s), " +
                    "any where kubelets sign their own (kubeadm)",
            ),
        monitorsMayReadFiles: z
            .boolean()
            .default(false)
            .describe(
                "Accept ServiceMonitors that name files of Prometheus, such as bearerTokenFile: " +
                    "whoever may write one can then have Prometheus's own token sent to a pod of theirs",
            ),
        operator: z
            .strictObject({
                crds: z
                    .enum(["install", "existing"])
                    .default("install")
                    .describe("Apply the operator's CRDs, or use those that somebody else keeps in the cluster"),
                resources: resources({ cpu: "50m", memory: "128Mi" }, { memory: "512Mi" }),
            })
            .prefault({})
            .describe("Prometheus Operator"),
        kubeStateMetrics: z
            .strictObject({
                enabled: z.boolean().default(true).describe("Deploy kube-state-metrics"),
                resources: resources({ cpu: "20m", memory: "128Mi" }, { memory: "512Mi" }),
            })
            .prefault({}),
        nodeExporter: z
            .strictObject({
                enabled: z.boolean().default(true).describe("Deploy node-exporter on every node"),
                port: port().default(9100).describe("Host port; change it where another node-exporter has 9100"),
                resources: resources({ cpu: "20m", memory: "32Mi" }, { memory: "128Mi" }),
            })
            .prefault({}),
    })
    .prefault({})
    .describe("Collection and short-term storage of metrics");

export type MetricsSettings = z.output<typeof metricsSchema>;
