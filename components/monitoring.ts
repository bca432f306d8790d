import * as pulumi from "@pulumi/pulumi";
import { allTargets } from "../config/applications";
import { blocksOf } from "../config/blocks";
import { needsCertificates } from "../config/certificates";
import { bucketUses } from "../config/buckets";
import { heartbeatOf } from "../config/dead-mans-switch";
import { jobNames } from "../config/jobs";
import type { Settings } from "../config/load";
import { hasRuler, secretsOf } from "../config/schema";
import { isSharded } from "../config/shards";
import { sloEvaluation } from "../config/slo-evaluation";
import type { Images } from "../config/versions";
import { dashboards } from "../dashboards";
import { ruleFamilies } from "../rules";
import { Alertmanager, PrometheusRules, SloRules } from "./alerting";
import { PrometheusAdapter, ScaledApplications } from "./autoscaling";
import { CertificateAuthority } from "./certificates";
import { Alloy } from "./collection";
import { Grafana } from "./grafana";
import { Loki } from "./logs";
import { Thanos } from "./long-term";
import {
    AdmissionWebhook,
    BlackboxExporter,
    ControlPlane,
    evaluationInterval,
    hasControlPlane,
    KubeStateMetrics,
    MonitoringCrds,
    NodeExporter,
    Prometheus,
    PrometheusOperator,
    Targets,
    Telegraf,
    VictoriaMetrics,
} from "./metrics";
import { ObjectStorage } from "./object-storage";
import type { CapacityTotals } from "./platform/capacity";
import { NetworkPolicies } from "./platform/network-policies";
import { after, readyWithin } from "./platform/order";
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
    victoriaMetrics: string | undefined;
    loki: string | undefined;
    alertmanager: string | undefined;
    grafana: string;
}

/** What every part takes. */
interface Shared {
    platform: Platform;
    images: Images;
    jobs: ReturnType<typeof jobNames>;
}

/** What a part waits for. */
type Order = pulumi.ResourceTransformation[];

/**
 * The whole stack: the one component that knows all parts. It hands each part the endpoints of those that it is a
 * client of; everything that follows from that (URLs, NetworkPolicies, datasources) is made from those.
 */
export class Monitoring extends pulumi.ComponentResource {
    public readonly namespace: string;
    public readonly grafanaUrl: pulumi.Output<string>;
    /** Where users find Prometheus; undefined where it isn't exposed. */
    public readonly prometheusUrl: pulumi.Output<string> | undefined;
    public readonly grafanaAdminUser = GRAFANA_ADMIN;
    /** Secret; undefined where the program doesn't know it: an existing or external Secret. */
    public readonly grafanaAdminPassword: pulumi.Output<string> | undefined;
    public readonly buckets: ObjectStorage["bucketNames"];
    public readonly endpoints: InternalEndpoints;
    /** Where applications post alerts of their own: to each of these; none without Alertmanager. */
    public readonly alertUrls: readonly string[];
    /** What all pods together request. */
    public readonly requests: CapacityTotals;

    private readonly name: string;
    private readonly settings: Settings;
    private readonly shared: Shared;
    private readonly secrets: StackSecrets;
    private readonly storage: ObjectStorage;

