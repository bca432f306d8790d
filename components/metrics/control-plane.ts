import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type JobKey, scrapedControlPlane } from "../../config/jobs";
import type { ControlPlaneJob } from "../../config/platforms";
import type { ControlPlaneSettings, MetricsSettings, NetworkPoliciesSettings } from "../../config/schema";
import type { Platform } from "../platform/platform";
import { portsOf } from "../platform/ports";
import type { PodPeer } from "../workload/endpoint";
import { jobLabel, type Relabeling } from "../workload/service-monitor";
import {
    apiServerAddress,
    metricsApiPaths,
    scrapeClassNames,
    scrapedAt,
    systemNamespace,
} from "./control-plane-access";
import { apiServerDrops } from "./control-plane-samples";

/** Inputs of {@link ControlPlane}. */
export interface ControlPlaneArgs {
    platform: Platform;
    settings: MetricsSettings;
    /** Where the cluster's DNS runs. */
    dns: Pick<NetworkPoliciesSettings["dns"], "namespace" | "podLabels">;
    /** Pods of Prometheus. */
    prometheus: PodPeer;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, ControlPlaneJob>;
}

/** An object of the operator that makes Prometheus scrape a component. */
interface Monitor {
    apiVersion: "monitoring.coreos.com/v1" | "monitoring.coreos.com/v1alpha1";
    kind: "ServiceMonitor" | "PodMonitor" | "ScrapeConfig";
    spec: object;
}

/** Components in pods of the host's network, which declare no port or none by a common name: the ports of kubeadm. */
const hostPorts = { controllerManager: 10257, etcd: 2379, kubeProxy: 10249, scheduler: 10259 } as const;

type HostJob = keyof typeof hostPorts;

const v1 = "monitoring.coreos.com/v1";

/** Puts a port in place of the one that a pod declares, if it does. */
function atPort(port: number): Relabeling[] {
    const address = (regex: string, replacement: string): Relabeling => ({
        action: "replace",
        sourceLabels: ["__meta_kubernetes_pod_ip"],
        regex,
        targetLabel: "__address__",
        replacement: `${replacement}:${port}`,
    });
    return [address("([^:]+)", "$1"), address("(.+:.+)", "[$1]")];
}

/** A client certificate in a Secret of the stack's namespace. */
function certificate(name: string) {
    return {
        ca: { secret: { name, key: "ca.crt" } },
        cert: { secret: { name, key: "tls.crt" } },
        keySecret: { name, key: "tls.key" },
    };
}

function apiServers(job: string): Monitor {
    return {
        apiVersion: v1,
        kind: "ServiceMonitor",
        spec: {
            scrapeClass: scrapeClassNames.apiServers,
            namespaceSelector: { matchNames: ["default"] },
            selector: { matchLabels: { component: "apiserver", provider: "kubernetes" } },
            endpoints: [
                {
                    port: "https",
                    scheme: "https",
                    path: "/metrics",
                    relabelings: [jobLabel(job)],
                    metricRelabelings: apiServerDrops,
                },
            ],
        },
    };
}

function coreDns(job: string, { namespace, podLabels }: ControlPlaneArgs["dns"]): Monitor {
    return {
        apiVersion: v1,
        kind: "PodMonitor",
        spec: {
            namespaceSelector: { matchNames: [namespace] },
            selector: { matchLabels: { ...podLabels } },
            // The name that kubeadm, K3s and EKS alike give port 9153.
            podMetricsEndpoints: [{ port: "metrics", path: "/metrics", relabelings: [jobLabel(job)] }],
        },
    };
}

/** A component in pods of the host's network. */
function hostPods(key: HostJob, job: string, { etcd, podLabels }: ControlPlaneSettings): Monitor {
    const guarded = key === "controllerManager" || key === "scheduler";
    const secured = key === "etcd" && etcd.kind !== "none" && etcd.certificate !== undefined;
    return {
        apiVersion: v1,
        kind: "PodMonitor",
        spec: {
            ...(guarded ? { scrapeClass: scrapeClassNames[key] } : {}),
            namespaceSelector: { matchNames: [systemNamespace] },
            selector: { matchLabels: podLabels[key] },
            podMetricsEndpoints: [
                {
                    path: "/metrics",
                    scheme: guarded || secured ? "https" : "http",
                    ...(secured ? { tlsConfig: certificate(etcd.certificate ?? "") } : {}),
                    relabelings: [jobLabel(job), ...atPort(hostPorts[key])],
                },
            ],
        },
    };
}

