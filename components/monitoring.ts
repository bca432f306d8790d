import * as pulumi from "@pulumi/pulumi";
import { bucketUses } from "../config/buckets";
import { jobNames } from "../config/jobs";
import type { Settings } from "../config/load";
import { dashboards } from "../dashboards";
import { selfMonitoring } from "../rules";
import { Alertmanager, PrometheusRules } from "./alerting";
import { Alloy } from "./collection";
import { Grafana } from "./grafana";
import { Loki } from "./logs";
import { Thanos } from "./long-term";
import { KubeStateMetrics, MonitoringCrds, NodeExporter, Prometheus, PrometheusOperator } from "./metrics";
import { ObjectStorage } from "./object-storage";
import type { CapacityTotals } from "./platform/capacity";
import { NetworkPolicies } from "./platform/network-policies";
import { after } from "./platform/order";
import { Platform } from "./platform/platform";
import type { Providers } from "./providers";
import { GRAFANA_ADMIN, StackSecrets } from "./secrets";
import { urlOf } from "./workload/endpoint";

/** Inputs of {@link Monitoring}. */
export interface MonitoringArgs {
    settings: Settings;
    /** Applies the CRDs, and takes over those that are there. */
    crdsProvider: Providers["crds"];
}

/** URLs inside the cluster; undefined for a part that is off. */
export interface InternalEndpoints {
    prometheus: string;
    thanosQuery: string | undefined;
    loki: string | undefined;
    alertmanager: string | undefined;
    grafana: string;
}

/**
 * The whole stack: the one component that knows all parts. It hands each part the endpoints of those that it is a
 * client of; everything that follows from that (URLs, NetworkPolicies, datasources) is made from those.
 */
export class Monitoring extends pulumi.ComponentResource {
    public readonly namespace: string;
    public readonly grafanaUrl: pulumi.Output<string>;
    public readonly grafanaAdminUser: string;
    /** Secret; undefined where the program doesn't know it: an existing or external Secret. */
    public readonly grafanaAdminPassword: pulumi.Output<string> | undefined;
    public readonly buckets: ObjectStorage["bucketNames"];
    public readonly endpoints: InternalEndpoints;
    /** What all pods together request. */
    public readonly requests: CapacityTotals;

    private readonly settings: Settings;
    private readonly jobs: ReturnType<typeof jobNames>;
    private readonly platform: Platform;
    private readonly storage: ObjectStorage;
    private readonly secrets: StackSecrets;

    constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:index:Monitoring", name, {}, opts);
        const { settings } = args;
        this.settings = settings;
        this.jobs = jobNames(settings.metrics);
        const { images } = settings;

        const crds =
            settings.metrics.operator.crds === "install"
                ? new MonitoringCrds(`${name}-crds`, {}, { parent: this, provider: args.crdsProvider })
                : undefined;
        this.platform = new Platform(
            `${name}-platform`,
            {
                stack: settings.stack,
                cluster: settings.cluster,
                settings: settings.platform,
                hostAccess: settings.metrics.nodeExporter.enabled,
                ...(crds === undefined ? {} : { monitoringApi: crds }),
            },
            { parent: this },
        );
        const { platform } = this;
        this.secrets = this.addSecrets(name);
        this.storage = this.addStorage(name);
        const stored = [after(this.storage, this.secrets)];

        const operator = new PrometheusOperator(
            `${name}-operator`,
            {
                platform,
                settings: settings.metrics,
                images,
                jobs: this.jobs,
            },
            { parent: this },
        );
        const alertmanager = this.addAlertmanager(name, operator, stored);
        const prometheus = this.addPrometheus(name, operator, alertmanager, stored);
        this.addExporters(name);
        const loki = this.addLoki(name, stored);

        const collected = [after(prometheus, ...(loki === undefined ? [] : [loki]))];
        const thanos = this.addThanos(name, prometheus, collected);
        if (settings.collection.logs.kind === "alloy" && loki !== undefined) {
            new Alloy(
                `${name}-alloy`,
                { platform, settings: settings.collection.logs, images, loki: loki.endpoint, jobs: this.jobs },
                { parent: this, transformations: collected },
            );
        }
        if (settings.selfMonitoring) {
            const groups = selfMonitoring(settings, this.jobs);
            new PrometheusRules(`${name}-rules`, { platform, objectName: "self-monitoring", groups }, { parent: this });
        }
        const grafana = new Grafana(
            `${name}-grafana`,
            {
                platform,
                settings: settings.grafana,
                images,
                secrets: { admin: this.secrets.grafanaAdmin, secretKey: this.secrets.grafanaSecretKey },
                datasources: {
                    ...(thanos === undefined ? { prometheus: prometheus.endpoint } : { thanos: thanos.query }),
                    ...(loki === undefined ? {} : { loki: loki.endpoint }),
                    ...(alertmanager === undefined ? {} : { alertmanager: alertmanager.web }),
                },
                scrapeInterval: settings.metrics.scrapeInterval,
                dashboards: dashboards(settings),
                jobs: this.jobs,
            },
            { parent: this },
        );
        new NetworkPolicies(`${name}-network`, { platform, settings: settings.networkPolicies }, { parent: this });

