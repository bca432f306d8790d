import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { PrometheusOperator } from "../metrics/prometheus-operator";
import {
    accountAnnotations,
    type BucketAccess,
    credentialsContent,
    credentialsEnv,
} from "../object-storage/bucket-access";
import { configReloaderPort, countConfigReloaders } from "../operated/config-reloader";
import { rulesOfRuler } from "../operated/evaluator";
import { objstoreConfig, objstorePath } from "../operated/objstore";
import type { Platform } from "../platform/platform";
import { type Endpoint, type PodPeer, urlOf } from "../workload/endpoint";
import { rollingAnnotations } from "../workload/files";
import { addDisruptionBudget, linuxNodes, podSecurityContext, spread } from "../workload/house";
import { resourceRequirements } from "../workload/pod";
import { ServiceAccount } from "../workload/rbac";
import { serviceMonitor } from "../workload/service-monitor";
import { claimSpec } from "../workload/volumes";
import { scrapedLabel } from "../workload/workload";
import { thanosNames } from "./names";
import { gracePeriodSeconds, thanosUser } from "./thanos-common";
import { rulerAlertmanagersYaml, rulerQueryYaml } from "./thanos-config";
import type { ThanosRulerSpec } from "./thanos-ruler-spec";

export type RulerSettings = Exclude<ThanosSettings["ruler"], "none">;

/** What a Ruler needs of the rest of the stack. */
export interface RulerSurroundings {
    /** Makes its pods. */
    operator: PrometheusOperator;
    /** API of every Alertmanager, behind a headless Service.  @default its alerts go nowhere */
    alertmanagers?: Endpoint;
    /** Labels of all that it records and of its alerts, beside `cluster`. */
    externalLabels: Readonly<Record<string, string>>;
    /** How often it evaluates its rules: `30s`. */
    evaluationInterval: string;
    /**
     * Whether Prometheus has shards: the Ruler evaluates all rules then, but for those on itself and on Thanos Query, which
     * each shard scrapes and evaluates.  @default false
     */
    sharded?: boolean;
}

/** Inputs of {@link ThanosRuler}. */
export interface ThanosRulerArgs extends RulerSurroundings {
    platform: Platform;
    settings: RulerSettings;
    images: Pick<Images, "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "configReloader" | "thanosRule">;
    /** The bucket, with the rights to list, read and write. */
    bucket: BucketAccess;
    /** PromQL API of Thanos Query (HTTP): what it evaluates its rules with. */
    query: Endpoint;
}

/** Name of the operator's resource; its pods are `thanos-ruler-<name>-<n>`. */
const CR_NAME = "perch";

/** Ports of the pods, which the operator fixes. */
const ports = { web: 10902, grpc: 10901 };

/** Labels that the operator puts on the resource's pods. */
const operatedPods = { "app.kubernetes.io/name": "thanos-ruler", "thanos-ruler": CR_NAME };

function port({ namespace }: Platform, portName: string, number: number): Endpoint {
    const pods: PodPeer = { workload: thanosNames.ruler, namespace, labels: operatedPods };
    return { service: thanosNames.ruler, namespace, portName, port: number, podPort: number, pods };
}

/** StoreAPI of the Rulers (gRPC), behind a headless Service: Query asks them, and they ask Query. */
export function rulerStoreApi(platform: Platform): Endpoint {
    return port(platform, "grpc", ports.grpc);
}

/**
 * Thanos Ruler, made by the operator of the PrometheusRules that are marked for it: evaluates rules through Thanos Query,
 * over all that sidecars and bucket have, records into blocks of its own that it uploads, and sends alerts.
 *
 * Rules that Prometheus can evaluate are better there: it doesn't depend on the rest (Thanos's page of Rule).
 */
export class ThanosRuler extends pulumi.ComponentResource {
    public readonly pods: PodPeer;

    private readonly args: ThanosRulerArgs;

