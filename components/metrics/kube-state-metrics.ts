import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import { excludedFromAlerts } from "../../config/excluded-volumes";
import type { JobKey } from "../../config/jobs";
import type { MetricsSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import { watchedKindNames, watchedKinds } from "../../config/watched-kinds";
import type { Platform } from "../platform/platform";
import { fromField } from "../workload/pod";
import { Workload } from "../workload/workload";

/** Inputs of {@link KubeStateMetrics}. */
export interface KubeStateMetricsArgs {
    platform: Platform;
    settings: MetricsSettings["kubeStateMetrics"];
    images: Pick<Images, "kubeStateMetrics">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "kubeStateMetrics">;
}

const rules: input.rbac.v1.PolicyRule[] = Object.entries(watchedKinds).map(([group, resources]) => ({
    apiGroups: [group],
    resources: [...resources],
    verbs: ["list", "watch"],
}));

const objectName = "kube-state-metrics";

/** What a shard needs beside that to learn its number and how many there are. */
const shardRules: input.rbac.v1.PolicyRule[] = [
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
    { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [objectName], verbs: ["get", "list", "watch"] },
];

/** `pods=[app,team],nodes=[*]` */
function allowList(names: Partial<Record<string, string[]>>): string {
    return Object.entries(names)
        .map(([kind, each = []]) => `${kind}=[${each.join(",")}]`)
        .join(",");
}

/** Labels that the settings ask for, and the one of claims that rules read. */
function toldLabels(labels: MetricsSettings["kubeStateMetrics"]["labels"]) {
    const { persistentvolumeclaims: own = [] } = labels;
    const told = own.includes("*") || own.includes(excludedFromAlerts);
    return told ? labels : { ...labels, persistentvolumeclaims: [...own, excludedFromAlerts] };
}

/** Command line of kube-state-metrics. */
export function kubeStateMetricsFlags(settings: MetricsSettings["kubeStateMetrics"]): string[] {
    const { labels, annotations, shards, resources } = settings;
    return [
        "--port=8080",
        "--telemetry-port=8081",
        ...(resources.limits.memory === undefined ? [] : ["--auto-gomemlimit"]),
        `--resources=${watchedKindNames.join(",")}`,
        `--metric-labels-allowlist=${allowList(toldLabels(labels))}`,
        ...(Object.keys(annotations).length === 0 ? [] : [`--metric-annotations-allowlist=${allowList(annotations)}`]),
        ...(shards === 1 ? [] : ["--pod=$(POD_NAME)", "--pod-namespace=$(POD_NAMESPACE)"]),
    ];
}

/** Its own place in the cluster would hide that of the object that a series is about. */
const dropOwnPlace = { action: "labeldrop", regex: "(pod|service|endpoint|namespace)" } as const;

/**
 * kube-state-metrics: the state of the cluster's objects as series. Reads no Secret. More than one shard are a StatefulSet,
 * whose pods share the objects among them.
 */
export class KubeStateMetrics extends pulumi.ComponentResource {
    public readonly workload: Workload;

    constructor(name: string, args: KubeStateMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:KubeStateMetrics", name, {}, opts);
        const { platform, settings, images } = args;
        const job = args.jobs.kubeStateMetrics;
        const sharded = settings.shards > 1;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "kube-state-metrics",
                version: images.kubeStateMetrics.version,
                objectName,
                controller: sharded
                    ? { kind: "StatefulSet", replicas: settings.shards }
                    : // A second would double every series.
                      { kind: "Deployment", replicas: 1, strategy: "Recreate" },
                user: 65534,
                containers: [
                    {
                        name: "kube-state-metrics",
                        image: images.kubeStateMetrics.image,
                        args: kubeStateMetricsFlags(settings),
                        ...(sharded
                            ? {
                                  env: [
                                      fromField("POD_NAME", "metadata.name"),
                                      fromField("POD_NAMESPACE", "metadata.namespace"),
                                  ],
                              }
                            : {}),
                        ports: { "http-metrics": { port: 8080 }, telemetry: { port: 8081 } },
                        probes: {
                            readiness: { path: "/readyz", port: "telemetry" },
                            liveness: { path: "/livez", port: "http-metrics" },
                        },
                        resources: settings.resources,
                    },
                ],
                scrapes: [
                    { job, port: "http-metrics", honorLabels: true, relabelings: [dropOwnPlace] },
                    { job, port: "telemetry" },
                ],
                rules: { cluster: rules, ...(sharded ? { namespace: shardRules } : {}) },
            },
            { parent: this },
        );
        platform.network.egress(this.workload.pods, "apiServer");
        this.registerOutputs({});
    }
}
