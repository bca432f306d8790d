import type * as pulumi from "@pulumi/pulumi";
import { jobsInKubelets, scrapedControlPlane } from "../../config/jobs";
import { configReloaderPort } from "../operated/config-reloader";
import { serviceMonitor } from "../workload/service-monitor";
import { scrapedLabel } from "../workload/workload";
import { kubeletMonitor } from "./kubelet";
import type { PrometheusArgs } from "./prometheus";

/** Lets Prometheus scrape itself, what runs beside it in its pods, and the kubelets. */
export function prometheusMonitors(
    name: string,
    args: Pick<PrometheusArgs, "platform" | "settings" | "jobs" | "sidecar">,
    opts: pulumi.CustomResourceOptions,
): void {
    const { platform, settings, jobs, sidecar } = args;
    const { namespace } = platform;
    const selector = platform.selector("prometheus", "prometheus");
    serviceMonitor(
        name,
        {
            platform,
            objectName: "prometheus",
            namespace,
            selector: { ...selector, [scrapedLabel]: "true" },
            scrapes: [
                { job: jobs.prometheus, port: "web" },
                { job: jobs.configReloader, port: configReloaderPort.name },
            ],
        },
        opts,
    );
    if (sidecar !== undefined) {
        serviceMonitor(
            `${name}-sidecar`,
            {
                platform,
                objectName: "thanos-sidecar",
                namespace,
                selector: { ...selector, "app.kubernetes.io/component": "thanos-sidecar" },
                scrapes: [{ job: jobs.thanosSidecar, port: "http" }],
            },
            opts,
        );
    }
    if (settings.kubelet) {
        const scraped = { cluster: { platform: platform.kind }, metrics: settings };
        const shown = jobsInKubelets(scraped);
        const wanted = scrapedControlPlane(scraped).filter((job) => shown.includes(job));
        kubeletMonitor(`${name}-kubelet`, { platform, jobs, inside: { shown, wanted } }, opts);
    }
}
