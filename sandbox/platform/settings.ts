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

/** Ports of the platform's processes. */
export type Ports = Record<ComponentName | "etcd-peer", number>;

/** Name of the daemon of an operator's pod. */
export const operatorDaemonPrefix = "operator-";

/** The programs of a platform with simulated pods. */
export const platformTools = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "prometheus-operator",
] as const;

/** Absolute paths of the programs that the platform runs. */
export interface PlatformTools {
    etcd: string;
    "kube-apiserver": string;
    "kube-controller-manager": string;
    "kube-scheduler": string;
    kwok: string;
    /** Without it a Deployment of the Prometheus Operator never gets ready, and its pods say so. */
    "prometheus-operator"?: string;
    /**
     * Programs of other versions of it, by the version in their images' tags.
     * @default none: an image of any version runs the one program
     */
    otherOperators?: Readonly<Record<string, string>>;
}

/** Addresses and names that every cluster of the sandbox has. */
export const network = {
    serviceCidr: "10.96.0.0/16",
    /** First address of {@link network.serviceCidr}: the API server as pods see it. */
    apiServerServiceIp: "10.96.0.1",
    clusterDomain: "cluster.local",
} as const;

/** Addresses of load balancers and ingress controllers. */
export interface ExternalAddresses {
    /** The first three numbers, with the dot that follows. */
    prefix: string;
    /** Last numbers: of the first ingress controller, of the first Service, and of the last one. */
    firstIngress: number;
    firstService: number;
    last: number;
}

/** What differs between a cluster whose nodes are simulated and one with a real node. */
export interface ClusterLayout {
    /** Address on which the API server listens. */
    bindAddress: string;
    /** Address of the API server behind the Service `kubernetes`. */
    apiServerIp: string;
    /** Where the kubeconfig of the user finds it. */
    apiServerHost: string;
    /** Addresses of simulated pods. */
    simulatedPodCidr: string;
    external: ExternalAddresses;
    /** What the API server shows to kubelets; `undefined`: there are none. */
    kubeletClient?: { cert: string; key: string };
}

/** A cluster whose nodes are all simulated: nothing routes to its addresses but to its API server's. */
export const simulatedLayout: ClusterLayout = {
    bindAddress: "127.0.0.1",
    apiServerIp: "10.90.0.10",
    apiServerHost: "127.0.0.1",
    simulatedPodCidr: "10.244.0.0/16",
    // TEST-NET-3, reserved for documentation (RFC 5737).
    external: { prefix: "203.0.113.", firstIngress: 1, firstService: 20, last: 254 },
};

/** Kubeconfig of the cluster's administrator: for the user, for Pulumi and for kubectl. */
export const adminKubeconfig = inRunDir("kubeconfig");

/** Marks the objects that the platform itself keeps in the cluster. */
export const platformLabel = { "app.kubernetes.io/managed-by": "perch-sandbox" } as const;