/** A component that the API server passes on: asked for once, for all API servers give the same answer. */
function metricsApi(key: ControlPlaneJob, job: string): Monitor {
    return {
        apiVersion: "monitoring.coreos.com/v1alpha1",
        kind: "ScrapeConfig",
        spec: {
            scrapeClass: scrapeClassNames.metricsApi,
            jobName: job,
            scheme: "HTTPS",
            metricsPath: metricsApiPaths[key],
            staticConfigs: [{ targets: [apiServerAddress] }],
        },
    };
}

function etcdAddresses(job: string, etcd: Extract<ControlPlaneSettings["etcd"], { kind: "addresses" }>): Monitor {
    return {
        apiVersion: "monitoring.coreos.com/v1alpha1",
        kind: "ScrapeConfig",
        spec: {
            jobName: job,
            metricsPath: "/metrics",
            scheme: etcd.certificate === undefined ? "HTTP" : "HTTPS",
            ...(etcd.certificate === undefined ? {} : { tlsConfig: certificate(etcd.certificate) }),
            // The API server takes no address twice.
            staticConfigs: [{ targets: [...new Set(etcd.addresses)] }],
        },
    };
}

/** What Prometheus is told to scrape of Kubernetes itself, by component; nothing of what comes in the kubelets' answers. */
function monitors({
    platform,
    settings,
    dns,
    jobs,
}: Omit<ControlPlaneArgs, "prometheus">): [ControlPlaneJob, Monitor][] {
    const { controlPlane } = settings;
    const { etcd } = controlPlane;
    const inPods = scrapedAt(platform, settings, "pods");
    return [
        ...scrapedAt(platform, settings, "apiServers").map((key): [ControlPlaneJob, Monitor] => [
            key,
            apiServers(jobs[key]),
        ]),
        ...(inPods.includes("coreDns")
            ? [["coreDns", coreDns(jobs.coreDns, dns)] satisfies [ControlPlaneJob, Monitor]]
            : []),
        ...hostJobs(platform, settings).map((key): [ControlPlaneJob, Monitor] => [
            key,
            hostPods(key, jobs[key], controlPlane),
        ]),
        ...scrapedAt(platform, settings, "metricsApi").map((key): [ControlPlaneJob, Monitor] => [
            key,
            metricsApi(key, jobs[key]),
        ]),
        ...(etcd.kind === "addresses"
            ? [["etcd", etcdAddresses(jobs.etcd, etcd)] satisfies [ControlPlaneJob, Monitor]]
            : []),
    ];
}

/** The components that are scraped in pods of the host's network. */
function hostJobs(platform: Platform, settings: MetricsSettings): HostJob[] {
    const inPods = scrapedAt(platform, settings, "pods");
    const byAddress = settings.controlPlane.etcd.kind === "addresses";
    return (Object.keys(hostPorts) as HostJob[]).filter(
        (key) => inPods.includes(key) && !(key === "etcd" && byAddress),
    );
}

/** Whether there is anything for {@link ControlPlane} to make. */
export function hasControlPlane(platform: Pick<Platform, "kind">, metrics: MetricsSettings): boolean {
    const inKubelets = scrapedAt(platform, metrics, "kubelet");
    return scrapedControlPlane({ cluster: { platform: platform.kind }, metrics }).length > inKubelets.length;
}

/** Scrapes the components of Kubernetes, as the platform shows them. */
export class ControlPlane extends pulumi.ComponentResource {
    constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:ControlPlane", name, {}, opts);
        const { platform, settings, prometheus } = args;
        for (const [key, monitor] of monitors(args)) {
            new k8s.apiextensions.CustomResource(
                `${name}-${args.jobs[key]}`,
                { ...monitor, metadata: platform.metadata(args.jobs[key]) },
                { parent: this, dependsOn: platform.monitoringApi },
            );
        }
        const ports = hostJobs(platform, settings).map((key) => hostPorts[key]);
        if (ports.length > 0) {
            platform.network.egress(prometheus, "nodes", ports);
        }
        const { etcd } = settings.controlPlane;
        if (etcd.kind === "addresses") {
            platform.network.egress(prometheus, "targets", portsOf(etcd.addresses));
        }
        this.registerOutputs({});
    }
}
