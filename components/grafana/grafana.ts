import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { GrafanaSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { ProvisionedDashboard } from "../../dashboards/types";
import { exposedService, ExternalAccess, externalUrl } from "../platform/exposure";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "../secrets/secret-ref";
import type { Endpoint } from "../workload/endpoint";
import { type ConfigFiles, filesOf, type SecretFiles } from "../workload/files";
import type { ContainerArgs } from "../workload/pod";
import { Workload } from "../workload/workload";
import { dashboardFiles, renderDashboardProviders } from "./dashboard-files";
import { defaultDatasource, type DatasourceTargets, renderDatasources, usedTargets } from "./datasources";
import { folders } from "./folders";
import { grafanaPort, renderGrafanaIni } from "./grafana-ini";
import { claimSpec, filledInClaimFields } from "../workload/volumes";

/** Inputs of {@link Grafana}. */
export interface GrafanaArgs {
    platform: Platform;
    settings: GrafanaSettings;
    images: Pick<Images, "grafana">;
    secrets: {
        /** Keys `username` and `password`. */
        admin: SecretRef;
        /** Key `secret-key`; a new one makes what Grafana has encrypted unreadable. */
        secretKey: SecretRef;
        /** Keys `username` and `password`: what is asked of whoever reads `/metrics`. */
        metrics: SecretRef;
    };
    /** Address ranges of the users who come by a load balancer. */
    clients: readonly string[];
    /** What is on. */
    datasources: DatasourceTargets;
    /** How often series get a sample. */
    scrapeInterval: string;
    dashboards: readonly ProvisionedDashboard[];
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "grafana">;
}

const objectName = "grafana";

/**
 * Grafana, provisioned by files alone: data sources of what is on, dashboards, one administrator. One replica, for its
 * database is a file.
 */
export class Grafana extends pulumi.ComponentResource {
    public readonly endpoint: Endpoint;
    /** Where users find it. */
    public readonly url: pulumi.Output<string>;

    constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:grafana:Grafana", name, {}, opts);
        const { platform, settings } = args;
        validate(name, args, this);
        const state = settings.state.kind === "volume" ? [this.addVolume(name, args, settings.state.volume)] : [];
        const workload = new Workload(
            name,
            {
                platform,
                app: "grafana",
                version: args.images.grafana.version,
                objectName,
                // Two pods can't hold the volume, so the old one goes first.
                controller: {
                    kind: "Deployment",
                    replicas: settings.replicas,
                    ...(state.length > 0 ? { strategy: "Recreate" as const } : {}),
                },
                user: 472,
                containers: [container(args)],
                services: [{ name: settings.serviceName, ...exposedService(settings.exposure, "http", args.clients) }],
                scrapes: [{ job: args.jobs.grafana, port: "http", basicAuth: args.secrets.metrics }],
                config: configFiles(args),
                secrets: secretFiles(args),
                volumes: state.length > 0 ? [{ name: "state", persistentVolumeClaim: { claimName: objectName } }] : [],
            },
            { parent: this, dependsOn: state },
        );
        for (const [, target] of usedTargets(args.datasources)) {
            platform.network.connect(workload.pods, target);
        }
        this.endpoint = workload.endpoint("http");
        this.url = new ExternalAccess(
            name,
            {
                platform,
                exposure: settings.exposure,
                objectName,
                endpoint: this.endpoint,
                service: workload.service(this.endpoint),
                ...(settings.host === undefined ? {} : { host: settings.host }),
            },
            { parent: this },
        ).url;
        this.registerOutputs({ url: this.url });
    }

    private addVolume(
        name: string,
        { platform }: GrafanaArgs,
        volume: Extract<GrafanaSettings["state"], { kind: "volume" }>["volume"],
    ): pulumi.Resource {
        platform.capacity.add({
            workload: `${objectName}/state`,
            replicas: 1,
            requests: { cpu: "0", memory: "0Mi" },
            volume: volume.size,
        });
        return new k8s.core.v1.PersistentVolumeClaim(
            name,
            {
                metadata: platform.metadata(objectName, platform.selector("grafana", "grafana")),
                spec: claimSpec(volume, platform),
            },
            {
                parent: this,
                ...platform.returningDataOptions(`${platform.namespace}/${objectName}`),
                ignoreChanges: filledInClaimFields(volume, platform),
            },
        );
    }
}

function validate(name: string, { settings, datasources }: GrafanaArgs, resource: pulumi.Resource): void {
    const refuse = (problem: string) => new pulumi.ResourceError(`${name}: ${problem}`, resource, true);
    if (settings.replicas > 1) {
        throw refuse(
            `replicas is ${settings.replicas}, but Grafana's database is a file of one pod; set replicas to 1`,
        );
    }
    if (settings.exposure.kind === "ingress" && settings.host === undefined) {
        throw refuse("an ingress needs a host name; set host, such as grafana.example.com, or another exposure.kind");
    }
    try {
        defaultDatasource(datasources, settings.defaultDatasource);
    } catch (error) {
        throw refuse((error as Error).message);
    }
}

function configFiles(args: GrafanaArgs): ConfigFiles[] {
    const { settings } = args;
    const options = {
        scrapeInterval: args.scrapeInterval,
        ...(settings.defaultDatasource === undefined ? {} : { defaultDatasource: settings.defaultDatasource }),
    };
    return [
        {
            name: "grafana-config",
            mountPath: folders.config,
            files: {
                "grafana.ini": renderGrafanaIni({
                    rootUrl: externalUrl(settings.exposure, settings.host, settings.servicePort),
                    anonymousViewers: settings.anonymous.kind === "viewer",
                }),
            },
        },
        {
            name: "grafana-datasources",
            mountPath: `${folders.provisioning}/datasources`,
            files: { "perch.yaml": renderDatasources(args.datasources, options) },
        },
        {
            name: "grafana-dashboard-providers",
            mountPath: `${folders.provisioning}/dashboards`,
            files: { "perch.yaml": renderDashboardProviders(args.dashboards) },
        },
        ...dashboardFiles(args.dashboards),
    ];
}

function secretFiles({ secrets }: GrafanaArgs): SecretFiles[] {
    return [
        filesOf(secrets.admin, folders.adminSecret, ["username", "password"]),
        filesOf(secrets.secretKey, folders.secretKey, ["secret-key"]),
        filesOf(secrets.metrics, folders.metricsSecret, ["username", "password"]),
    ];
}

function container({ images, settings }: GrafanaArgs): ContainerArgs {
    const health = { path: "/api/health", port: "http" };
    const onVolume = settings.state.kind === "volume";
    return {
        name: "grafana",
        image: images.grafana.image,
        env: [{ name: "GF_PATHS_CONFIG", value: `${folders.config}/grafana.ini` }],
        ports: { http: { port: grafanaPort, servicePort: settings.servicePort } },
        probes: {
            readiness: health,
            liveness: { ...health, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 10 },
            // The first start and each upgrade migrate the database.
            startup: { ...health, failureThreshold: 60 },
        },
        resources: settings.resources,
        scratch: {
            "/tmp": "256Mi",
            [folders.logs]: "64Mi",
            [folders.search]: "512Mi",
            ...(onVolume ? {} : { [folders.data]: "1Gi" }),
        },
        mounts: onVolume ? [{ name: "state", mountPath: folders.data }] : [],
    };
}
