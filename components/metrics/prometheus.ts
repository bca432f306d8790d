import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { ControlPlaneJob } from "../../config/platforms";
import { type MetricsSettings, remoteWriteSecrets, type Resources, victoriaMetricsWrite } from "../../config/schema";
import { prometheusServers, shardsOf } from "../../config/shards";
import type { Images } from "../../config/versions";
import { accountAnnotations, type BucketAccess, credentialsContent } from "../object-storage/bucket-access";
import { configReloaderPort, countConfigReloaders } from "../operated/config-reloader";
import { objstoreConfig } from "../operated/objstore";
import type { Platform } from "../platform/platform";
import { type SecretRef, withoutSecret } from "../secrets/secret-ref";
import type { Endpoint, PodPeer } from "../workload/endpoint";
import { rollingAnnotations } from "../workload/files";
import { addDisruptionBudget } from "../workload/house";
import { ServiceAccount } from "../workload/rbac";
import { scrapedLabel } from "../workload/workload";
import { metricsApiRules } from "./control-plane-access";
import { exposePrometheus, linkUrl } from "./prometheus-exposure";
import { prometheusMonitors } from "./prometheus-monitors";
import { certificatesName, remoteWriteCertificates, remoteWritePorts } from "./remote-write";
import type { PrometheusOperator } from "./prometheus-operator";
import { prometheusSpec } from "./prometheus-build";
import { victoriaMetricsRemoteWrite } from "./victoria-metrics";
import {
    operatedPods,
    podsByShard,
    prometheusAccount,
    prometheusName,
    prometheusPorts,
    prometheusRules,
} from "./prometheus-names";

/** The sidecar of each Prometheus and the bucket that it uploads to. */
export interface SidecarArgs {
    bucket: BucketAccess;
    resources: Resources;
}

/** Inputs of {@link Prometheus}. */
export interface PrometheusArgs {
    platform: Platform;
    settings: MetricsSettings;
    images: Pick<Images, "prometheus" | "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "configReloader" | "kubelet" | "prometheus" | "thanosSidecar" | ControlPlaneJob>;
    /** What makes the pods. */
    operator: PrometheusOperator;
    /** Where alerts go.  @default nowhere */
    alertmanager?: Endpoint;
    /** The stack's own VictoriaMetrics.  @default nothing is written there */
    victoriaMetrics?: Endpoint;
    /** @default no sidecar: samples live as long as the volume keeps them */
    sidecar?: SidecarArgs;
    /** Name or address of the nodes, for the URL of an exposed Prometheus.  @default the URL says where it belongs */
    nodeHost?: string;
    /** Whether rules that are marked for a Ruler are left to it.  @default false: there is none */
    ruler?: boolean;
    /** Secrets of the remote writes, by name; required for each that has some (config/schema/remote-write.ts). */
    remoteWriteSecrets?: Readonly<Record<string, SecretRef>>;
}

/**
 * Prometheus, in as many identical replicas as the settings say, each scraping everything by itself: all monitors, probes,
 * scrape configurations and rules of all namespaces but those of other Perch stacks. In shards, the replicas of each scrape
 * a part of the targets, and rules are the Ruler's but for those that are marked for Prometheus.
 *
 * Ready when all replicas of all shards are available. With a sidecar, level-1 blocks go to the bucket as soon as they are
 * written, and local compaction waits for that.
 */
export class Prometheus extends pulumi.ComponentResource {
    /** Pods of all replicas. */
    public readonly pods: PodPeer;
    /** HTTP API and UI; no authentication, so it is for the cluster's inside only. */
    public readonly endpoint: Endpoint;
    /** Where users find it from outside; undefined where it isn't exposed. */
    public readonly url: pulumi.Output<string> | undefined;
    /** StoreAPI of the sidecars (gRPC), behind a headless Service for SRV lookups. */
    public readonly sidecar: Endpoint | undefined;
    /** The operator's resource; done when Prometheus runs. */
    public readonly resource: k8s.apiextensions.CustomResource;

    private readonly args: PrometheusArgs;

    constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:Prometheus", name, {}, opts);
        this.args = args;
        this.check(name);
        const { platform } = args;
        this.pods = { workload: "prometheus", namespace: platform.namespace, labels: operatedPods };
        this.endpoint = this.port("prometheus", "web", prometheusPorts.web);
        this.sidecar = args.sidecar && this.port("thanos-sidecar", "grpc", prometheusPorts.grpc);
        this.noteEdges();
        this.countDemand();

        const account = this.addAccount(name);
        const objstore = this.addObjstore(name);
        const certificates = this.addCertificates(name);
        const services = [this.addService(name), ...this.addSidecarService(name)];
        this.url = exposePrometheus(name, args, this.endpoint, { parent: this });
        this.resource = this.addResource(name, [account, ...services, ...objstore, ...certificates]);
        this.addDisruptionBudget(name);
        prometheusMonitors(name, args, { parent: this });
        this.registerOutputs({ endpoint: this.endpoint.service });
    }

    private check(name: string): void {
        const { settings, remoteWriteSecrets: refs } = this.args;
        const [missing] = withoutSecret(settings.remoteWrite, remoteWriteSecrets, refs);
        if (missing !== undefined) {
            const message = `${name}: remote write ${missing} has no Secret: set secrets.remoteWrite.${missing}`;
            throw new pulumi.ResourceError(message, this, true);
        }
    }

    private port(service: string, portName: string, port: number): Endpoint {
        return { service, namespace: this.args.platform.namespace, portName, port, podPort: port, pods: this.pods };
    }

    private noteEdges(): void {
        const { platform, settings, alertmanager, victoriaMetrics, sidecar } = this.args;
        const { network } = platform;
        network.register(this.pods);
        network.scrapeFrom(this.pods);
        network.scrape(this.endpoint);
        network.scrape(this.port("prometheus", configReloaderPort.name, configReloaderPort.port));
        network.egress(this.pods, "apiServer");
        network.egress(this.pods, "monitoredPods");
        if (settings.kubelet) {
            network.egress(this.pods, "nodes", [prometheusPorts.kubelet]);
        }
        network.admit("writer", settings.remoteWriteReceiver.writers, this.endpoint);
        if (alertmanager !== undefined) {
            network.connect(this.pods, alertmanager);
        }
        if (victoriaMetrics !== undefined) {
            network.connect(this.pods, victoriaMetrics);
        }
        if (Object.keys(settings.remoteWrite).length > 0) {
            network.egress(this.pods, "remoteWrite", remoteWritePorts(settings));
        }
        if (sidecar !== undefined) {
            network.scrape(this.port("thanos-sidecar", "http", prometheusPorts.http));
            network.egress(this.pods, "objectStorage", [sidecar.bucket.port]);
        }
    }

    private countDemand(): void {
        const { platform, settings, sidecar } = this.args;
        const replicas = prometheusServers(settings);
        platform.capacity.add({
            workload: "prometheus",
            replicas,
            requests: settings.resources.requests,
            volume: settings.volume.size,
        });
        countConfigReloaders(platform, "prometheus", replicas);
        if (sidecar !== undefined) {
            platform.capacity.add({
                workload: "prometheus/thanos-sidecar",
                replicas,
                requests: sidecar.resources.requests,
            });
        }
    }

    private metadata(objectName: string, labels: Record<string, string> = {}) {
        const { platform, images } = this.args;
        return platform.metadata(objectName, {
            ...platform.selector("prometheus", "prometheus"),
            "app.kubernetes.io/version": images.prometheus.version,
            ...labels,
        });
    }

    private addAccount(name: string): ServiceAccount {
        const { platform, settings, sidecar } = this.args;
        const annotations = sidecar && accountAnnotations(sidecar.bucket);
        return new ServiceAccount(
            name,
            {
                platform,
                objectName: prometheusAccount,
                namespace: platform.namespace,
                labels: platform.selector("prometheus", "prometheus"),
                ...(annotations === undefined ? {} : { annotations }),
                rules: { cluster: [...prometheusRules, ...metricsApiRules(platform, settings)] },
            },
            { parent: this },
        );
    }

    private addObjstore(name: string): pulumi.Resource[] {
        const { sidecar } = this.args;
        if (sidecar === undefined) {
            return [];
        }
        const config = objstoreConfig("thanos-sidecar", sidecar.bucket);
        return [
            new k8s.core.v1.ConfigMap(
                `${name}-${config.name}`,
                { metadata: this.metadata(config.name), data: config.files },
                { parent: this },
            ),
        ];
    }

    private addCertificates(name: string): pulumi.Resource[] {
        return remoteWriteCertificates(this.args.settings.remoteWrite).map(
            ([remoteWrite, data]) =>
                new k8s.core.v1.ConfigMap(
                    `${name}-${certificatesName(remoteWrite)}`,
                    { metadata: this.metadata(certificatesName(remoteWrite)), data },
                    { parent: this },
                ),
        );
    }

    private addService(name: string): pulumi.Resource {
        return new k8s.core.v1.Service(
            name,
            {
                metadata: {
                    ...this.metadata("prometheus", { [scrapedLabel]: "true" }),
                    // Its pods come later, from the operator; who waits for Prometheus waits for the resource.
                    annotations: { "pulumi.com/skipAwait": "true" },
                },
                spec: {
                    type: "ClusterIP",
                    selector: operatedPods,
                    ports: [
                        { name: "web", port: prometheusPorts.web, targetPort: "web" },
                        {
                            name: configReloaderPort.name,
                            port: configReloaderPort.port,
                            targetPort: configReloaderPort.name,
                        },
                    ],
                },
            },
            { parent: this },
        );
    }

    private addSidecarService(name: string): pulumi.Resource[] {
        if (this.sidecar === undefined) {
            return [];
        }
        return [
            new k8s.core.v1.Service(
                `${name}-sidecar`,
                {
                    metadata: this.metadata("thanos-sidecar", { "app.kubernetes.io/component": "thanos-sidecar" }),
                    spec: {
                        type: "ClusterIP",
                        clusterIP: "None",
                        selector: operatedPods,
                        ports: [
                            { name: "grpc", port: prometheusPorts.grpc, targetPort: "grpc", appProtocol: "grpc" },
                            { name: "http", port: prometheusPorts.http, targetPort: "http" },
                        ],
                    },
                },
                { parent: this },
            ),
        ];
    }

    private addResource(name: string, dependsOn: pulumi.Resource[]): k8s.apiextensions.CustomResource {
        const { platform, settings, operator } = this.args;
        return new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "Prometheus",
                metadata: {
                    ...this.metadata(prometheusName),
                    annotations: operator.annotationsFor(prometheusServers(settings)),
                },
                spec: prometheusSpec({
                    ...this.args,
                    remoteWrite: this.remoteWrite(),
                    externalUrl: linkUrl(this.args, this.endpoint),
                    hashes: this.hashes(),
                }),
            },
            // It is protected, but not kept: its volumes are, and without the operator it would be a shell.
            { parent: this, dependsOn: [operator.workload.controller, ...dependsOn], protect: platform.protectData },
        );
    }

    /** The servers of the settings, and the stack's own. */
    private remoteWrite(): MetricsSettings["remoteWrite"] {
        const { settings, victoriaMetrics } = this.args;
        return victoriaMetrics === undefined
            ? settings.remoteWrite
            : {
                  ...settings.remoteWrite,
                  [victoriaMetricsWrite]: victoriaMetricsRemoteWrite(settings.victoriaMetrics, victoriaMetrics),
              };
    }

    /** Annotations that roll the pods when what they read only at their start changes. */
    private hashes(): Record<string, pulumi.Output<string>> {
        const { platform, sidecar } = this.args;
        if (sidecar === undefined) {
            return {};
        }
        const { files } = objstoreConfig("thanos-sidecar", sidecar.bucket);
        return rollingAnnotations(platform.contentKey, files, credentialsContent(sidecar.bucket));
    }

    /** One for each shard: its replicas stand in for each other, not for those of another. */
    private addDisruptionBudget(name: string): void {
        const { settings } = this.args;
        for (const [suffix, pods] of podsByShard(shardsOf(settings))) {
            const metadata = this.metadata(`prometheus${suffix}`);
            addDisruptionBudget(`${name}${suffix}`, { metadata, pods, replicas: settings.replicas }, { parent: this });
        }
    }
}
