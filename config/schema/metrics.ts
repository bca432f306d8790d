import { z } from "zod";
import { watchedKindNames } from "../watched-kinds";
import { blackboxSchema } from "./blackbox";
import { bytes, callers, dnsLabel, duration, labels, limit, nodePort, port, resources, volume } from "./common";
import { controlPlaneSchema } from "./control-plane";
import { remoteWriteSchema } from "./remote-write";
import { targetSchema } from "./targets";
import { telegrafSchema } from "./telegraf";
import { victoriaMetricsSchema } from "./victoria-metrics";

/** Names of labels or annotations by kind of object, as kube-state-metrics takes them. */
const ofObjects = (what: string) =>
    z
        .partialRecord(
            z.enum(watchedKindNames),
            z
                .array(
                    z.string().regex(/^(\*|([a-z0-9][a-z0-9.-]*\/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)$/, {
                        error: "expected the name of a label or annotation, such as app.kubernetes.io/name, or *",
                    }),
                )
                .min(1)
                .describe(`${what} of this kind`),
        )
        .default({});

export const metricsSchema = z
    .strictObject({
        replicas: z.int().min(1).max(10).default(2).describe("Prometheus servers that scrape the same targets"),
        shards: z
            .int()
            .min(1)
            .max(50)
            .optional()
            .describe(
                "Groups of `replicas` servers that divide the targets among them, for more than one server can hold; " +
                    "more than one needs longTerm.ruler. Default: 1, or what perch:load asks for",
            ),
        scrapeInterval: duration().default("30s").describe("How often targets are scraped"),
        evaluationInterval: duration().optional().describe("How often rules are evaluated; default: scrapeInterval"),
        ruleQueryOffset: duration()
            .optional()
            .describe(
                "How far back rules look, for samples that come late; alerts are later by that. Default: 30s with " +
                    "remoteWriteReceiver.enabled, else 0s",
            ),
        retention: duration().default("2d").describe("How long Prometheus keeps samples on its own disk"),
        retentionSize: bytes()
            .optional()
            .describe(
                "Size cap of blocks, write-ahead log and head on disk, below the volume; default: 85 % of the volume, for compaction",
            ),
        volume: volume("50Gi"),
        resources: resources({ cpu: "500m", memory: "2Gi" }),
        exposure: z
            .discriminatedUnion("kind", [
                z.strictObject({
                    kind: z.literal("none").describe("Only inside the cluster; reach it by port-forward"),
                }),
                z.strictObject({ kind: z.literal("nodePort"), port: nodePort() }),
            ])
            .prefault({ kind: "none" })
            .describe(
                "How Prometheus is reached from outside. It has no login: whoever reaches it reads every series; " +
                    "with networkPolicies.enabled, clients and nodes must be narrower than everywhere",
            ),
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
        outOfOrderTimeWindow: duration()
            .default("0s")
            .describe("How much older than its series' newest a sample may be, for what is pushed; 0s: not at all"),
        remoteWriteReceiver: z
            .strictObject({
                enabled: z
                    .boolean()
                    .default(false)
                    .describe(
                        "Take what others write to /api/v1/write; without authentication, as all of Prometheus's API",
                    ),
                writers: callers().describe("Applications that write, by name: the NetworkPolicy lets them in"),
            })
            .prefault({})
            .describe("Remote write into Prometheus"),
        remoteWrite: z
            .record(dnsLabel(), remoteWriteSchema)
            .default({})
            .describe(
                "Servers that get samples too, by name; their secrets are keys of their own: " +
                    "perch:remoteWrite.<name>.<secret>",
            ),
        externalLabels: labels()
            .default({})
            .describe(
                "Labels of everything that leaves Prometheus: alerts, blocks, remote write; beside cluster, prometheus " +
                    "and prometheus_replica, which are always there",
            ),
        targets: z
            .record(dnsLabel(), targetSchema)
            .default({})
            .describe("What is scraped beside what monitors in the cluster ask for, by name"),
        scrapeLimits: z
            .strictObject({
                samples: limit("Samples of one scrape"),
                labels: limit("Labels of a sample"),
                labelNameLength: limit("Bytes of a label's name"),
                labelValueLength: limit("Bytes of a label's value"),
                bodySize: bytes().optional().describe("Size of an answer, uncompressed; default: no limit"),
                targets: limit("Targets of one scrape job"),
            })
            .prefault({})
            .describe("What a target may cost, whatever its monitor says; a scrape above a limit fails as a whole"),
        nativeHistograms: z
            .enum(["none", "beside", "only"])
            .default("none")
            .describe(
                "Native histograms of targets that have them: beside the classic ones, which rules and dashboards " +
                    "read, or in their place",
            ),
        exemplarStorage: z
            .int()
            .min(0)
            .default(0)
            .describe("Exemplars that Prometheus keeps in memory, some 100 bytes each; 0: none"),
        walCompression: z
            .boolean()
            .default(true)
            .describe("Compress the write-ahead log: half the disk for a little CPU"),
        kubelet: z.boolean().default(true).describe("Scrape kubelets and their cAdvisor"),
        kubeletCertificate: z
            .enum(["any", "clusterCa"])
            .default("any")
            .describe(
                "Which serving certificate a kubelet must show; clusterCa where the cluster's CA signs them (EKS, K3s), " +
                    "any where kubelets sign their own (kubeadm)",
            ),
        controlPlane: controlPlaneSchema,
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
                admissionWebhook: z
                    .strictObject({
                        enabled: z
                            .boolean()
                            .default(true)
                            .describe("Refuse rules that can't be loaded, when they are applied"),
                        resources: resources({ cpu: "10m", memory: "32Mi" }, { memory: "128Mi" }),
                    })
                    .prefault({})
                    .describe("Admission webhook of the operator: two servers with a certificate of `certificates`"),
            })
            .prefault({})
            .describe("Prometheus Operator"),
        kubeStateMetrics: z
            .strictObject({
                enabled: z.boolean().default(true).describe("Deploy kube-state-metrics"),
                shards: z
                    .int()
                    .min(1)
                    .max(50)
                    .default(1)
                    .describe("Pods that each tell of their share of the objects; more than one for thousands of pods"),
                labels: ofObjects("Labels").describe(
                    'Labels of objects that kube_<kind>_labels tells, by kind: pods: [app]; ["*"]: all',
                ),
                annotations: ofObjects("Annotations").describe(
                    "Annotations of objects that kube_<kind>_annotations tells, in the same way",
                ),
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
        telegraf: telegrafSchema,
        blackbox: blackboxSchema,
        victoriaMetrics: victoriaMetricsSchema,
    })
    .prefault({})
    .describe("Collection and short-term storage of metrics");

export type MetricsSettings = z.output<typeof metricsSchema>;
