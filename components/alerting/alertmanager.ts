import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { Image } from "../../config/versions";
import { heartbeatOf } from "../../config/dead-mans-switch";
import type { PrometheusOperator } from "../metrics/prometheus-operator";
import { configReloaderPort, countConfigReloaders } from "../operated/config-reloader";
import { formatDuration, parseDuration } from "../../config/units";
import type { Platform } from "../platform/platform";
import { type Endpoint, hostOf, type PodPeer, urlOf } from "../workload/endpoint";
import { addDisruptionBudget, linuxNodes, podSecurityContext, spread } from "../workload/house";
import { ServiceAccount } from "../workload/rbac";
import { serviceMonitor } from "../workload/service-monitor";
import { scrapedLabel } from "../workload/workload";
import { alertmanagerConfigText } from "./alertmanager-config";
import { type AlertmanagerSecrets, mountedSecrets, secretFiles, secretProblems } from "./mounted-secrets";
import { receiverPorts } from "./receivers";
import { templateFiles } from "./templates";
import { alertmanagerPorts, configPath, type AlertmanagerSpec, operatedService } from "./alertmanager-spec";
import { claimRetention, claimSpec } from "../workload/volumes";

/** Name of the Alertmanager resource; its pods are `alertmanager-perch-0` and so on. */
const CR_NAME = "perch";
/** Name of what the stack itself makes for it. */
const OBJECT_NAME = "alertmanager";
/** `nobody`, as the image has it. */
const USER = 65534;

/** Inputs of {@link Alertmanager}. */
export interface AlertmanagerArgs extends AlertmanagerSecrets {
    platform: Platform;
    image: Image;
    /** Makes the pods. */
    operator: PrometheusOperator;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "alertmanager" | "configReloader">;
}

/**
 * Alertmanager, made by the operator: replicas that gossip, so that any survivor still notifies and each notification
 * is sent once. It has no login, so it is reached inside the cluster only; see docs/alerting.md for the UI.
 *
 * `pulumi up` waits until every replica is available.
 */
export class Alertmanager extends pulumi.ComponentResource {
    public readonly pods: PodPeer;
    /** API and UI, for Prometheus and Grafana. */
    public readonly web: Endpoint;
    /** API of every replica, behind a headless Service for SRV lookups: who sends alerts sends them to each. */
    public readonly replicas: Endpoint;
    /**
     * Where an application posts its alerts: one URL per replica, and each wants all of them. A Service in between would
     * give every alert to one replica alone, and lose it with that one.
     */
    public readonly alertUrls: readonly string[];

    private readonly args: AlertmanagerArgs;

    constructor(name: string, args: AlertmanagerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:alerting:Alertmanager", name, {}, opts);
        this.args = args;
        this.check(name);
        const { platform } = args;
        this.pods = { workload: OBJECT_NAME, namespace: platform.namespace, labels: podLabels() };
        this.web = this.port("web", alertmanagerPorts.web);
        this.replicas = { ...this.web, service: operatedService };
        this.alertUrls = Array.from(
            { length: args.settings.replicas },
            (_, replica) =>
                `http://alertmanager-${CR_NAME}-${replica}.${operatedService}.${platform.namespace}.svc:` +
                `${alertmanagerPorts.web}/api/v2/alerts`,
        );
        this.noteEdges();
        this.countDemand();

        this.addResource(name);
        this.addService(name);
        this.addDisruptionBudget(name);
        this.addMonitor(name);
        this.registerOutputs({ host: hostOf(this.web) });
    }

    private check(name: string): void {
        const [problem] = secretProblems(this.args);
        if (problem !== undefined) {
            throw new pulumi.ResourceError(`${name}: ${problem}`, this, true);
        }
    }

    private port(portName: string, port: number): Endpoint {
        const { namespace } = this.args.platform;
        return { service: OBJECT_NAME, namespace, portName, port, podPort: port, pods: this.pods };
    }

    private selector() {
        return this.args.platform.selector(OBJECT_NAME, OBJECT_NAME);
    }

    private labels(): Record<string, string> {
        return { ...this.selector(), "app.kubernetes.io/version": this.args.image.version };
    }

    private noteEdges(): void {
        const { platform, settings } = this.args;
        platform.network.register(this.pods);
        platform.network.scrape(this.web);
        platform.network.scrape(this.port(configReloaderPort.name, configReloaderPort.port));
        if (settings.replicas > 1) {
            for (const protocol of ["TCP", "UDP"] as const) {
                platform.network.connect(this.pods, {
                    service: operatedService,
                    namespace: platform.namespace,
                    portName: `${protocol.toLowerCase()}-mesh`,
                    port: alertmanagerPorts.mesh,
                    podPort: alertmanagerPorts.mesh,
                    protocol,
                    pods: this.pods,
                });
            }
        }
        platform.network.admit("source", settings.sources, this.web);
        if (settings.smtp !== undefined) {
            platform.network.egress(this.pods, "smtp", [settings.smtp.port]);
        }
        const heartbeat = heartbeatOf(settings);
        const ports = [...new Set([...receiverPorts(settings), ...(heartbeat === undefined ? [] : [heartbeat.port])])];
        if (ports.length > 0) {
            platform.network.egress(this.pods, "receivers", ports);
        }
    }