    constructor(name: string, args: MonitoringArgs, opts: pulumi.ComponentResourceOptions = {}) {
        const { settings } = args;
        const { readyTimeout } = settings.platform;
        const impatience = readyTimeout === undefined ? [] : [readyWithin(readyTimeout)];
        super(
            "perch:index:Monitoring",
            name,
            {},
            { ...opts, transformations: [...impatience, ...(opts.transformations ?? [])] },
        );
        this.name = name;
        this.settings = settings;
        const platform = this.addPlatform(args);
        this.shared = { platform, images: settings.images, jobs: jobNames(settings.metrics) };

        // In the order in which data flows. First the ground: what holds data, and the keys to it.
        this.secrets = this.addSecrets();
        this.storage = this.addStorage();
        const stored = [after(this.storage, this.secrets)];

        // Metrics and alerts.
        const authority = this.addAuthority();
        const operator = this.addOperator();
        this.addAdmissionWebhook(authority);
        const alertmanager = this.addAlertmanager(operator, stored);
        const victoriaMetrics = this.addVictoriaMetrics(stored);
        const prometheus = this.addPrometheus({ operator, alertmanager, victoriaMetrics }, stored);
        this.addExporters();
        this.addControlPlane(prometheus);
        this.addTargets(prometheus, this.addBlackbox());

        // Logs, long-term metrics and what feeds them.
        const loki = this.addLoki(stored);
        const collected = [after(prometheus, ...(loki === undefined ? [] : [loki]))];
        const thanos = this.addThanos({ prometheus, operator, alertmanager }, collected);
        this.addAlloy(loki, collected);
        this.addAutoscaling({ prometheus, thanos, authority });

        // What people look at; and last, the policies of all edges that were noted on the way.
        this.addRules();
        this.addSlos();
        const grafana = this.addGrafana({ prometheus, thanos, victoriaMetrics, loki, alertmanager });
        new NetworkPolicies(`${name}-network`, { platform, settings: settings.networkPolicies }, { parent: this });

        this.namespace = platform.namespace;
        this.grafanaUrl = grafana.url;
        this.prometheusUrl = prometheus.url;
        this.grafanaAdminPassword = this.secrets.grafanaAdmin.content?.apply((content) => content.password ?? "");
        this.buckets = this.storage.bucketNames;
        this.requests = platform.capacity.totals();
        this.alertUrls = alertmanager?.alertUrls ?? [];
        this.endpoints = {
            prometheus: urlOf(prometheus.endpoint),
            thanosQuery: thanos && urlOf(thanos.query),
            victoriaMetrics: victoriaMetrics && urlOf(victoriaMetrics.endpoint),
            loki: loki && urlOf(loki.endpoint),
            alertmanager: alertmanager && urlOf(alertmanager.web),
            grafana: urlOf(grafana.endpoint),
        };
        this.registerOutputs({ grafanaUrl: this.grafanaUrl, namespace: this.namespace });
    }

    private addPlatform({ settings, crdsProvider }: MonitoringArgs): Platform {
        const { stack, cluster, metrics } = settings;
        const monitoringApi =
            metrics.operator.crds === "install"
                ? new MonitoringCrds(`${this.name}-crds`, {}, { parent: this, provider: crdsProvider })
                : undefined;
        const hostAccess = metrics.nodeExporter.enabled || metrics.telegraf.enabled;
        return new Platform(
            `${this.name}-platform`,
            { stack, cluster, settings: settings.platform, hostAccess, monitoringApi },
            { parent: this },
        );
    }

    private addSecrets(): StackSecrets {
        const { metrics, alerting, objectStorage, secrets, secretValues } = this.settings;
        return new StackSecrets(
            `${this.name}-secrets`,
            {
                platform: this.shared.platform,
                settings: secrets,
                values: secretValues,
                smtp: alerting.kind === "alertmanager" && alerting.smtp?.username !== undefined,
                receivers: alerting.kind === "none" ? {} : secretsOf(alerting.receivers),
                remoteWrite: metrics.remoteWrite,
                victoriaMetrics: metrics.victoriaMetrics.enabled,
                deadMansSwitch: heartbeatOf(alerting) !== undefined,
                objectStorage: objectStorage.access.kind === "given" && bucketUses(this.settings).length > 0,
            },
            { parent: this },
        );
    }

    private addStorage(): ObjectStorage {
        const { objectStorage, longTerm, logs } = this.settings;
        const { platform } = this.shared;
        const givenKeys = this.secrets.objectStorage;
        return new ObjectStorage(
            `${this.name}-storage`,
            { platform, settings: objectStorage, longTerm, logs, givenKeys },
            { parent: this },
        );
    }

    private addOperator(): PrometheusOperator {
        const args = { ...this.shared, settings: this.settings.metrics, ruler: hasRuler(this.settings) };
        return new PrometheusOperator(`${this.name}-operator`, args, { parent: this });
    }

    private addAuthority(): CertificateAuthority | undefined {
        if (!needsCertificates(this.settings)) {
            return undefined;
        }
        const args = { platform: this.shared.platform, settings: this.settings.certificates };
        return new CertificateAuthority(`${this.name}-authority`, args, { parent: this });
    }

    private addAdmissionWebhook(authority: CertificateAuthority | undefined): void {
        const { admissionWebhook: settings } = this.settings.metrics.operator;
        if (settings.enabled && authority !== undefined) {
            const args = { ...this.shared, settings, authority };
            new AdmissionWebhook(`${this.name}-admission-webhook`, args, { parent: this });
        }
    }

    private addAlertmanager(operator: PrometheusOperator, transformations: Order): Alertmanager | undefined {
        const { alerting: settings, images } = this.settings;
        if (settings.kind === "none") {
            return undefined;
        }
        const { smtpPassword, receivers, deadMansSwitchUrl } = this.secrets;
        const secrets = { smtpPassword, receiverSecrets: receivers, deadMansSwitchUrl };
        return new Alertmanager(
            `${this.name}-alertmanager`,
            { ...this.shared, settings, image: images.alertmanager, operator, ...secrets },
            { parent: this, transformations },
        );
    }

