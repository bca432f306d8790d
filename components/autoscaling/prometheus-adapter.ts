import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { PrometheusAdapterSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import {
    type CertificateAuthority,
    certificateFiles,
    ServingCertificate,
    type TrustedAuthority,
} from "../certificates";
import { after } from "../platform/order";
import type { Platform } from "../platform/platform";
import { type Endpoint, urlOf } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { adapterConfig, adapterFile } from "./adapter-config";

const objectName = "prometheus-adapter";
const configFolder = "/etc/adapter";
const certificateFolder = "/etc/adapter-certificate";

/** APIs by which the cluster's autoscaler asks, each with a version that it knows. */
const apis = {
    custom: { group: "custom.metrics.k8s.io", version: "v1beta1" },
    external: { group: "external.metrics.k8s.io", version: "v1beta1" },
} as const;

/** Inputs of {@link PrometheusAdapter}. */
export interface PrometheusAdapterArgs {
    platform: Platform;
    settings: PrometheusAdapterSettings;
    images: Pick<Images, "prometheusAdapter">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "prometheusAdapter">;
    /** Whom it asks: Prometheus or Thanos Query. */
    source: Endpoint;
    /** Signs its certificate. */
    authority: CertificateAuthority;
}

/**
 * prometheus-adapter: metrics of Prometheus as the cluster's custom metrics API, by which a HorizontalPodAutoscaler scales.
 * The API has one server in a cluster; `metrics.k8s.io` stays with metrics-server.
 *
 * Needs permission to bind `system:auth-delegator` and a Role of `kube-system`, as every such API does.
 */
export class PrometheusAdapter extends pulumi.ComponentResource {
    public readonly endpoint: Endpoint;

    private readonly name: string;
    private readonly args: PrometheusAdapterArgs;

    constructor(name: string, args: PrometheusAdapterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:autoscaling:PrometheusAdapter", name, {}, opts);
        this.name = name;
        this.args = args;
        const { platform, authority, source } = args;
        const certificate = new ServingCertificate(
            `${name}-certificate`,
            { platform, authority, service: objectName },
            { parent: this },
        );
        const delegation = this.addDelegation();
        const workload = this.addWorkload(certificate, delegation);
        this.endpoint = workload.endpoint("https");
        platform.network.egress(workload.pods, "apiServer");
        platform.network.connect(workload.pods, source);
        platform.network.ingress("apiServer", this.endpoint);
        this.addApis(workload, certificate.trust);
        this.registerOutputs({});
    }

    private addWorkload(certificate: ServingCertificate, delegation: pulumi.Resource[]): Workload {
        const { platform, settings, images, jobs, source } = this.args;
        const probe = (path: string) => ({ path, port: "https", scheme: "HTTPS" }) as const;
        return new Workload(
            this.name,
            {
                platform,
                app: objectName,
                version: images.prometheusAdapter.version,
                objectName,
                controller: { kind: "Deployment", replicas: settings.replicas },
                user: 65534,
                containers: [
                    {
                        name: objectName,
                        image: images.prometheusAdapter.image,
                        args: [
                            `--config=${configFolder}/${adapterFile}`,
                            `--prometheus-url=${urlOf(source)}`,
                            `--metrics-relist-interval=${settings.relistInterval}`,
                            "--secure-port=6443",
                            `--tls-cert-file=${certificateFolder}/${certificateFiles.certificate}`,
                            `--tls-private-key-file=${certificateFolder}/${certificateFiles.key}`,
                            // Its own metrics tell nothing of anybody: Prometheus needs no token for them.
                            "--authorization-always-allow-paths=/healthz,/livez,/readyz,/metrics",
                        ],
                        ports: { https: { port: 6443, servicePort: 443 } },
                        probes: { readiness: probe("/readyz"), liveness: probe("/livez") },
                        resources: settings.resources,
                    },
                ],
                config: [
                    {
                        name: objectName,
                        mountPath: configFolder,
                        files: { [adapterFile]: adapterConfig(settings) },
                    },
                ],
                secrets: [certificate.files(certificateFolder)],
                scrapes: [
                    {
                        job: jobs.prometheusAdapter,
                        port: "https",
                        tls: certificate.scrape,
                    },
                ],
                rules: { cluster: readerRules(settings) },
            },
            // It ends at once where it can't read how the API server proves itself.
            { parent: this, transformations: [after(...delegation)] },
        );
    }

    /** Lets it ask the API server who a caller is and what that one may do, as every server of an API of its own has to. */
    private addDelegation(): pulumi.Resource[] {
        const { platform } = this.args;
        const subjects = [{ kind: "ServiceAccount", name: objectName, namespace: platform.namespace }];
        const roleRef = (kind: "ClusterRole" | "Role", role: string) => ({
            apiGroup: "rbac.authorization.k8s.io",
            kind,
            name: role,
        });
        const labels = platform.labels();
        const delegator = new k8s.rbac.v1.ClusterRoleBinding(
            `${this.name}-delegator`,
            {
                metadata: { name: platform.clusterScopedName(`${objectName}-delegator`), labels },
                roleRef: roleRef("ClusterRole", "system:auth-delegator"),
                subjects,
            },
            { parent: this },
        );
        const reader = new k8s.rbac.v1.RoleBinding(
            `${this.name}-authentication`,
            {
                metadata: {
                    name: platform.clusterScopedName(`${objectName}-authentication`),
                    // Where the API server tells how it proves that a request comes from it.
                    namespace: "kube-system",
                    labels,
                },
                roleRef: roleRef("Role", "extension-apiserver-authentication-reader"),
                subjects,
            },
            { parent: this },
        );
        return [delegator, reader];
    }

    private addApis(workload: Workload, { annotations, caBundle }: TrustedAuthority): void {
        const { platform, settings } = this.args;
        const served = new Set(Object.values(settings.rules).map(({ api }) => api));
        for (const api of served) {
            const { group, version } = apis[api];
            new k8s.apiregistration.v1.APIService(
                `${this.name}-${api}`,
                {
                    metadata: { name: `${version}.${group}`, labels: platform.labels(), annotations },
                    spec: {
                        group,
                        version,
                        groupPriorityMinimum: 100,
                        versionPriority: 100,
                        service: {
                            name: this.endpoint.service,
                            namespace: this.endpoint.namespace,
                            port: this.endpoint.port,
                        },
                        ...(caBundle === undefined ? {} : { caBundle }),
                    },
                },
                // An API that doesn't answer holds up the deletion of every namespace: it is last to come, first to go.
                { parent: this, dependsOn: workload },
            );
        }
    }
}

/** What it reads to find the objects of a label selector: the kinds that its rules name. */
function readerRules({ rules }: PrometheusAdapterSettings): input.rbac.v1.PolicyRule[] {
    const kinds = new Set(Object.values(rules).flatMap(({ objects }) => Object.values(objects)));
    const plural = [...kinds].sort().map((kind) => `${kind}s`);
    return plural.length === 0 ? [] : [{ apiGroups: [""], resources: plural, verbs: ["get", "list", "watch"] }];
}