    constructor(name: string, args: ThanosRulerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:ThanosRuler", name, {}, opts);
        this.args = args;
        const { platform } = args;
        const storeApi = rulerStoreApi(platform);
        this.pods = storeApi.pods;
        this.noteEdges();
        this.countDemand();
        this.addService(name);
        this.addResource(name);
        this.addDisruptionBudget(name);
        this.addMonitor(name);
        this.registerOutputs({});
    }

    private noteEdges(): void {
        const { platform, query, alertmanagers, bucket } = this.args;
        const { network } = platform;
        network.register(this.pods);
        network.scrape(port(platform, "web", ports.web));
        network.scrape(port(platform, configReloaderPort.name, configReloaderPort.port));
        network.connect(this.pods, query);
        network.egress(this.pods, "objectStorage", [bucket.port]);
        if (alertmanagers !== undefined) {
            network.connect(this.pods, alertmanagers);
        }
    }

    private countDemand(): void {
        const { platform, settings } = this.args;
        const { replicas, resources, volume } = settings;
        platform.capacity.add({
            workload: thanosNames.ruler,
            replicas,
            requests: resources.requests,
            volume: volume.size,
        });
        countConfigReloaders(platform, thanosNames.ruler, replicas);
    }

    private selector() {
        return this.args.platform.selector("thanos", "ruler");
    }

    private metadata(objectName: string, labels: Record<string, string> = {}) {
        const { platform, images } = this.args;
        return platform.metadata(objectName, {
            ...this.selector(),
            "app.kubernetes.io/version": images.thanos.version,
            ...labels,
        });
    }

    private addService(name: string): void {
        const { name: reloader, port: reloaderPort } = configReloaderPort;
        new k8s.core.v1.Service(
            name,
            {
                metadata: {
                    ...this.metadata(thanosNames.ruler, { [scrapedLabel]: "true" }),
                    // Its pods are the operator's to make; the ThanosRuler resource is what is waited for.
                    annotations: { "pulumi.com/skipAwait": "true" },
                },
                spec: {
                    type: "ClusterIP",
                    clusterIP: "None",
                    selector: operatedPods,
                    ports: [
                        { name: "grpc", port: ports.grpc, targetPort: "grpc", appProtocol: "grpc" },
                        { name: "web", port: ports.web, targetPort: "web" },
                        { name: reloader, port: reloaderPort, targetPort: reloader },
                    ],
                },
            },
            { parent: this },
        );
    }

    /** Whom it asks and tells. A Secret because the operator takes nothing else; it holds none. */
    private configFiles(): Record<string, string> {
        const { query, alertmanagers } = this.args;
        return {
            "query.yaml": rulerQueryYaml(query),
            ...(alertmanagers === undefined ? {} : { "alertmanagers.yaml": rulerAlertmanagersYaml(alertmanagers) }),
        };
    }

