import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import { type RemoteWriteSettings, remoteWriteSchema, type VictoriaMetricsSettings } from "../../config/schema";
import { formatDuration, hoursOf, parseDuration } from "../../config/units";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "../secrets/secret-ref";
import { type Endpoint, urlOf } from "../workload/endpoint";
import { filesOf } from "../workload/files";
import { Workload } from "../workload/workload";

/** Inputs of {@link VictoriaMetrics}. */
export interface VictoriaMetricsArgs {
    platform: Platform;
    settings: VictoriaMetricsSettings;
    images: Pick<Images, "victoriaMetrics">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "victoriaMetrics">;
    /** Key `admin-key`: what is asked of whoever deletes series. */
    adminKey: SecretRef;
    /** How Prometheus scrapes: as many servers write, a sample at each interval. */
    prometheus: { replicas: number; scrapeInterval: string };
}

const storagePath = "/storage";
const keysPath = "/etc/victoria-metrics/keys";
const adminKey = "admin-key";
const httpPort = 8428;

/** Calls that lose data or fill the disk: anybody who may query could make them, through Grafana too. */
const guarded = ["deleteAuthKey", "snapshotAuthKey", "forceMergeAuthKey"];

/** Command line of VictoriaMetrics. */
export function victoriaMetricsFlags({
    settings,
    prometheus: { replicas, scrapeInterval },
}: Pick<VictoriaMetricsArgs, "settings" | "prometheus">): string[] {
    return [
        `-storageDataPath=${storagePath}`,
        `-httpListenAddr=:${httpPort}`,
        // Without it the port is one of IPv4 alone.
        "-enableTCP6",
        // Its own units begin with months.
        `-retentionPeriod=${hoursOf(settings.retention)}h`,
        "-loggerFormat=json",
        // Each Prometheus sends every sample: one of each interval is kept.
        ...(replicas > 1 ? [`-dedup.minScrapeInterval=${formatDuration(parseDuration(scrapeInterval))}`] : []),
        ...guarded.map((flag) => `-${flag}=file://${keysPath}/${adminKey}`),
    ];
}

/**
 * VictoriaMetrics, one server with a volume of its own. It is never more than one: a second would be a server of its own
 * with other data.
 */
export class VictoriaMetrics extends pulumi.ComponentResource {
    public readonly workload: Workload;
    /** API of Prometheus for queries, and remote write; no authentication. */
    public readonly endpoint: Endpoint;

    constructor(name: string, args: VictoriaMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:VictoriaMetrics", name, {}, opts);
        const { platform, settings, images, jobs } = args;
        const health = { path: "/health", port: "http" };
        this.workload = new Workload(
            name,
            {
                platform,
                app: "victoria-metrics",
                version: images.victoriaMetrics.version,
                objectName: "victoria-metrics",
                controller: {
                    kind: "StatefulSet",
                    replicas: settings.replicas,
                    volume: { ...settings.volume, mountPath: storagePath },
                },
                user: 65534,
                containers: [
                    {
                        name: "victoria-metrics",
                        image: images.victoriaMetrics.image,
                        args: victoriaMetricsFlags(args),
                        ports: { http: { port: httpPort } },
                        probes: {
                            readiness: health,
                            liveness: health,
                            // It opens all its files first.
                            startup: { ...health, failureThreshold: 60 },
                        },
                        resources: settings.resources,
                    },
                ],
                scrapes: [{ job: jobs.victoriaMetrics, port: "http" }],
                secrets: [filesOf(args.adminKey, keysPath, [adminKey])],
                // What it holds in memory goes to the disk first.
                terminationGracePeriodSeconds: 60,
            },
            { parent: this },
        );
        this.endpoint = this.workload.endpoint("http");
        this.registerOutputs({ endpoint: this.endpoint.service });
    }
}

/** The stack's own VictoriaMetrics as a server that Prometheus writes to: the series that it keeps, and no other. */
export function victoriaMetricsRemoteWrite({ series }: VictoriaMetricsSettings, server: Endpoint): RemoteWriteSettings {
    return remoteWriteSchema.parse({
        url: urlOf(server, "/api/v1/write"),
        relabelings: [
            { kind: "keep", regex: series },
            // The copies of several servers are one series, of which the server keeps one sample of each interval.
            { kind: "labelDrop", regex: "prometheus_replica" },
        ],
    });
}
