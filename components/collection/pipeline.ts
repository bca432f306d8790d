import { anyOf } from "../../config/any-of";
import { discoveredPodLabel } from "../workload/service-monitor";
import { type AlloyBlock, expression, renderAlloy } from "./alloy-syntax";

/** What happens to a pod's log line between the container and Loki. */
export interface LogPipeline {
    /** Value of the label `cluster`. */
    cluster: string;
    /** Pods whose lines are taken: in any of these namespaces, with all of these labels; where empty, whatever pods. */
    pods: { namespaces: readonly string[]; labels: Readonly<Record<string, string>> };
    /** Loki's push URL. */
    pushUrl: string;
    /** Environment variable that holds the name of the agent's node. */
    nodeVariable: string;
    /**
     * Fields of a JSON line that become structured metadata, by name: JMESPath expressions, the first that finds
     * something counts. A line that isn't JSON passes unchanged.
     */
    metadata: Record<string, readonly string[]>;
    retry: { minBackoff: string; maxBackoff: string; retries: number };
}

/** Index labels beside `cluster`: where a line comes from. Anything with more values would multiply the streams. */
export const targetLabels = {
    namespace: "__meta_kubernetes_namespace",
    pod: "__meta_kubernetes_pod_name",
    container: "__meta_kubernetes_pod_container_name",
} as const;

/** What is known of a line beside its labels: found by a query, but no stream of its own. */
export const defaultMetadata: LogPipeline["metadata"] = {
    level: ["level", "severity", "lvl"],
    trace_id: ["trace_id", "traceId", "traceID"],
    span_id: ["span_id", "spanId", "spanID"],
};

/**
 * Half a second, doubled up to five minutes, some 80 minutes in all, after which the push is dropped. What comes behind
 * it waits at the kubelet, which gives just the newest file of a container: a busy one loses lines sooner.
 */
export const defaultRetry: LogPipeline["retry"] = { minBackoff: "500ms", maxBackoff: "5m", retries: 25 };

/** The components of the pipeline, in the order of the flow; only what Alloy 1.11 and newer know. */
export function pipelineBlocks(pipeline: LogPipeline): AlloyBlock[] {
    return [discovery(pipeline), relabelling(pipeline), source(), processing(pipeline), write(pipeline)];
}

/** The pipeline as Alloy's configuration file. */
export function renderPipeline(pipeline: LogPipeline): string {
    return renderAlloy(pipelineBlocks(pipeline));
}

function discovery({ nodeVariable }: LogPipeline): AlloyBlock {
    return {
        name: "discovery.kubernetes",
        label: "pods",
        attributes: { role: "pod" },
        blocks: [
            {
                // Without it every agent would read every pod of the cluster.
                name: "selectors",
                attributes: {
                    role: "pod",
                    field: expression(`"spec.nodeName=" + sys.env("${nodeVariable}")`),
                },
            },
        ],
    };
}

/** Rules that leave only the pods whose lines are taken. */
function keepRules({ pods: { namespaces, labels } }: LogPipeline): AlloyBlock[] {
    const kept: [meta: string, values: readonly string[]][] = [
        ...(namespaces.length === 0
            ? []
            : [[targetLabels.namespace, namespaces] satisfies [string, readonly string[]]]),
        ...Object.entries(labels).map(([key, value]): [string, readonly string[]] => [
            discoveredPodLabel(key),
            [value],
        ]),
    ];
    return kept.map(([meta, values]) => ({
        name: "rule",
        attributes: { source_labels: [meta], regex: anyOf(values), action: "keep" },
    }));
}

function relabelling(pipeline: LogPipeline): AlloyBlock {
    return {
        name: "discovery.relabel",
        label: "pods",
        attributes: { targets: expression("discovery.kubernetes.pods.targets") },
        blocks: [
            ...keepRules(pipeline),
            ...Object.entries(targetLabels).map(([label, meta]) => ({
                name: "rule",
                attributes: { source_labels: [meta], target_label: label },
            })),
        ],
    };
}

function source(): AlloyBlock {
    return {
        name: "loki.source.kubernetes",
        label: "pods",
        attributes: {
            targets: expression("discovery.relabel.pods.output"),
            forward_to: [expression("loki.process.pods.receiver")],
        },
    };
}

function processing({ metadata }: LogPipeline): AlloyBlock {
    return {
        name: "loki.process",
        label: "pods",
        attributes: { forward_to: [expression("loki.write.loki.receiver")] },
        blocks: [
            {
                name: "stage.json",
                attributes: {
                    expressions: Object.fromEntries(
                        Object.entries(metadata).map(([name, paths]) => [name, paths.join(" || ")]),
                    ),
                    drop_malformed: false,
                },
            },
            {
                name: "stage.structured_metadata",
                attributes: { values: Object.fromEntries(Object.keys(metadata).map((name) => [name, name])) },
            },
            // The source leaves it at the end of each line, where no pattern with "$" would match.
            { name: "stage.replace", attributes: { expression: "(\\n)$", replace: "" } },
            // The source adds `job` and `instance`, which say nothing more.
            { name: "stage.label_keep", attributes: { values: Object.keys(targetLabels) } },
        ],
    };
}

function write({ cluster, pushUrl, retry }: LogPipeline): AlloyBlock {
    return {
        name: "loki.write",
        label: "loki",
        attributes: { external_labels: { cluster } },
        blocks: [
            {
                name: "endpoint",
                attributes: {
                    url: pushUrl,
                    batch_size: "1MiB",
                    batch_wait: "1s",
                    retry_on_http_429: true,
                    min_backoff_period: retry.minBackoff,
                    max_backoff_period: retry.maxBackoff,
                    max_backoff_retries: retry.retries,
                },
            },
        ],
    };
}
