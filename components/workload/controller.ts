import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { Volume } from "../../config/schema";
import type { Platform } from "../platform/platform";
import type { Controller, WorkloadArgs } from "./args";
import { podTemplate } from "./pod-template";
import { claimRetention, claimSpec } from "./volumes";

/** Makes the Deployment, StatefulSet or DaemonSet of a workload. */
export function makeController(
    name: string,
    args: WorkloadArgs,
    placed: {
        metadata: input.meta.v1.ObjectMeta;
        selector: Record<string, string>;
        /** Name of the headless Service that names a StatefulSet's pods. */
        governingService: string;
    },
    opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
    const { controller } = args;
    const { metadata, selector } = placed;
    const common = { selector: { matchLabels: selector }, template: podTemplate(args, selector) };
    switch (controller.kind) {
        case "Deployment":
            return new k8s.apps.v1.Deployment(
                name,
                { metadata, spec: { ...common, replicas: controller.replicas, strategy: strategy(controller) } },
                opts,
            );
        case "StatefulSet":
            return new k8s.apps.v1.StatefulSet(
                name,
                {
                    metadata,
                    spec: {
                        ...common,
                        replicas: controller.replicas,
                        serviceName: placed.governingService,
                        podManagementPolicy: controller.podManagementPolicy ?? "Parallel",
                        persistentVolumeClaimRetentionPolicy: claimRetention(args.platform),
                        ...(controller.volume === undefined
                            ? {}
                            : { volumeClaimTemplates: [claim(controller.volume, args.platform, selector)] }),
                    },
                },
                opts,
            );
        case "DaemonSet":
            return new k8s.apps.v1.DaemonSet(
                name,
                {
                    metadata,
                    spec: {
                        ...common,
                        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
                    },
                },
                opts,
            );
    }
}

function strategy(controller: Extract<Controller, { kind: "Deployment" }>): input.apps.v1.DeploymentStrategy {
    return controller.strategy === "Recreate"
        ? { type: "Recreate" }
        : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
}

function claim(
    volume: Volume,
    platform: Platform,
    selector: Record<string, string>,
): input.core.v1.PersistentVolumeClaim {
    return {
        // A claim template is immutable: only the labels that never change.
        metadata: { name: "data", labels: selector },
        spec: claimSpec(volume, platform),
    };
}