        this.namespace = platform.namespace;
        this.grafanaUrl = grafana.url;
        this.grafanaAdminUser = GRAFANA_ADMIN;
        this.grafanaAdminPassword = this.secrets.grafanaAdmin.content?.apply((content) => content.password ?? "");
        this.buckets = this.storage.bucketNames;
        this.requests = platform.capacity.totals();
        this.endpoints = {
            prometheus: urlOf(prometheus.endpoint),
            thanosQuery: thanos && urlOf(thanos.query),
            loki: loki && urlOf(loki.endpoint),
            alertmanager: alertmanager && urlOf(alertmanager.web),
            grafana: urlOf(grafana.endpoint),
        };
        this.registerOutputs({ grafanaUrl: this.grafanaUrl, namespace: this.namespace });
    }

    private addSecrets(name: string): StackSecrets {
        const { alerting, objectStorage, secrets, secretValues } = this.settings;
        return new StackSecrets(
            `${name}-secrets`,
            {
                platform: this.platform,
                settings: secrets,
                values: secretValues,
                smtp: alerting.kind === "alertmanager" && alerting.smtp?.username !== undefined,
                objectStorage: objectStorage.access.kind === "given" && bucketUses(this.settings).length > 0,
            },
            { parent: this },
        );
    }

    private addStorage(name: string): ObjectStorage {
        const { objectStorage, longTerm, logs } = this.settings;
        return new ObjectStorage(
            `${name}-storage`,
            {
                platform: this.platform,
                settings: objectStorage,
                longTerm,
                logs,
                ...(this.secrets.objectStorage === undefined ? {} : { givenKeys: this.secrets.objectStorage }),
            },
            { parent: this },
        );
    }

    private addAlertmanager(
        name: string,
        operator: PrometheusOperator,
        transformations: pulumi.ResourceTransformation[],
    ): Alertmanager | undefined {
        const { alerting, images } = this.settings;
        return alerting.kind === "none"
            ? undefined
            : new Alertmanager(
                  `${name}-alertmanager`,
                  {
                      platform: this.platform,
                      settings: alerting,
                      image: images.alertmanager,
                      operator,
                      jobs: this.jobs,
                      ...(this.secrets.smtpPassword === undefined ? {} : { smtpPassword: this.secrets.smtpPassword }),
                  },
                  { parent: this, transformations },
              );
    }

    private addPrometheus(
        name: string,
        operator: PrometheusOperator,
        alertmanager: Alertmanager | undefined,
        transformations: pulumi.ResourceTransformation[],
    ): Prometheus {
        const { metrics, longTerm, images } = this.settings;
        return new Prometheus(
            `${name}-prometheus`,
            {
                platform: this.platform,
                settings: metrics,
                images,
                jobs: this.jobs,
                operator,
                ...(alertmanager === undefined ? {} : { alertmanager: alertmanager.web }),
                ...(longTerm.kind === "none"
                    ? {}
                    : {
                          sidecar: {
                              bucket: this.storage.access("thanos-sidecar"),
                              resources: longTerm.sidecar.resources,
                          },
                      }),
            },
            { parent: this, transformations },
        );
    }

    private addExporters(name: string): void {
        const { metrics, images } = this.settings;
        const { platform } = this;
        if (metrics.kubeStateMetrics.enabled) {
            new KubeStateMetrics(
                `${name}-kube-state-metrics`,
                {
                    platform,
                    settings: metrics.kubeStateMetrics,
                    images,
                    jobs: this.jobs,
                },
                { parent: this },
            );
        }
        if (metrics.nodeExporter.enabled) {
            new NodeExporter(
                `${name}-node-exporter`,
                { platform, settings: metrics.nodeExporter, images, jobs: this.jobs },
                { parent: this },
            );
        }
    }

    private addLoki(name: string, transformations: pulumi.ResourceTransformation[]): Loki | undefined {
        const { logs, images } = this.settings;
        if (logs.kind === "none") {
            return undefined;
        }
        const onDisk = logs.kind === "single" && logs.storage.kind === "filesystem";
        return new Loki(
            `${name}-loki`,
            {
                platform: this.platform,
                settings: logs,
                images,
                jobs: this.jobs,
                ...(onDisk ? {} : { bucket: this.storage.access("loki") }),
            },
            { parent: this, transformations },
        );
    }

    private addThanos(
        name: string,
        prometheus: Prometheus,
        transformations: pulumi.ResourceTransformation[],
    ): Thanos | undefined {
        const { longTerm, images } = this.settings;
        if (longTerm.kind === "none" || prometheus.sidecar === undefined) {
            return undefined;
        }
        return new Thanos(
            `${name}-thanos`,
            {
                platform: this.platform,
                settings: longTerm,
                images,
                sidecar: prometheus.sidecar,
                buckets: {
                    "thanos-store": this.storage.access("thanos-store"),
                    ...(longTerm.compactor === "none"
                        ? {}
                        : { "thanos-compact": this.storage.access("thanos-compact") }),
                },
                jobs: this.jobs,
            },
            { parent: this, transformations },
        );
    }
}
