import type { input } from "@pulumi/kubernetes/types";
import { literally } from "../../config/any-of";
import { type ControlPlaneScraped, scrapedControlPlane } from "../../config/jobs";
import { type ControlPlaneJob, shownAt } from "../../config/platforms";
import type { MetricsSettings } from "../../config/schema";
import type { Platform } from "../platform/platform";
import { discoveredPodLabel } from "../workload/service-monitor";
import { accountFolder } from "./prometheus-names";
import type { ScrapeClass } from "./prometheus-spec";

/** Namespace of what Kubernetes runs in pods of its own. */
export const systemNamespace = "kube-system";

/** Components that want to know who asks, when they run in pods. */
export const guarded = ["controllerManager", "scheduler"] as const;

/** Scrape classes by which Prometheus shows its token to components of Kubernetes, by what they are for. */
export const scrapeClassNames = {
    apiServers: "api-server",
    metricsApi: "metrics-api",
    controllerManager: "kube-controller-manager",
    scheduler: "kube-scheduler",
} as const;

/** A name that the certificate of every API server has. */
const apiServerName = "kubernetes";

/** The API server by its Service, as any pod finds it. */
export const apiServerAddress = "kubernetes.default.svc:443";

type Placed = Pick<Platform, "kind">;

const scrapedOn = ({ kind }: Placed, metrics: ControlPlaneScraped["metrics"]): ControlPlaneScraped => ({
    cluster: { platform: kind },
    metrics,
});

/** The components that are scraped where the platform shows them in this way. */
export function scrapedAt(
    platform: Placed,
    metrics: ControlPlaneScraped["metrics"],
    shown: ReturnType<typeof shownAt>,
): ControlPlaneJob[] {
    const settings = scrapedOn(platform, metrics);
    return scrapedControlPlane(settings).filter((job) => shownAt(settings.cluster, job) === shown);
}

function keep(wanted: Readonly<Record<string, string>>) {
    return {
        action: "keep" as const,
        sourceLabels: Object.keys(wanted),
        regex: Object.values(wanted).map(literally).join(";"),
    };
}

/**
 * Prometheus's credentials for components of Kubernetes. A monitor of any namespace could name a class, so each keeps only
 * the targets that it is for. A monitor may still change their address afterwards: the API server's certificate tells then
 * that it is another; components that sign their own can't be told from others.
 */
export function controlPlaneScrapeClasses(platform: Placed, metrics: MetricsSettings): ScrapeClass[] {
    const authorization = { credentialsFile: `${accountFolder}/token` };
    const caFile = `${accountFolder}/ca.crt`;
    const inPods = scrapedAt(platform, metrics, "pods");
    return [
        ...(scrapedAt(platform, metrics, "apiServers").length === 0
            ? []
            : [
                  {
                      name: scrapeClassNames.apiServers,
                      authorization,
                      // The targets are addresses, which the certificate may not name.
                      tlsConfig: { caFile, serverName: apiServerName },
                      relabelings: [
                          keep({
                              __meta_kubernetes_namespace: "default",
                              __meta_kubernetes_service_name: "kubernetes",
                          }),
                      ],
                  },
              ]),
        ...(scrapedAt(platform, metrics, "metricsApi").length === 0
            ? []
            : [
                  {
                      name: scrapeClassNames.metricsApi,
                      authorization,
                      tlsConfig: { caFile, serverName: apiServerName },
                      relabelings: [keep({ __address__: apiServerAddress })],
                  },
              ]),
        ...guarded
            .filter((job) => inPods.includes(job))
            .map((job) => ({
                name: scrapeClassNames[job],
                authorization,
                // They sign their own certificates.
                tlsConfig: { insecureSkipVerify: true },
                relabelings: [
                    keep({
                        __meta_kubernetes_namespace: systemNamespace,
                        ...Object.fromEntries(
                            Object.entries(metrics.controlPlane.podLabels[job]).map(([name, value]) => [
                                discoveredPodLabel(name),
                                value,
                            ]),
                        ),
                    }),
                ],
            })),
    ];
}

/** Resources of EKS's API for the metrics of the components that it shows to nobody else. */
const metricsApiResources: Partial<Record<ControlPlaneJob, string>> = {
    controllerManager: "kcm/metrics",
    scheduler: "ksh/metrics",
};

/** What Prometheus may read of the API through which a platform shows components. */
export function metricsApiRules(platform: Placed, metrics: ControlPlaneScraped["metrics"]): input.rbac.v1.PolicyRule[] {
    const resources = scrapedAt(platform, metrics, "metricsApi").flatMap((job) => metricsApiResources[job] ?? []);
    return resources.length === 0 ? [] : [{ apiGroups: ["metrics.eks.amazonaws.com"], resources, verbs: ["get"] }];
}

/** Path of a component's metrics in that API. */
export const metricsApiPaths: Partial<Record<ControlPlaneJob, string>> = {
    controllerManager: "/apis/metrics.eks.amazonaws.com/v1/kcm/container/metrics",
    scheduler: "/apis/metrics.eks.amazonaws.com/v1/ksh/container/metrics",
};
