import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { AutoscalingSettings, ScalingMetric } from "../../config/schema";
import type { Platform } from "../platform/platform";

/** Inputs of {@link ScaledApplications}. */
export interface ScaledApplicationsArgs {
    platform: Platform;
    targets: AutoscalingSettings["targets"];
    /** What must serve before a metric of the custom metrics API is asked for.  @default nothing */
    customMetrics?: pulumi.Resource;
}

function metricSpec(metric: ScalingMetric): input.autoscaling.v2.MetricSpec {
    switch (metric.kind) {
        case "cpu":
        case "memory":
            return {
                type: "Resource",
                resource: {
                    name: metric.kind,
                    target: { type: "Utilization", averageUtilization: metric.utilization },
                },
            };
        case "pods":
            return {
                type: "Pods",
                pods: {
                    metric: { name: metric.metric },
                    target: { type: "AverageValue", averageValue: metric.average },
                },
            };
        case "external":
            return {
                type: "External",
                external: {
                    metric: {
                        name: metric.metric,
                        ...(Object.keys(metric.labels).length === 0
                            ? {}
                            : { selector: { matchLabels: metric.labels } }),
                    },
                    target:
                        metric.average === undefined
                            ? { type: "Value", value: metric.value ?? "" }
                            : { type: "AverageValue", averageValue: metric.average },
                },
            };
    }
}

/**
 * A HorizontalPodAutoscaler for each application that the settings name, in its namespace. Whoever deploys the application
 * must leave its replicas unset from then on.
 */
export class ScaledApplications extends pulumi.ComponentResource {
    constructor(name: string, args: ScaledApplicationsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:autoscaling:ScaledApplications", name, {}, opts);
        const { platform, targets, customMetrics } = args;
        for (const [key, { namespace, kind, name: workload = key, min, max, metrics }] of Object.entries(targets)) {
            new k8s.autoscaling.v2.HorizontalPodAutoscaler(
                `${name}-${key}`,
                {
                    metadata: { name: key, namespace, labels: platform.labels() },
                    spec: {
                        scaleTargetRef: { apiVersion: "apps/v1", kind, name: workload },
                        minReplicas: min,
                        maxReplicas: max,
                        metrics: metrics.map(metricSpec),
                    },
                },
                { parent: this, ...(customMetrics === undefined ? {} : { dependsOn: customMetrics }) },
            );
        }
        this.registerOutputs({});
    }
}
