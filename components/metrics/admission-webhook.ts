import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { MetricsSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import { type CertificateAuthority, certificateFiles, ServingCertificate } from "../certificates";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";

/** Name of the Deployment, its Service and the webhook's configuration. */
const objectName = "prometheus-operator-admission-webhook";

/** Where the certificate is in the pods. */
const certificateFolder = "/etc/webhook/certificate";

/** One may go while the other answers. */
const REPLICAS = 2;

/** Seconds after which the API server goes on without an answer. */
const TIMEOUT_SECONDS = 5;

/** Inputs of {@link AdmissionWebhook}. */
export interface AdmissionWebhookArgs {
    platform: Platform;
    settings: MetricsSettings["operator"]["admissionWebhook"];
    images: Pick<Images, "admissionWebhook">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "admissionWebhook">;
    /** Signs its certificate. */
    authority: CertificateAuthority;
}

/**
 * Admission webhook of the operator: refuses a PrometheusRule that can't be loaded, when it is applied, with the reason.
 * Without it the operator leaves such an object out later, and only its events say so. AlertmanagerConfigs aren't looked
 * at: the stack's Alertmanager takes none, and one that was found to be right would still do nothing.
 *
 * When it doesn't answer, objects are let through. It changes none: the operator's own defaults do what mutation would.
 */
export class AdmissionWebhook extends pulumi.ComponentResource {
    constructor(name: string, args: AdmissionWebhookArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:AdmissionWebhook", name, {}, opts);
        const { platform, settings, images, jobs, authority } = args;
        const certificate = new ServingCertificate(
            `${name}-certificate`,
            { platform, authority, service: objectName },
            { parent: this },
        );
        const probe = { path: "/healthz", port: "https", scheme: "HTTPS" } as const;
        const workload = new Workload(
            name,
            {
                platform,
                app: objectName,
                version: images.admissionWebhook.version,
                objectName,
                controller: { kind: "Deployment", replicas: REPLICAS },
                user: 65534,
                containers: [
                    {
                        name: "admission-webhook",
                        image: images.admissionWebhook.image,
                        args: [
                            "--log-format=json",
                            "--web.listen-address=:8443",
                            "--web.enable-tls=true",
                            `--web.cert-file=${certificateFolder}/${certificateFiles.certificate}`,
                            `--web.key-file=${certificateFolder}/${certificateFiles.key}`,
                            ...(settings.resources.limits.memory === undefined ? [] : ["--auto-gomemlimit-ratio=0.9"]),
                        ],
                        ports: { https: { port: 8443, servicePort: 443 } },
                        probes: { readiness: probe, liveness: probe },
                        resources: settings.resources,
                    },
                ],
                secrets: [certificate.files(certificateFolder)],
                scrapes: [
                    {
                        job: jobs.admissionWebhook,
                        port: "https",
                        tls: certificate.scrape,
                    },
                ],
            },
            { parent: this },
        );
        const endpoint = workload.endpoint("https");
        platform.network.ingress("apiServer", endpoint);
        new k8s.admissionregistration.v1.ValidatingWebhookConfiguration(
            name,
            {
                metadata: {
                    name: platform.clusterScopedName(objectName),
                    labels: platform.labels(),
                    annotations: certificate.trust.annotations,
                },
                webhooks: [rulesWebhook(platform, endpoint, certificate.trust.caBundle)],
            },
            // Asked before it answers, it would hold up every rule for as long as the timeout.
            { parent: this, dependsOn: workload },
        );
        this.registerOutputs({});
    }
}

/** What the API server asks it: about rules of everybody but the neighbours. */
function rulesWebhook(
    platform: Platform,
    endpoint: Endpoint,
    caBundle: pulumi.Output<string> | undefined,
): input.admissionregistration.v1.ValidatingWebhook {
    return {
        name: "prometheusrules.monitoring.coreos.com",
        admissionReviewVersions: ["v1"],
        clientConfig: {
            service: {
                name: endpoint.service,
                namespace: endpoint.namespace,
                port: endpoint.port,
                path: "/admission-prometheusrules/validate",
            },
            ...(caBundle === undefined ? {} : { caBundle }),
        },
        rules: [
            {
                apiGroups: ["monitoring.coreos.com"],
                apiVersions: ["v1"],
                resources: ["prometheusrules"],
                operations: ["CREATE", "UPDATE"],
                scope: "Namespaced",
            },
        ],
        namespaceSelector: platform.monitoredNamespaces(),
        // Better a bad rule than none: the operator leaves out what can't be loaded.
        failurePolicy: "Ignore",
        matchPolicy: "Equivalent",
        sideEffects: "None",
        timeoutSeconds: TIMEOUT_SECONDS,
    };
}
