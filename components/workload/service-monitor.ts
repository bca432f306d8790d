import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "../secrets/secret-ref";

/** Fields of a Prometheus relabelling rule that the stack uses. */
export interface Relabeling {
    action?: "replace" | "keep" | "drop" | "labeldrop" | "labelkeep" | "labelmap";
    sourceLabels?: string[];
    regex?: string;
    targetLabel?: string;
    replacement?: string;
}

/** Gives the series of a target their `job`, by which rules and dashboards select. */
export const jobLabel = (job: string) =>
    ({ action: "replace", targetLabel: "job", replacement: job }) satisfies Relabeling;

/** Keeps the operator's relabelling from giving a target to one shard alone. */
const everyShard: Relabeling = { action: "replace", targetLabel: "__tmp_disable_sharding", replacement: "true" };

/** How discovery calls a pod's label: only letters, digits and underscores are left of its key. */
export function discoveredPodLabel(key: string): string {
    return `__meta_kubernetes_pod_label_${key.replace(/[^a-zA-Z0-9_]/g, "_")}`;
}

/** The node's name in place of an address, which says little on a dashboard and changes with the node's lease. */
export const instanceIsNode: Relabeling = {
    action: "replace",
    sourceLabels: ["__meta_kubernetes_pod_node_name"],
    targetLabel: "instance",
};

/** How a port is scraped. */
export interface ScrapeArgs {
    /** Value of the label `job`: rules and dashboards select by it. */
    job: string;
    /** @default "/metrics" */
    path?: string;
    /** Name of the Service's port. */
    port: string;
    /** @default the Prometheus's own interval */
    interval?: string;
    /** Keep labels that the target itself gives, as for kube-state-metrics.  @default false */
    honorLabels?: boolean;
    /** Secret in the same namespace with the keys `username` and `password`.  @default no login */
    basicAuth?: SecretRef;
    /** HTTPS with a certificate for `host` that the authority in the Secret's key signed.  @default plain HTTP */
    tls?: { authority: { secret: SecretRef; key: string }; host: string };
    /** Whether each shard of Prometheus scrapes all of its targets, for rules that the shards evaluate.  @default false */
    byEveryShard?: boolean;
    relabelings?: Relabeling[];
    metricRelabelings?: Relabeling[];
}

/** Inputs of {@link serviceMonitor}. */
export interface ServiceMonitorArgs {
    platform: Platform;
    /** Name of the object. */
    objectName: string;
    /** Labels of the Service. */
    selector: Record<string, string>;
    /** Namespace of the Service; the monitor is made there too. */
    namespace: string;
    scrapes: ScrapeArgs[];
}

/** A ServiceMonitor whose series carry the job name that the rules know. */
export function serviceMonitor(
    name: string,
    args: ServiceMonitorArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "ServiceMonitor",
            metadata: args.platform.metadata(args.objectName, {}, args.namespace),
            spec: {
                selector: { matchLabels: args.selector },
                endpoints: args.scrapes.map((scrape) => ({
                    port: scrape.port,
                    path: scrape.path ?? "/metrics",
                    ...(scrape.interval === undefined ? {} : { interval: scrape.interval }),
                    ...(scrape.honorLabels === true ? { honorLabels: true } : {}),
                    ...(scrape.basicAuth === undefined ? {} : { basicAuth: basicAuth(scrape.basicAuth) }),
                    ...(scrape.tls === undefined ? {} : { scheme: "https", tlsConfig: tlsConfig(scrape.tls) }),
                    relabelings: [
                        jobLabel(scrape.job),
                        ...(scrape.byEveryShard === true ? [everyShard] : []),
                        ...(scrape.relabelings ?? []),
                    ],
                    ...(scrape.metricRelabelings === undefined ? {} : { metricRelabelings: scrape.metricRelabelings }),
                })),
            },
        },
        { ...opts, dependsOn: [...asArray(opts.dependsOn), ...args.platform.monitoringApi] },
    );
}

function basicAuth({ name }: SecretRef) {
    return { username: { name, key: "username" }, password: { name, key: "password" } };
}

function tlsConfig({ authority: { secret, key }, host }: NonNullable<ScrapeArgs["tls"]>) {
    return { ca: { secret: { name: secret.name, key } }, serverName: host };
}

function asArray(value: pulumi.CustomResourceOptions["dependsOn"]): pulumi.Input<pulumi.Resource>[] {
    return value === undefined ? [] : Array.isArray(value) ? value : [value as pulumi.Input<pulumi.Resource>];
}
