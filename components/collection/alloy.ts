import * as pulumi from "@pulumi/pulumi";
import type { input } from "@pulumi/kubernetes/types";
import type { JobKey } from "../../config/jobs";
import type { CollectionSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import { type Endpoint, urlOf } from "../workload/endpoint";
import { type ContainerArgs, fromField } from "../workload/pod";
import { Workload } from "../workload/workload";
import { defaultMetadata, defaultRetry, renderPipeline } from "./pipeline";

export type AlloySettings = Extract<CollectionSettings["logs"], { kind: "alloy" }>;

/** Inputs of {@link Alloy}. */
export interface AlloyArgs {
    platform: Platform;
    settings: AlloySettings;
    images: Pick<Images, "alloy">;
    /** Where lines go. */
    loki: Endpoint;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "alloy">;
}

const configFolder = "/etc/alloy";
const storageFolder = "/var/lib/alloy/data";
const port = 12345;
const nodeVariable = "NODE_NAME";

/** Just what discovery and tailing through the API call. */
const rules: input.rbac.v1.PolicyRule[] = [
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

/**
 * Grafana Alloy on every node, reading its own node's pods through the Kubernetes API: no access to the host at all.
 *
 * How far it has read is kept for as long as the pod lives. A new pod reads what the kubelet still has once more, and
 * Loki drops the lines it already knows. Two gaps it has by itself, and tells nobody: after an error of the log API it
 * goes on from the time of the last attempt that failed (alloy#7192), and it leaves out a line whose time is before that
 * of the line above it, as where stdout and stderr meet (alloy#7080).
 */
export class Alloy extends pulumi.ComponentResource {
    /** Its metrics and its UI. */
    public readonly endpoint: Endpoint;

    constructor(name: string, args: AlloyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:collection:Alloy", name, {}, opts);
        const { platform, loki } = args;
        const workload = new Workload(
            name,
            {
                platform,
                app: "alloy",
                version: args.images.alloy.version,
                objectName: "alloy",
                controller: { kind: "DaemonSet" },
                user: 473,
                containers: [container(args)],
                scrapes: [{ job: args.jobs.alloy, port: "http" }],
                config: [
                    {
                        name: "alloy-config",
                        mountPath: configFolder,
                        files: {
                            "config.alloy": renderPipeline({
                                cluster: platform.clusterName,
                                pods: args.settings.pods,
                                pushUrl: urlOf(loki, "/loki/api/v1/push"),
                                nodeVariable,
                                metadata: defaultMetadata,
                                retry: defaultRetry,
                            }),
                        },
                    },
                ],
                rules: { cluster: rules },
            },
            { parent: this },
        );
        platform.network.connect(workload.pods, loki);
        platform.network.egress(workload.pods, "apiServer");
        this.endpoint = workload.endpoint("http");
        this.registerOutputs({});
    }
}

function container({ images, settings }: AlloyArgs): ContainerArgs {
    // Ready means that the configuration was loaded, and stays so; /-/healthy fails for a single component's trouble.
    const loaded = { path: "/-/ready", port: "http" };
    return {
        name: "alloy",
        image: images.alloy.image,
        args: [
            "run",
            `${configFolder}/config.alloy`,
            `--storage.path=${storageFolder}`,
            `--server.http.listen-addr=0.0.0.0:${port}`,
            "--stability.level=generally-available",
            "--disable-reporting",
        ],
        env: [fromField(nodeVariable, "spec.nodeName")],
        ports: { http: { port } },
        probes: {
            readiness: loaded,
            liveness: { ...loaded, periodSeconds: 30, failureThreshold: 5 },
            startup: { ...loaded, periodSeconds: 5, failureThreshold: 24 },
        },
        resources: settings.resources,
        scratch: { [storageFolder]: "256Mi", "/tmp": "64Mi" },
    };
}
