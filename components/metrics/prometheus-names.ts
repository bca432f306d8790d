import type { input } from "@pulumi/kubernetes/types";

/** Name of the operator's resource; its pods are `prometheus-<name>-<n>`. */
export const prometheusName = "perch";

/** Name of the ServiceAccount of its pods. */
export const prometheusAccount = "prometheus";

/** Labels that the operator puts on the resource's pods. */
export const operatedPods = {
    "app.kubernetes.io/name": "prometheus",
    "operator.prometheus.io/name": prometheusName,
};

/** Labels of the pods of each shard, by what the operator adds to the first's name; no pod has those of two. */
export function podsByShard(shards: number): [suffix: string, labels: Record<string, string>][] {
    return shards === 1
        ? [["", operatedPods]]
        : Array.from({ length: shards }, (_, shard) => [
              shard === 0 ? "" : `-shard-${shard}`,
              { ...operatedPods, "operator.prometheus.io/shard": String(shard) },
          ]);
}

/** Where a pod finds what its ServiceAccount needs for the API server. */
export const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Ports of the pods, which the operator fixes, and of the kubelets. */
export const prometheusPorts = { web: 9090, grpc: 10901, http: 10902, kubelet: 10250 };

const read = ["get", "list", "watch"];

/** What any Prometheus reads: whom to scrape, in all namespaces, and what kubelets and API servers tell. No Secret. */
export const prometheusRules: input.rbac.v1.PolicyRule[] = [
    // Endpoints only for a ScrapeConfig that asks for that role; monitors are resolved by EndpointSlices.
    { apiGroups: [""], resources: ["services", "endpoints", "pods"], verbs: read },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: read },
    // A monitor with `attachMetadata.node` and a ScrapeConfig of nodes find no target without.
    { apiGroups: [""], resources: ["nodes"], verbs: read },
    { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
    { nonResourceURLs: ["/metrics"], verbs: ["get"] },
];
