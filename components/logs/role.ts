import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../../config/schema";
import type { Image } from "../../config/versions";
import { type BucketAccess, bucketWorkloadArgs, caFiles, credentialsEnv } from "../object-storage/bucket-access";
import type { Platform } from "../platform/platform";
import type { ConfigFiles } from "../workload/files";
import type { ContainerArgs } from "../workload/pod";
import { type Controller, type ServiceArgs, Workload } from "../workload/workload";
import { dataFolder, goMemoryLimit } from "./loki-config";
import { lokiObjectName, type LokiTarget } from "./names";
import { lokiPorts } from "./ports";

/** Inputs of {@link lokiProcess}. */
export interface LokiProcessArgs {
    platform: Platform;
    image: Image;
    target: LokiTarget;
    controller: Controller;
    resources: Resources;
    configFile: pulumi.Input<string>;
    bucket: BucketAccess | undefined;
    /** Whether it finds others by gossip. */
    gossips: boolean;
    job: string;
    /** Seconds between TERM and KILL. */
    terminationGracePeriodSeconds: number;
}

/** Folder of the configuration in every Loki container. */
export const configFolder = "/etc/loki/config";

/** One kind of Loki process: the same image, configuration and probes, whatever its role. */
export function lokiProcess(name: string, args: LokiProcessArgs, opts: pulumi.ComponentResourceOptions): Workload {
    const { platform, bucket, target } = args;
    const objectName = lokiObjectName(target);
    const workload = new Workload(
        name,
        {
            platform,
            app: "loki",
            component: objectName,
            version: args.image.version,
            objectName,
            controller: args.controller,
            user: 10001,
            containers: [container(args)],
            services: services(args),
            scrapes: [{ job: args.job, port: "http" }],
            config: [configFiles(objectName, args)],
            ...(bucket === undefined ? {} : bucketWorkloadArgs(bucket)),
            terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
        },
        opts,
    );
    if (bucket !== undefined) {
        platform.network.egress(workload.pods, "objectStorage", [bucket.port]);
    }
    return workload;
}

function configFiles(objectName: string, { configFile, bucket }: LokiProcessArgs): ConfigFiles {
    return {
        name: `${objectName}-config`,
        mountPath: configFolder,
        files: { "config.yaml": configFile, ...(bucket === undefined ? {} : caFiles(bucket)) },
    };
}

function services({ target, controller }: LokiProcessArgs): ServiceArgs[] {
    const name = lokiObjectName(target);
    const ports = ["http", "grpc"];
    return [
        { name, ports },
        ...(controller.kind === "StatefulSet" ? [{ name: `${name}-headless`, headless: true, ports }] : []),
    ];
}

function container(args: LokiProcessArgs): ContainerArgs {
    const stateless = args.controller.kind === "Deployment";
    return {
        name: "loki",
        image: args.image.image,
        args: [`-config.file=${configFolder}/config.yaml`, `-target=${args.target}`],
        env: environment(args),
        ports: {
            http: { port: lokiPorts.http },
            grpc: { port: lokiPorts.grpc, appProtocol: "grpc" },
            ...(args.gossips ? { memberlist: { port: lokiPorts.memberlist } } : {}),
        },
        probes: {
            readiness: { path: "/ready", port: "http" },
            // /ready also fails while others are missing; a restart would only make that worse.
            liveness: { path: "/loki/api/v1/status/buildinfo", port: "http", periodSeconds: 30, failureThreshold: 10 },
            // A writer replays its WAL first, which may take a quarter of an hour.
            startup: { path: "/ready", port: "http", failureThreshold: stateless ? 30 : 90 },
        },
        resources: args.resources,
        scratch: { "/tmp": "256Mi", ...(stateless ? { [dataFolder]: "1Gi" } : {}) },
    };
}

function environment({ bucket, resources }: LokiProcessArgs): input.core.v1.EnvVar[] {
    const { memory } = resources.limits;
    return [
        // Only below a hard limit: without one, nothing kills the process, and a soft limit would just burn CPU.
        ...(memory === undefined ? [] : [{ name: "GOMEMLIMIT", value: goMemoryLimit(memory) }]),
        ...(bucket === undefined ? [] : credentialsEnv(bucket)),
    ];
}