    private addResource(name: string): void {
        const { platform, settings, bucket, operator } = this.args;
        const annotations = accountAnnotations(bucket);
        const account = new ServiceAccount(
            name,
            {
                platform,
                objectName: thanosNames.ruler,
                namespace: platform.namespace,
                labels: this.selector(),
                ...(annotations === undefined ? {} : { annotations }),
            },
            { parent: this },
        );
        const objstore = objstoreConfig(thanosNames.ruler, bucket);
        const objstoreMap = new k8s.core.v1.ConfigMap(
            `${name}-objstore`,
            { metadata: this.metadata(objstore.name), data: objstore.files },
            { parent: this },
        );
        const config = new k8s.core.v1.Secret(
            `${name}-config`,
            { metadata: this.metadata(`${thanosNames.ruler}-config`), stringData: this.configFiles() },
            { parent: this },
        );
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "ThanosRuler",
                metadata: {
                    ...this.metadata(CR_NAME),
                    annotations: operator.annotationsFor(settings.replicas),
                },
                spec: this.spec(config.metadata.name),
            },
            // Its volumes are kept: the operator knows no other way with a Ruler's.
            {
                parent: this,
                dependsOn: [operator.workload.controller, account, objstoreMap],
                protect: platform.protectData,
            },
        );
    }

    private spec(config: pulumi.Output<string>): ThanosRulerSpec {
        const { platform, settings, images, bucket, query, alertmanagers, externalLabels, evaluationInterval } =
            this.args;
        const objstore = objstoreConfig(thanosNames.ruler, bucket);
        return {
            image: images.thanos.image,
            version: images.thanos.version,
            replicas: settings.replicas,
            logFormat: "json",
            evaluationInterval,
            ruleQueryOffset: settings.queryOffset,
            retention: settings.retention,
            labels: { ...externalLabels, cluster: platform.clusterName },
            queryConfig: { name: config, key: "query.yaml" },
            ...(alertmanagers === undefined
                ? {}
                : { alertmanagersConfig: { name: config, key: "alertmanagers.yaml" } }),
            // Not Prometheus, even where that is exposed: what the Ruler has recorded only Thanos Query finds.
            alertQueryUrl: urlOf(query),
            objectStorageConfigFile: objstorePath,
            ruleSelector: rulesOfRuler({ sharded: this.args.sharded === true }),
            ruleNamespaceSelector: platform.monitoredNamespaces(),
            storage: { volumeClaimTemplate: { spec: claimSpec(settings.volume, platform) } },
            serviceAccountName: thanosNames.ruler,
            enableServiceLinks: false,
            ...(platform.priorityClassName === undefined ? {} : { priorityClassName: platform.priorityClassName }),
            securityContext: podSecurityContext(thanosUser),
            resources: resourceRequirements(settings.resources),
            nodeSelector: linuxNodes,
            topologySpreadConstraints: spread(operatedPods),
            podMetadata: {
                labels: { ...platform.labels(), "app.kubernetes.io/component": "ruler" },
                annotations: this.hashes(),
            },
            containers: [
                {
                    name: "thanos-ruler",
                    env: credentialsEnv(bucket),
                    livenessProbe: probe("/-/healthy", { periodSeconds: 30, failureThreshold: 4 }),
                    readinessProbe: probe("/-/ready", { periodSeconds: 5, failureThreshold: 20 }),
                },
            ],
            volumes: [{ name: "objstore", configMap: { name: objstore.name } }],
            volumeMounts: [{ name: "objstore", mountPath: objstore.mountPath }],
            terminationGracePeriodSeconds: gracePeriodSeconds,
        };
    }

    /** Annotations that roll the pods when what they read only at their start changes. */
    private hashes(): Record<string, pulumi.Output<string>> {
        const { platform, bucket } = this.args;
        const files = { ...objstoreConfig(thanosNames.ruler, bucket).files, ...this.configFiles() };
        return rollingAnnotations(platform.contentKey, files, credentialsContent(bucket));
    }

    private addDisruptionBudget(name: string): void {
        const { replicas } = this.args.settings;
        const metadata = this.metadata(thanosNames.ruler);
        addDisruptionBudget(name, { metadata, pods: operatedPods, replicas }, { parent: this });
    }

    private addMonitor(name: string): void {
        const { platform, jobs } = this.args;
        serviceMonitor(
            name,
            {
                platform,
                objectName: thanosNames.ruler,
                namespace: platform.namespace,
                selector: { ...this.selector(), [scrapedLabel]: "true" },
                scrapes: [
                    { job: jobs.thanosRule, port: "web", byEveryShard: this.args.sharded === true },
                    { job: jobs.configReloader, port: configReloaderPort.name },
                ],
            },
            { parent: this },
        );
    }
}

/** The operator gives a Ruler no probes. */
function probe(path: string, times: { periodSeconds: number; failureThreshold: number }) {
    return { httpGet: { path, port: "web" }, timeoutSeconds: 3, ...times };
}
