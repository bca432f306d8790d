import type { AreaInput, ClusterSettings } from "./schema";
import type { DeepPartial } from "./profiles/profile";

/** What kind of cluster it is. */
export type PlatformName = ClusterSettings["platform"];

/** Components of Kubernetes itself, apart from the kubelets. */
export const controlPlaneJobs = [
    "apiServer",
    "controllerManager",
    "coreDns",
    "etcd",
    "kubeProxy",
    "scheduler",
] as const;

export type ControlPlaneJob = (typeof controlPlaneJobs)[number];

/** Where a platform shows the metrics of a component. */
export type Shown =
    /** At each address behind the Service `kubernetes`. */
    | "apiServers"
    /** At pods of its own. */
    | "pods"
    /** In the answer of the kubelet, with which it shares a process: scraped once, and told apart by name. */
    | "kubelet"
    /** At a path of the API server, which passes it on. */
    | "metricsApi"
    | "nowhere";

/** What differs from platform to platform. */
export interface PlatformTraits {
    /** Defaults below the profile's. Where a platform says nothing, the cluster's own default class decides. */
    readonly settings: DeepPartial<AreaInput>;
    readonly controlPlane: Readonly<Record<ControlPlaneJob, Shown>>;
    /** Whether the cluster may have an IngressClass that an Ingress without one gets; else its name has to be said. */
    readonly defaultIngressClass: boolean;
}

/** The one table of platforms: targets, what is dropped of them, alerts, classes, addresses and access to S3 follow from it. */
export const platforms: Readonly<Record<PlatformName, PlatformTraits>> = {
    generic: {
        settings: {},
        // As kubeadm runs them.
        controlPlane: {
            apiServer: "apiServers",
            controllerManager: "pods",
            coreDns: "pods",
            etcd: "pods",
            kubeProxy: "pods",
            scheduler: "pods",
        },
        defaultIngressClass: true,
    },
    // https://docs.k3s.io/storage and https://docs.k3s.io/networking/networking-services: both come with K3s; Traefik
    // runs in kube-system.
    k3s: {
        settings: {
            platform: { storageClass: "local-path" },
            metrics: {
                kubeletCertificate: "clusterCa",
                controlPlane: { controllerManager: true, kubeProxy: true, scheduler: true },
            },
            grafana: { exposure: { kind: "ingress", className: "traefik" } },
            networkPolicies: {
                apiServer: { ports: [6443] },
                ingressController: {
                    namespace: "kube-system",
                    podLabels: { "app.kubernetes.io/name": "traefik" },
                },
            },
        },
        // One process with one registry, which every port of it shows: https://docs.k3s.io/reference/metrics.
        controlPlane: {
            apiServer: "kubelet",
            controllerManager: "kubelet",
            coreDns: "pods",
            etcd: "nowhere",
            kubeProxy: "kubelet",
            scheduler: "kubelet",
        },
        defaultIngressClass: true,
    },
    // gp2 is the one class that EKS makes by itself; since Kubernetes 1.30 it isn't the cluster's default any more.
    eks: {
        settings: {
            platform: { storageClass: "gp2" },
            metrics: {
                kubeletCertificate: "clusterCa",
                controlPlane: { controllerManager: true, scheduler: true },
            },
            networkPolicies: { apiServer: { ports: [443] } },
            // Credentials that live for an hour in place of keys that live for ever:
            // https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
            objectStorage: { kind: "aws", access: { kind: "role" } },
        },
        // https://docs.aws.amazon.com/eks/latest/userguide/view-raw-metrics.html: from Kubernetes 1.28 on.
        controlPlane: {
            apiServer: "apiServers",
            controllerManager: "metricsApi",
            coreDns: "pods",
            etcd: "nowhere",
            kubeProxy: "pods",
            scheduler: "metricsApi",
        },
        // It brings no ingress controller, and the charts of the usual ones don't make theirs the default.
        defaultIngressClass: false,
    },
};

/** Where the cluster shows a component. */
export function shownAt({ platform }: Pick<ClusterSettings, "platform">, job: ControlPlaneJob): Shown {
    return platforms[platform].controlPlane[job];
}
