import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../../config/schema";
import { containerSecurityContext } from "./house";

/** A port that a container listens on. */
export interface PortArgs {
    /** Port in the pod. */
    port: number;
    /** Port of the Service.  @default the pod's port */
    servicePort?: number;
    /** @default "TCP" */
    protocol?: "TCP" | "UDP";
    /** @default the DNS-based guess of the mesh; set for gRPC ("grpc") */
    appProtocol?: string;
}

/** An environment variable with a field of the pod: `spec.nodeName`. */
export function fromField(name: string, fieldPath: string): input.core.v1.EnvVar {
    return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** A probe by HTTP, or of a port alone. Times are in seconds. */
export interface ProbeArgs {
    /** @default none: the program speaks no HTTP, and taking the connection is its answer */
    path?: string;
    /** Name of one of the container's ports. */
    port: string;
    /** HTTPS, whatever the certificate.  @default "HTTP" */
    scheme?: "HTTP" | "HTTPS";
    /** @default 10 */
    periodSeconds?: number;
    /** @default 3 */
    failureThreshold?: number;
    /** @default 3 */
    timeoutSeconds?: number;
    /** @default 0 */
    initialDelaySeconds?: number;
}

/** One container; what the house demands of every container is required here. */
export interface ContainerArgs {
    name: string;
    image: pulumi.Input<string>;
    command?: string[];
    args?: pulumi.Input<string>[];
    env?: input.core.v1.EnvVar[];
    /** By name; at most 15 characters. */
    ports: Record<string, PortArgs>;
    probes: {
        readiness: ProbeArgs;
        liveness: ProbeArgs;
        /** For what may start slowly, such as a WAL replay.  @default none */
        startup?: ProbeArgs;
    };
    resources: Resources;
    /** Writable folders in memory or on the node's disk, gone with the pod: path to size limit. */
    scratch?: Record<string, string>;
    /** Further mounts of volumes that the workload declares. */
    mounts?: input.core.v1.VolumeMount[];
}

function probe(args: ProbeArgs): input.core.v1.Probe {
    return {
        ...(args.path === undefined
            ? { tcpSocket: { port: args.port } }
            : {
                  httpGet: {
                      path: args.path,
                      port: args.port,
                      ...(args.scheme === undefined ? {} : { scheme: args.scheme }),
                  },
              }),
        periodSeconds: args.periodSeconds ?? 10,
        failureThreshold: args.failureThreshold ?? 3,
        timeoutSeconds: args.timeoutSeconds ?? 3,
        ...(args.initialDelaySeconds === undefined ? {} : { initialDelaySeconds: args.initialDelaySeconds }),
    };
}

/** Name of the volume behind a scratch folder. */
function scratchName(container: string, path: string): string {
    return `${container}-${path.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}`.slice(0, 63);
}

/** The volumes that a container's scratch folders need. */
export function scratchVolumes(container: ContainerArgs): input.core.v1.Volume[] {
    return Object.entries(container.scratch ?? {}).map(([path, sizeLimit]) => ({
        name: scratchName(container.name, path),
        emptyDir: { sizeLimit },
    }));
}

/** Requests and limits as Kubernetes takes them; no key for a limit that isn't set. */
export function resourceRequirements(resources: Resources): input.core.v1.ResourceRequirements {
    return {
        requests: { ...resources.requests },
        ...(Object.keys(resources.limits).length === 0 ? {} : { limits: { ...resources.limits } }),
    };
}

/** A container by the house standard: unprivileged, read-only root, probed, with resources. */
export function container(args: ContainerArgs, mounts: input.core.v1.VolumeMount[]): input.core.v1.Container {
    return {
        name: args.name,
        image: args.image,
        ...(args.command === undefined ? {} : { command: args.command }),
        ...(args.args === undefined ? {} : { args: args.args }),
        ...(args.env === undefined ? {} : { env: args.env }),
        ports: Object.entries(args.ports).map(([name, port]) => ({
            name,
            containerPort: port.port,
            protocol: port.protocol ?? "TCP",
        })),
        readinessProbe: probe(args.probes.readiness),
        livenessProbe: probe(args.probes.liveness),
        ...(args.probes.startup === undefined ? {} : { startupProbe: probe(args.probes.startup) }),
        resources: resourceRequirements(args.resources),
        securityContext: containerSecurityContext,
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [
            ...mounts,
            ...(args.mounts ?? []),
            ...Object.keys(args.scratch ?? {}).map((path) => ({ name: scratchName(args.name, path), mountPath: path })),
        ],
    };
}
