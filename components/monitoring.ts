import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/load";
import type { ObjectStorage } from "./object-storage";
import type { CapacityTotals } from "./platform/capacity";
import { NetworkPolicies } from "./platform/network-policies";
import { after, readyWithin } from "./platform/order";
import type { Providers } from "./providers";
import { GRAFANA_ADMIN } from "./secrets";
import { urlOf } from "./workload/endpoint";
import { addRules, makeAlertmanager } from "./wiring/alerts";
import { addAutoscaling } from "./wiring/autoscaling";
import { makeGrafana } from "./wiring/grafana";
import { makeGround } from "./wiring/ground";
import { addAlloy, makeLoki } from "./wiring/logs";
import { makeThanos } from "./wiring/long-term";
import {
    addAdmissionWebhook,
    addControlPlane,
    addExporters,
    addTargets,
    makeAuthority,
    makeOperator,
    makePrometheus,
    makeVictoriaMetrics,
} from "./wiring/metrics";

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
        // In the order in which data flows. First the ground: what holds data, and the keys to it.
        const ground = makeGround(name, this, settings, args.crdsProvider);
        const { shared, secrets, storage } = ground;
        const stored = [after(storage, secrets)];

        // Metrics and alerts.
        const authority = makeAuthority(ground);
        const operator = makeOperator(ground);
        addAdmissionWebhook(ground, authority);
        const alertmanager = makeAlertmanager(ground, operator, stored);
        const victoriaMetrics = makeVictoriaMetrics(ground, stored);
        const prometheus = makePrometheus(ground, { operator, alertmanager, victoriaMetrics }, stored);
        addExporters(ground);
        addControlPlane(ground, prometheus);
        addTargets(ground, prometheus);

        // Logs, long-term metrics and what feeds them.
        const loki = makeLoki(ground, stored);
        const thanos = makeThanos(ground, { prometheus, operator, alertmanager }, [after(prometheus.resource)]);
        addAlloy(ground, loki);
        addAutoscaling(ground, { prometheus, thanos, authority });

        // What people look at; and last, the policies of all edges that were noted on the way.
        addRules(ground);
        const grafana = makeGrafana(ground, { prometheus, thanos, victoriaMetrics, loki, alertmanager });
        const { platform } = shared;
        new NetworkPolicies(`${name}-network`, { platform, settings: settings.networkPolicies }, { parent: this });

        this.namespace = platform.namespace;
        this.grafanaUrl = grafana.url;
        this.prometheusUrl = prometheus.url;
        this.grafanaAdminPassword = secrets.grafanaAdmin.content?.apply((content) => content.password ?? "");
        this.buckets = storage.bucketNames;
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
}