    private addVictoriaMetrics(transformations: Order): VictoriaMetrics | undefined {
        const { victoriaMetrics: settings, ...prometheus } = this.settings.metrics;
        const { victoriaMetrics: adminKey } = this.secrets;
        if (adminKey === undefined) {
            return undefined;
        }
        return new VictoriaMetrics(
            `${this.name}-victoria-metrics`,
            { ...this.shared, settings, prometheus, adminKey },
            { parent: this, transformations },
        );
    }

    private addPrometheus(
        parts: {
            operator: PrometheusOperator;
            alertmanager: Alertmanager | undefined;
            victoriaMetrics: VictoriaMetrics | undefined;
        },
        transformations: Order,
    ): Prometheus {
        const { metrics: settings, longTerm, grafana } = this.settings;
        // Grafana's host is that of the nodes where it is exposed by a port of theirs.
        const nodes =
            grafana.exposure.kind === "nodePort" && grafana.host !== undefined ? { nodeHost: grafana.host } : {};
        const sidecar =
            longTerm.kind === "none"
                ? undefined
                : { bucket: this.storage.access("thanos-sidecar"), resources: longTerm.sidecar.resources };
        return new Prometheus(
            `${this.name}-prometheus`,
            {
                ...this.shared,
                settings,
                operator: parts.operator,
                alertmanager: parts.alertmanager?.web,
                victoriaMetrics: parts.victoriaMetrics?.endpoint,
                sidecar,
                ...nodes,
                ruler: hasRuler(this.settings),
                remoteWriteSecrets: this.secrets.remoteWrite,
            },
            { parent: this, transformations },
        );
    }

    private addExporters(): void {
        const { kubeStateMetrics, nodeExporter, telegraf, scrapeInterval } = this.settings.metrics;
        if (kubeStateMetrics.enabled) {
            const args = { ...this.shared, settings: kubeStateMetrics };
            new KubeStateMetrics(`${this.name}-kube-state-metrics`, args, { parent: this });
        }
        if (nodeExporter.enabled) {
            const args = { ...this.shared, settings: nodeExporter };
            new NodeExporter(`${this.name}-node-exporter`, args, { parent: this });
        }
        if (telegraf.enabled) {
            const args = { ...this.shared, settings: telegraf, scrapeInterval };
            new Telegraf(`${this.name}-telegraf`, args, { parent: this });
        }
    }

    private addControlPlane({ pods: prometheus }: Prometheus): void {
        const { metrics: settings, networkPolicies } = this.settings;
        if (hasControlPlane(this.shared.platform, settings)) {
            const args = { ...this.shared, settings, dns: networkPolicies.dns, prometheus };
            new ControlPlane(`${this.name}-control-plane`, args, { parent: this });
        }
    }

    private addBlackbox(): BlackboxExporter | undefined {
        const { blackbox: settings, targets } = this.settings.metrics;
        return settings.enabled
            ? new BlackboxExporter(`${this.name}-blackbox`, { ...this.shared, settings, targets }, { parent: this })
            : undefined;
    }

    private addTargets({ pods: prometheus }: Prometheus, blackbox: BlackboxExporter | undefined): void {
        const targets = allTargets(this.settings);
        if (Object.keys(targets).length > 0) {
            const args = { platform: this.shared.platform, targets, prometheus, blackbox: blackbox?.endpoint };
            new Targets(`${this.name}-targets`, args, { parent: this });
        }
    }

    private addLoki(transformations: Order): Loki | undefined {
        const { logs: settings } = this.settings;
        if (settings.kind === "none") {
            return undefined;
        }
        const onDisk = settings.kind === "single" && settings.storage.kind === "filesystem";
        const bucket = onDisk ? undefined : this.storage.access("loki");
        return new Loki(`${this.name}-loki`, { ...this.shared, settings, bucket }, { parent: this, transformations });
    }

