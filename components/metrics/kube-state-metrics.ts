import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { MetricsSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import { Workload } from "../workload/workload";

/** Inputs of {@link KubeStateMetrics}. */
export interface KubeStateMetricsArgs {
    platform: Platform;
    settings: MetricsSettings["kubeStateMetrics"];
    images: Pick<Images, "kubeStateMetrics">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "kubeStateMetrics">;
}

/**
 * Kinds that it watches, by API group: the collectors and the permissions both come from here. Secrets and ConfigMaps are
 * left out: to watch them is to read their content, in the whole cluster.
 */
export const watchedKinds: Readonly<Record<string, readonly string[]>> = {
    "": [
        "limitranges",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "services",
    ],
    "admissionregistration.k8s.io": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    apps: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    autoscaling: ["horizontalpodautoscalers"],
    batch: ["cronjobs", "jobs"],
    "certificates.k8s.io": ["certificatesigningrequests"],
    "coordination.k8s.io": ["leases"],
    "discovery.k8s.io": ["endpointslices"],
    "networking.k8s.io": ["ingresses", "networkpolicies"],
    policy: ["poddisruptionbudgets"],
    "storage.k8s.io": ["storageclasses", "volumeattachments"],
};

const rules: input.rbac.v1.PolicyRule[] = Object.entries(watchedKinds).map(([group, resources]) => ({
    apiGroups: [group],
    resources: [...resources],
    verbs: ["list", "watch"],
}));

/** Its own place in the cluster would hide that of the object that a series is about. */
const dropOwnPlace = { action: "labeldrop", regex: "(pod|service|endpoint|namespace)" } as const;

/** kube-state-metrics: the state of the cluster's objects as series. Reads no Secret. */
export class KubeStateMetrics extends pulumi.ComponentResource {
    public readonly workload: Workload;

    constructor(name: string, args: KubeStateMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:KubeStateMetrics", name, {}, opts);
        const { platform, settings, images } = args;
        const job = args.jobs.kubeStateMetrics;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "kube-state-metrics",
                version: images.kubeStateMetrics.version,
                objectName: "kube-state-metrics",
                // One: a second would double every series.
                controller: { kind: "Deployment", replicas: 1, strategy: "Recreate" },
                user: 65534,
                containers: [
                    {
                        name: "kube-state-metrics",
                        image: images.kubeStateMetrics.image,
                        args: [
                            "--port=8080",
                            "--telemetry-port=8081",
                            ...(settings.resources.limits.memory === undefined ? [] : ["--auto-gomemlimit"]),
                            `--resources=${Object.values(watchedKinds).flat().sort().join(",")}`,
                        ],
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
                rules: { cluster: rules },
            },
            { parent: this },
        );
        platform.network.egress(this.workload.pods, "apiServer");
        this.registerOutputs({});
    }
}