    private countDemand(): void {
        const { platform, settings } = this.args;
        platform.capacity.add({
            workload: OBJECT_NAME,
            replicas: settings.replicas,
            requests: settings.resources.requests,
            volume: settings.volume.size,
        });
        countConfigReloaders(platform, OBJECT_NAME, settings.replicas);
    }

    /** A Secret because the operator takes nothing else; it holds none. */
    private addConfig(name: string): k8s.core.v1.Secret {
        const { platform, settings } = this.args;
        if (Object.keys(settings.receivers).length === 0) {
            void pulumi.log.warn("No receiver is configured (alerting.receivers): nobody is told of alerts", this);
        }
        const text = secretFiles(this.args).apply((files) =>
            alertmanagerConfigText(settings, { ...files, templates: configPath }),
        );
        return new k8s.core.v1.Secret(
            `${name}-config`,
            {
                metadata: platform.metadata("alertmanager-config", this.labels()),
                stringData: { "alertmanager.yaml": text, ...Object.fromEntries(templateFiles(settings.templates)) },
            },
            { parent: this },
        );
    }

    private spec(configSecret: pulumi.Output<string>): AlertmanagerSpec {
        const { platform, settings, image } = this.args;
        return {
            image: image.image,
            version: image.version,
            replicas: settings.replicas,
            logFormat: "json",
            // Of its resource alone the pattern has neither days nor weeks.
            retention: formatDuration(parseDuration(settings.retention)),
            clusterLabel: `${platform.clusterName}/${platform.instance}`,
            externalUrl: urlOf(this.web),
            configSecret,
            secrets: mountedSecrets(this.args).map((secret) => secret.name),
            storage: { volumeClaimTemplate: { spec: claimSpec(settings.volume, platform) } },
            persistentVolumeClaimRetentionPolicy: claimRetention(platform),
            serviceAccountName: OBJECT_NAME,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            ...(platform.priorityClassName === undefined ? {} : { priorityClassName: platform.priorityClassName }),
            securityContext: podSecurityContext(USER),
            resources: settings.resources,
            nodeSelector: linuxNodes,
            topologySpreadConstraints: spread(podLabels()),
            podMetadata: { labels: platform.labels(this.labels()) },
        };
    }

    private addResource(name: string): void {
        const { platform, settings, operator } = this.args;
        const account = new ServiceAccount(
            name,
            { platform, objectName: OBJECT_NAME, namespace: platform.namespace, labels: this.selector() },
            { parent: this },
        );
        const config = this.addConfig(name);
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "Alertmanager",
                metadata: {
                    ...platform.metadata(CR_NAME, this.labels()),
                    annotations: operator.annotationsFor(settings.replicas),
                },
                spec: this.spec(config.metadata.name),
            },
            // What it holds outlives it: persistentVolumeClaimRetentionPolicy.
            { parent: this, dependsOn: [operator.workload.controller, account], protect: platform.protectData },
        );
    }

    private addMonitor(name: string): void {
        const { platform, jobs } = this.args;
        serviceMonitor(
            name,
            {
                platform,
                objectName: OBJECT_NAME,
                namespace: platform.namespace,
                selector: { ...this.selector(), [scrapedLabel]: "true" },
                scrapes: [
                    { job: jobs.alertmanager, port: "web" },
                    { job: jobs.configReloader, port: configReloaderPort.name },
                ],
            },
            { parent: this },
        );
    }

    private addService(name: string): void {
        const { platform } = this.args;
        new k8s.core.v1.Service(
            name,
            {
                metadata: {
                    ...platform.metadata(OBJECT_NAME, { ...this.labels(), [scrapedLabel]: "true" }),
                    // Its pods are the operator's to make; the Alertmanager resource is what is waited for.
                    annotations: { "pulumi.com/skipAwait": "true" },
                },
                spec: {
                    type: "ClusterIP",
                    selector: podLabels(),
                    ports: [
                        { name: "web", port: alertmanagerPorts.web, targetPort: "web" },
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

    private addDisruptionBudget(name: string): void {
        const { platform, settings } = this.args;
        const metadata = platform.metadata(OBJECT_NAME, this.labels());
        addDisruptionBudget(name, { metadata, pods: podLabels(), replicas: settings.replicas }, { parent: this });
    }
}

/** Labels by which the operator selects the pods of this Alertmanager. */
function podLabels(): Record<string, string> {
    return {
        "app.kubernetes.io/name": "alertmanager",
        "app.kubernetes.io/instance": CR_NAME,
        alertmanager: CR_NAME,
    };
}
