import type { AreaInput, ClusterSettings } from "./schema";
import type { DeepPartial } from "./profiles/profile";

/** What kind of cluster it is. */
export type PlatformName = ClusterSettings["platform"];

/**
 * What differs from platform to platform, as defaults below the profile's. Where a platform says nothing, the cluster's
 * own default class decides.
 */
export const platforms: Readonly<Record<PlatformName, DeepPartial<AreaInput>>> = {
    generic: {},
    // https://docs.k3s.io/storage and https://docs.k3s.io/networking/networking-services: both come with K3s; Traefik
    // runs in kube-system.
    k3s: {
        platform: { storageClass: "local-path" },
        metrics: { kubeletCertificate: "clusterCa" },
        grafana: { exposure: { kind: "ingress", className: "traefik" } },
        networkPolicies: {
            apiServer: { ports: [6443] },
            ingressController: {
                namespace: "kube-system",
                podLabels: { "app.kubernetes.io/name": "traefik" },
            },
        },
    },
    // gp2 is the one class that EKS makes by itself; since Kubernetes 1.30 it isn't the cluster's default any more.
    eks: {
        platform: { storageClass: "gp2" },
        metrics: { kubeletCertificate: "clusterCa" },
        networkPolicies: { apiServer: { ports: [443] } },
    },
};
