/**
 * Kinds of objects that kube-state-metrics watches, by API group: its collectors and its permissions both come from here.
 * Secrets and ConfigMaps are left out: to watch them is to read their content, in the whole cluster.
 */
export const watchedKinds = {
    "": [
        "limitranges",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "services",
    ],
    "admissionregistration.k8s.io": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    apps: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    autoscaling: ["horizontalpodautoscalers"],
    batch: ["cronjobs", "jobs"],
    "certificates.k8s.io": ["certificatesigningrequests"],
    "coordination.k8s.io": ["leases"],
    "discovery.k8s.io": ["endpointslices"],
    "networking.k8s.io": ["ingresses", "networkpolicies"],
    policy: ["poddisruptionbudgets"],
    "storage.k8s.io": ["storageclasses", "volumeattachments"],
} as const satisfies Record<string, readonly string[]>;

export type WatchedKind = (typeof watchedKinds)[keyof typeof watchedKinds][number];

/** The kinds without their groups, in order. */
export const watchedKindNames: readonly WatchedKind[] = Object.values(watchedKinds).flat().sort();
