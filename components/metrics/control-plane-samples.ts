import type { JobKey } from "../../config/jobs";
import type { ControlPlaneJob } from "../../config/platforms";
import type { Relabeling } from "../workload/service-monitor";

const drop = (regex: string): Relabeling => ({ action: "drop", sourceLabels: ["__name__"], regex });

/**
 * What of the API servers no rule reads and what is most of their answer: histograms by verb, resource and scope. Of the
 * one that the rules read, every second bucket goes; its bounds of 1, 5 and 30 seconds stay.
 */
export const apiServerDrops: readonly Relabeling[] = [
    drop(
        "apiserver_(request_duration|request_body_size|response_sizes|watch_events_sizes|watch_list_duration).*_bucket",
    ),
    drop("apiserver_(admission|flowcontrol|storage|cache|authorization|cel|crd|webhooks?)_.+_bucket"),
    drop("(aggregator|authentication|authorization|etcd|field_validation|rest_client)_.+_bucket"),
    {
        action: "drop",
        sourceLabels: ["__name__", "le"],
        regex: "apiserver_request_sli_duration_seconds_bucket;(0\\.05|0\\.2|0\\.6|0\\.8|1\\.25|1\\.5|[3468](\\.0)?|(15|20|45)(\\.0)?)",
    },
];

/** Names of the series of components that share the kubelet's process, and so its answer. */
const names: Partial<Record<ControlPlaneJob, string>> = {
    apiServer: "(aggregator|apiserver|etcd)_.+",
    scheduler: "scheduler_.+",
    kubeProxy: "kubeproxy_.+",
    controllerManager:
        "(attachdetach|cronjob|endpoint_slice|endpoint_slice_mirroring|ephemeral_volume|garbagecollector|" +
        "horizontal_pod_autoscaler|job|node|node_ipam|persistentvolumeclaim|pv|replicaset|resourceclaim|service|" +
        "taint_eviction|ttl_after_finished)_(collector|controller)_.+|root_ca_cert_publisher_.+",
};

/**
 * Tells components apart in the answer of one process: series of those that are wanted get their job, others are dropped.
 *
 * @param inside the components that share the process, and those of them that are wanted
 */
export function sharedAnswer(
    inside: { shown: readonly ControlPlaneJob[]; wanted: readonly ControlPlaneJob[] },
    jobs: Pick<Record<JobKey, string>, ControlPlaneJob>,
): Relabeling[] {
    const { shown, wanted } = inside;
    return [
        ...(wanted.includes("apiServer") ? apiServerDrops : []),
        ...shown.flatMap((job): Relabeling[] => {
            const regex = names[job];
            if (regex === undefined) {
                return [];
            }
            return wanted.includes(job)
                ? [{ action: "replace", sourceLabels: ["__name__"], regex, targetLabel: "job", replacement: jobs[job] }]
                : [drop(regex)];
        }),
    ];
}
