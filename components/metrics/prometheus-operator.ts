import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { MetricsSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import { configReloaderResources } from "../operated/config-reloader";
import type { Platform } from "../platform/platform";
import { Workload } from "../workload/workload";
import { operatorRules } from "./operator-rules";

/** Annotation by which an operator knows the resources that are its own, when a cluster has several. */
export const controllerIdAnnotation = "operator.prometheus.io/controller-id";

/** Name of the Service of all kubelets, which the operator keeps in the stack's namespace. */
export const kubeletService = "kubelet";

/** Inputs of {@link PrometheusOperator}. */
export interface PrometheusOperatorArgs {
    platform: Platform;
    settings: MetricsSettings;
    /** The config-reloader is of the operator's own version. */
    images: Pick<Images, "configReloader" | "prometheusOperator">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "prometheusOperator">;
    /** Whether it runs a Ruler.  @default false */
    ruler?: boolean;
}

/**
 * Prometheus Operator: makes pods of the stack's Prometheus and Alertmanager resources, and their configuration of every
 * monitor and rule in the cluster. It leaves alone what carries another controller's id, and reads Secrets in the stack's
 * namespace only: a monitor elsewhere that refers to a Secret is refused.
 */
export class PrometheusOperator extends pulumi.ComponentResource {
    public readonly workload: Workload;

    private readonly controllerId: string;

    constructor(name: string, args: PrometheusOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:PrometheusOperator", name, {}, opts);
        const { platform, settings, images } = args;
        const { image, version } = images.prometheusOperator;
        this.controllerId = platform.instance;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "prometheus-operator",
                version,
                objectName: "prometheus-operator",
                // It elects no leader: two of different versions would undo each other's work.
                controller: { kind: "Deployment", replicas: 1, strategy: "Recreate" },
                user: 65534,
                containers: [
                    {
                        name: "prometheus-operator",
                        image,
                        args: operatorFlags(args),
                        ports: { http: { port: 8080 } },
                        probes: {
                            readiness: { path: "/healthz", port: "http" },
                            liveness: { path: "/healthz", port: "http" },
                        },
                        resources: settings.operator.resources,
                    },
                ],
                scrapes: [{ job: args.jobs.prometheusOperator, port: "http" }],
                rules: operatorRules(settings, args.ruler),
            },
            // Without the CRDs at its start it leaves its controllers off.
            { parent: this, dependsOn: platform.monitoringApi },
        );
        platform.network.egress(this.workload.pods, "apiServer");
        this.registerOutputs({});
    }

    /** Annotations of a resource that is this operator's, and that is up when so many of its replicas are available. */
    public annotationsFor(replicas: number): Record<string, string> {
        return {
            [controllerIdAnnotation]: this.controllerId,
            // `condition=` would wait for a new transition after each update (pulumi-kubernetes #4521).
            "pulumi.com/waitFor": `jsonpath={.status.availableReplicas}=${replicas}`,
        };
    }
}

/** Command line of the operator. */
export function operatorFlags(
    args: Pick<PrometheusOperatorArgs, "settings" | "images" | "ruler"> & {
        platform: Pick<Platform, "instance" | "namespace">;
    },
): string[] {
    const { platform, settings, images } = args;
    const own = platform.namespace;
    const { requests, limits } = configReloaderResources;
    return [
        "--log-format=json",
        `--controller-id=${platform.instance}`,
        `--prometheus-instance-namespaces=${own}`,
        `--alertmanager-instance-namespaces=${own}`,
        `--alertmanager-config-namespaces=${own}`,
        ...(args.ruler === true ? [`--thanos-ruler-instance-namespaces=${own}`] : []),
        "--disable-unmanaged-prometheus-configuration=true",
        "--repair-policy-for-statefulsets=evict",
        // Types that no Prometheus refers to: Helm's alone can be many megabytes.
        "--secret-field-selector=" +
            ["kubernetes.io/dockercfg", "kubernetes.io/service-account-token", "helm.sh/release.v1"]
                .map((type) => `type!=${type}`)
                .join(","),
        ...(settings.operator.resources.limits.memory === undefined ? [] : ["--auto-gomemlimit-ratio=0.9"]),
        `--prometheus-config-reloader=${images.configReloader.image}`,
        `--config-reloader-cpu-request=${requests.cpu}`,
        "--config-reloader-cpu-limit=0",
        `--config-reloader-memory-request=${requests.memory}`,
        `--config-reloader-memory-limit=${limits.memory}`,
        "--enable-config-reloader-probes=true",
        ...(settings.kubelet
            ? [
                  // In the stack's namespace: no right in kube-system is needed, and it goes with the namespace.
                  `--kubelet-service=${own}/${kubeletService}`,
                  // The Endpoints API is deprecated, and the kubelet's port without authentication is mostly closed.
                  "--kubelet-endpoints=false",
                  "--kubelet-endpointslice=true",
                  "--kubelet-http-metrics=false",
              ]
            : []),
    ];
}
