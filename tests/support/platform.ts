import type * as pulumi from "@pulumi/pulumi";
import type { BucketAccess } from "../../components/object-storage/bucket-access";
import type { Edge } from "../../components/platform/network";
import { Platform } from "../../components/platform/platform";
import type { Endpoint } from "../../components/workload/endpoint";
import { type AreaInput, type AreaSettings, settingsSchema } from "../../config/schema";
import { type Deployed, deploy } from "./mocks";

/** Settings of a test: what it says, and defaults for the rest. */
export function settingsWith(
    input: Omit<AreaInput, "cluster"> & { cluster?: AreaInput["cluster"] } = {},
): AreaSettings {
    return settingsSchema.parse({ cluster: { name: "test" }, ...input });
}

/** Makes one component on a platform of its own. */
export function deployOnPlatform<T>(
    settings: Pick<AreaSettings, "cluster" | "platform">,
    make: (platform: Platform, opts: pulumi.ComponentResourceOptions) => T,
): Promise<Deployed<{ platform: Platform; component: T }>> {
    return deploy((opts) => {
        const platform = new Platform(
            "p",
            { stack: "test", cluster: settings.cluster, settings: settings.platform, hostAccess: false },
            opts,
        );
        return { platform, component: make(platform, opts) };
    });
}

/** An endpoint of some other component. */
export function endpointOf(service: string, port: number): Endpoint {
    const pods = { workload: service, namespace: "monitoring", labels: { "app.kubernetes.io/name": service } };
    return { service, namespace: "monitoring", portName: "http", port, podPort: port, pods };
}

/** A bucket as one client gets it, with keys in a Secret. */
export const bucketWithKeys: BucketAccess = {
    bucket: "logs-test",
    endpoint: "fsn1.your-objectstorage.com",
    region: "fsn1",
    insecure: false,
    pathStyle: true,
    port: 443,
    auth: { kind: "keys", secret: { name: "loki-bucket" } },
};

/** What an edge out of the stack leads to, as text. */
export function outside({ to }: Extract<Edge, { kind: "egress" }>): string {
    return typeof to === "string" ? to : `namespace ${to.namespace}`;
}

/** Edges as lines: `from -> to:port`. */
export function edgeLines(platform: Platform): string[] {
    return platform.network.edges().map((edge: Edge) => {
        const from = typeof edge.from === "string" ? edge.from : edge.from.workload;
        if (edge.kind === "egress") {
            return `${from} -> ${outside(edge)}${edge.ports.map((port) => `:${port}`).join("")}`;
        }
        return `${from} -> ${edge.to.pods.workload}:${edge.to.podPort}`;
    });
}

/** The pod template of a controller, as far as tests look at it. */
export interface PodTemplate {
    metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    spec: {
        containers: {
            name: string;
            image: string;
            args?: string[];
            env?: { name: string; value?: string; valueFrom?: object }[];
            ports: { name: string; containerPort: number }[];
            readinessProbe: { httpGet: { path: string } };
            livenessProbe: { httpGet: { path: string } };
            startupProbe?: { httpGet: { path: string }; failureThreshold: number };
            resources: { requests: Record<string, string>; limits?: Record<string, string> };
            securityContext: object;
            volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
        }[];
        volumes: Record<string, unknown>[];
        tolerations?: object[];
        nodeSelector?: Record<string, string>;
        affinity?: object;
        terminationGracePeriodSeconds: number;
        automountServiceAccountToken: boolean;
        securityContext: Record<string, unknown>;
        [field: string]: unknown;
    };
}

/** Spec of a Deployment, StatefulSet or DaemonSet, as far as tests look at it. */
export interface ControllerSpec {
    replicas?: number;
    serviceName?: string;
    strategy?: object;
    template: PodTemplate;
    volumeClaimTemplates?: { spec: { resources: { requests: { storage: string } }; storageClassName?: string } }[];
}