    private addThanos(
        parts: { prometheus: Prometheus; operator: PrometheusOperator; alertmanager: Alertmanager | undefined },
        transformations: Order,
    ): Thanos | undefined {
        const { longTerm: settings, metrics } = this.settings;
        const { operator, alertmanager } = parts;
        const { sidecar } = parts.prometheus;
        if (settings.kind === "none" || sidecar === undefined) {
            return undefined;
        }
        const buckets = {
            "thanos-store": this.storage.access("thanos-store"),
            "thanos-compact": settings.compactor === "none" ? undefined : this.storage.access("thanos-compact"),
            "thanos-ruler": settings.ruler === "none" ? undefined : this.storage.access("thanos-ruler"),
        };
        const ruler = {
            operator,
            alertmanagers: alertmanager?.replicas,
            externalLabels: metrics.externalLabels,
            evaluationInterval: evaluationInterval(metrics),
            sharded: isSharded(metrics),
        };
        return new Thanos(
            `${this.name}-thanos`,
            { ...this.shared, settings, blocks: blocksOf(metrics), sidecar, buckets, ruler },
            { parent: this, transformations },
        );
    }

    private addAlloy(loki: Loki | undefined, transformations: Order): void {
        const { logs: settings } = this.settings.collection;
        if (settings.kind === "alloy" && loki !== undefined) {
            const args = { ...this.shared, settings, loki: loki.endpoint };
            new Alloy(`${this.name}-alloy`, args, { parent: this, transformations });
        }
    }

    private addAutoscaling(parts: {
        prometheus: Prometheus;
        thanos: Thanos | undefined;
        authority: CertificateAuthority | undefined;
    }): void {
        const { autoscaling: settings } = this.settings;
        const { prometheus, thanos, authority } = parts;
        const source = settings.kind !== "none" && settings.source === "thanos" ? thanos?.query : prometheus.endpoint;
        const adapter =
            settings.kind === "none" || authority === undefined || source === undefined
                ? undefined
                : new PrometheusAdapter(
                      `${this.name}-prometheus-adapter`,
                      { ...this.shared, settings, source, authority },
                      { parent: this },
                  );
        if (Object.keys(settings.targets).length > 0) {
            new ScaledApplications(
                `${this.name}-scaled-applications`,
                {
                    platform: this.shared.platform,
                    targets: settings.targets,
                    ...(adapter === undefined ? {} : { customMetrics: adapter }),
                },
                { parent: this },
            );
        }
    }

    private addRules(): void {
        const { platform, jobs } = this.shared;
        const { alerting } = this.settings;
        const families = ruleFamilies(this.settings, jobs);
        if (families.length > 0) {
            const runbookUrl = alerting.kind === "none" ? undefined : alerting.runbookUrl;
            const aliases = { "dead-mans-switch": [this.formerSwitch()] };
            new PrometheusRules(`${this.name}-rules`, { platform, families, runbookUrl, aliases }, { parent: this });
        }
    }

    /** The rule of the dead man's switch was Alertmanager's once: its object stays the same. */
    private formerSwitch(): pulumi.Alias {
        const alertmanager = `${this.name}-alertmanager`;
        const name = `${alertmanager}-dead-mans-switch`;
        const owner = pulumi.createUrn(alertmanager, "perch:alerting:Alertmanager", this.urn);
        return { name, parent: pulumi.createUrn(name, "perch:alerting:DeadMansSwitch", owner) };
    }

    private addSlos(): void {
        const { slos } = this.settings;
        if (Object.keys(slos).length > 0) {
            const args = { platform: this.shared.platform, slos, evaluation: sloEvaluation(this.settings) };
            new SloRules(`${this.name}-slos`, args, { parent: this });
        }
    }

    private addGrafana(parts: {
        prometheus: Prometheus;
        thanos: Thanos | undefined;
        victoriaMetrics: VictoriaMetrics | undefined;
        loki: Loki | undefined;
        alertmanager: Alertmanager | undefined;
    }): Grafana {
        const { grafana: settings, metrics, networkPolicies } = this.settings;
        const { grafanaAdmin, grafanaSecretKey, grafanaMetrics } = this.secrets;
        return new Grafana(
            `${this.name}-grafana`,
            {
                ...this.shared,
                settings,
                secrets: { admin: grafanaAdmin, secretKey: grafanaSecretKey, metrics: grafanaMetrics },
                clients: networkPolicies.clients.cidrs,
                datasources: {
                    thanos: parts.thanos?.query,
                    prometheus:
                        parts.thanos === undefined || settings.directPrometheus ? parts.prometheus.endpoint : undefined,
                    victoriaMetrics: parts.victoriaMetrics?.endpoint,
                    loki: parts.loki?.endpoint,
                    alertmanager: parts.alertmanager?.web,
                },
                scrapeInterval: metrics.scrapeInterval,
                dashboards: dashboards(this.settings),
            },
            { parent: this },
        );
    }
}
