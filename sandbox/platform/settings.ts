import { inRunDir } from "../paths";

/** The platform's processes in the order of their start. */
export const componentNames = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "cluster-agent",
] as const;

export type ComponentName = (typeof componentNames)[number];

/** Name of the daemon of an operator's pod. */
export const operatorDaemonPrefix = "operator-";

/** Absolute paths of the programs that the platform runs. */
export interface PlatformTools {
    etcd: string;
    "kube-apiserver": string;
    "kube-controller-manager": string;
    "kube-scheduler": string;
    kwok: string;
    /** Without it a Deployment of the Prometheus Operator never gets ready, and its pods say so. */
    "prometheus-operator"?: string;
}

/** Addresses inside the simulated cluster: nothing routes to them. */
export const network = {
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.96.0.0/16",
    /** First address of {@link network.serviceCidr}: the API server as pods see it. */
    apiServerServiceIp: "10.96.0.1",
    apiServerIp: "10.90.0.10",
    /** The nodes count up from 11. */
    nodeIpPrefix: "10.90.0.",
    /** Of load balancers and ingress controllers: TEST-NET-3, reserved for documentation (RFC 5737). */
    externalIpPrefix: "203.0.113.",
    clusterDomain: "cluster.local",
} as const;

/** Kubeconfig of the cluster's administrator: for the user, for Pulumi and for kubectl. */
export const adminKubeconfig = inRunDir("kubeconfig");

/** Marks the objects that the platform itself keeps in the cluster. */
export const platformLabel = { "app.kubernetes.io/managed-by": "perch-sandbox" } as const;
