import { CoreV1Api } from "@kubernetes/client-node";
import { gunzipSync } from "node:zlib";
import { prometheusAccount, prometheusName } from "../../../components/metrics/prometheus-names";
import { check } from "../../rendered/support/check";
import { discovered, type TargetLabels } from "../../sandbox/support/discovery";
import { client } from "./deployment";

/** A line for each of so many addresses. */
export const times = (count: number, ...lines: string[]): string[] => Array.from({ length: count }, () => lines).flat();

/** Nodes of the sandbox. */
const nodes = 3;

/** What every stack scrapes, of so many Prometheus servers. */
export const always = (replicas: number, job = "prometheus"): string[] => [
    ...times(nodes, "kubelet kubelet:10250/metrics", "kubelet kubelet:10250/metrics/cadvisor"),
    ...times(replicas, `${job} prometheus:9090/metrics`, "config-reloader prometheus:8080/metrics"),
    "prometheus-operator prometheus-operator:8080/metrics",
];

/** So many Alertmanagers. */
export const alertmanagers = (replicas: number): string[] =>
    times(replicas, "alertmanager alertmanager:9093/metrics", "config-reloader alertmanager:8080/metrics");

/** What it says of others has their labels, so that it has none of its own. */
export const stateMetrics = ["kube-state-metrics :8080/metrics", "kube-state-metrics kube-state-metrics:8081/metrics"];

/** One on each node. */
export const perNode = {
    alloy: times(nodes, "alloy alloy:12345/metrics"),
    nodeExporter: times(nodes, "node-exporter node-exporter:9100/metrics"),
    telegraf: times(nodes, "telegraf telegraf:9273/metrics"),
};

/** Who answers: a Service's pods by its name, a pod by its own. The sandbox chooses the API server's port. */
function line({
    job = "",
    service,
    pod,
    __address__: address = "",
    __metrics_path__: path = "",
}: TargetLabels): string {
    const port = service === "kubernetes" ? "" : address.slice(address.lastIndexOf(":"));
    return `${job} ${service ?? pod ?? ""}${port}${path}`;
}

/**
 * What the Prometheus of a stack finds by its configuration and its own rights: `<job> <service>:<port><path>`, one line
 * for each address.
 *
 * @param shard number of the server's shard
 * @throws Error when promtool doesn't accept the configuration
 */
export async function targetsOf(namespace: string, shard = 0): Promise<string[]> {
    const secret = await client(CoreV1Api).readNamespacedSecret({ namespace, name: `prometheus-${prometheusName}` });
    const config = gunzipSync(Buffer.from(secret.data?.["prometheus.yaml.gz"] ?? "", "base64")).toString();
    // Files that it names are in the pod.
    await check("promtool", ["check", "config", "--syntax-only", "prometheus.yaml"], { "prometheus.yaml": config });
    return (await discovered(config, { namespace, name: prometheusAccount }, shard)).map(line).sort();
}
