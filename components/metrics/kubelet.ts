import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { ControlPlaneJob } from "../../config/platforms";
import type { MetricsSettings } from "../../config/schema";
import type { Platform } from "../platform/platform";
import { jobLabel, type Relabeling } from "../workload/service-monitor";
import { sharedAnswer } from "./control-plane-samples";
import { accountFolder } from "./prometheus-names";
import { kubeletService } from "./prometheus-operator";
import type { ScrapeClass } from "./prometheus-spec";

/** Name of the scrape class through which Prometheus shows its token to kubelets. */
const scrapeClassName = "kubelet";

/**
 * Prometheus's credentials for kubelets. A monitor of any namespace could name the class, so it keeps only targets behind
 * our own Service: nobody else is sent the token.
 */
export function kubeletScrapeClass(
    namespace: string,
    settings: Pick<MetricsSettings, "kubeletCertificate">,
): ScrapeClass {
    return {
        name: scrapeClassName,
        authorization: { credentialsFile: `${accountFolder}/token` },
        tlsConfig:
            settings.kubeletCertificate === "clusterCa"
                ? { caFile: `${accountFolder}/ca.crt` }
                : { insecureSkipVerify: true },
        relabelings: [
            {
                action: "keep",
                sourceLabels: ["__meta_kubernetes_namespace", "__meta_kubernetes_service_name"],
                regex: `${namespace};${kubeletService}`,
            },
        ],
    };
}

/** cAdvisor's series that no rule or dashboard reads, half of all it has (as kube-prometheus-stack drops them). */
const cadvisorDrops: Relabeling[] = [
    "container_cpu_(load_average_10s|system_seconds_total|user_seconds_total)",
    "container_fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total|" +
        "sector_reads_total|sector_writes_total|writes_merged_total)",
    "container_memory_(mapped_file|swap)",
    "container_(file_descriptors|tasks_state|threads_max)",
    "container_spec.*",
].map((regex) => ({ action: "drop", sourceLabels: ["__name__"], regex }));

/** How one path of the kubelets is scraped. */
function endpoint(job: string, path: string, extra: object = {}) {
    return {
        port: "https-metrics",
        scheme: "https",
        path,
        honorLabels: true,
        relabelings: [
            jobLabel(job),
            { action: "replace", sourceLabels: ["__metrics_path__"], targetLabel: "metrics_path" },
        ],
        ...extra,
    };
}

/** Inputs of {@link kubeletMonitor}. */
export interface KubeletMonitorArgs {
    platform: Platform;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "kubelet" | ControlPlaneJob>;
    /** Components of Kubernetes whose series come in the kubelets' answers, and which of those are wanted. */
    inside: { shown: readonly ControlPlaneJob[]; wanted: readonly ControlPlaneJob[] };
}

/** Scrapes every kubelet and its cAdvisor, through the Service that the operator keeps in the stack's namespace. */
export function kubeletMonitor(
    name: string,
    args: KubeletMonitorArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
    const { platform, jobs, inside } = args;
    const job = jobs.kubelet;
    const own = sharedAnswer(inside, jobs);
    return new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "ServiceMonitor",
            metadata: platform.metadata("kubelet"),
            spec: {
                scrapeClass: scrapeClassName,
                // The operator's own label on that Service; the namespace tells our Service from other stacks'.
                selector: { matchLabels: { "app.kubernetes.io/name": "kubelet" } },
                endpoints: [
                    endpoint(job, "/metrics", own.length === 0 ? {} : { metricRelabelings: own }),
                    // cAdvisor's timestamps lag: with them, rates over a short window have gaps.
                    endpoint(job, "/metrics/cadvisor", { honorTimestamps: false, metricRelabelings: cadvisorDrops }),
                ],
            },
        },
        { ...opts, dependsOn: platform.monitoringApi },
    );
}
