import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MetricsSettings, TargetSettings } from "../../config/schema";
import type { Platform } from "../platform/platform";
import { eachOnce, portsOf } from "../platform/ports";
import { type Endpoint, hostOf, type PodPeer, portOf as portOfUrl } from "../workload/endpoint";
import { jobLabel } from "../workload/service-monitor";
import { relabeling } from "./relabeling";
import { accessSpec } from "./target-access";

type Of<K extends TargetSettings["kind"]> = Extract<TargetSettings, { kind: K }>;

/** An object of the operator that makes Prometheus scrape something. */
interface Monitor {
    apiVersion: "monitoring.coreos.com/v1" | "monitoring.coreos.com/v1alpha1";
    kind: "ServiceMonitor" | "PodMonitor" | "ScrapeConfig" | "Probe";
    spec: object;
}

const v1 = "monitoring.coreos.com/v1";

/** Fields that a ServiceMonitor's endpoint, a PodMonitor's and a Probe have under the same names. */
function common({ interval, timeout, metricRelabelings }: TargetSettings) {
    return {
        ...(interval === undefined ? {} : { interval }),
        ...(timeout === undefined ? {} : { scrapeTimeout: timeout }),
        ...(metricRelabelings.length === 0 ? {} : { metricRelabelings: metricRelabelings.map(relabeling) }),
    };
}

/** A port of pods under the name that each kind of monitor has for a number. */
function portOf({ kind, port }: Of<"service" | "pods">) {
    return typeof port === "string" ? { port } : kind === "pods" ? { portNumber: port } : { targetPort: port };
}

function endpoint(name: string, target: Of<"service" | "pods">) {
    const { path, scheme, honorLabels, job = name, relabelings } = target;
    return {
        ...portOf(target),
        path,
        scheme,
        ...accessSpec(target),
        ...(honorLabels ? { honorLabels } : {}),
        ...common(target),
        relabelings: [jobLabel(job), ...relabelings.map(relabeling)],
    };
}

function selected({ namespace, labels }: Of<"service" | "pods">) {
    return {
        namespaceSelector: namespace === undefined ? { any: true } : { matchNames: [namespace] },
        selector: { matchLabels: labels },
    };
}

/** Where a ScrapeConfig's targets are, or who knows it. */
function whereabouts(target: Of<"static" | "discovery">) {
    if (target.kind === "static") {
        const { addresses, labels } = target;
        return {
            staticConfigs: [
                {
                    // The API server takes no address twice.
                    targets: [...new Set(addresses)],
                    ...(Object.keys(labels).length === 0 ? {} : { labels }),
                },
            ],
        };
    }
    const { from } = target;
    switch (from.kind) {
        case "dns":
            return {
                dnsSDConfigs: [{ names: from.names, type: from.type, port: from.port, refreshInterval: from.refresh }],
            };
        case "srv":
            return { dnsSDConfigs: [{ names: from.names, type: "SRV", refreshInterval: from.refresh }] };
        case "http":
            return { httpSDConfigs: [{ url: from.url, refreshInterval: from.refresh, ...accessSpec(from) }] };
    }
}

function scrapeConfig(name: string, target: Of<"static" | "discovery">) {
    const { path, scheme, honorLabels, job = name, relabelings } = target;
    const { interval, ...rest } = common(target);
    return {
        jobName: job,
        ...whereabouts(target),
        metricsPath: path,
        scheme: scheme === "http" ? "HTTP" : "HTTPS",
        ...accessSpec(target),
        ...(honorLabels ? { honorLabels } : {}),
        ...(interval === undefined ? {} : { scrapeInterval: interval }),
        ...rest,
        ...(relabelings.length === 0 ? {} : { relabelings: relabelings.map(relabeling) }),
    };
}

/**
 * Host and port of what does a probe.
 *
 * @throws Error when the target names none and there is none in the stack
 */
function proberOf(name: string, { prober }: Of<"probe">, blackbox: Endpoint | undefined): string {
    const own = blackbox && `${hostOf(blackbox)}:${blackbox.port}`;
    const found = prober ?? own;
    if (found === undefined) {
        throw new Error(`target ${name} names no prober, and the stack has no blackbox exporter`);
    }
    return found;
}

function probe(name: string, target: Of<"probe">, blackbox: Endpoint | undefined) {
    const { module, targets, labels, job = name } = target;
    return {
        jobName: job,
        prober: { url: proberOf(name, target, blackbox) },
        module,
        targets: {
            staticConfig: { static: [...new Set(targets)], ...(Object.keys(labels).length === 0 ? {} : { labels }) },
        },
        ...common(target),
    };
}

/** The object for a target of the settings; a probe that names no prober is done by `blackbox`. */
export function monitorOf(name: string, target: TargetSettings, blackbox?: Endpoint): Monitor {
    switch (target.kind) {
        case "service":
            return {
                apiVersion: v1,
                kind: "ServiceMonitor",
                spec: { ...selected(target), endpoints: [endpoint(name, target)] },
            };
        case "pods":
            return {
                apiVersion: v1,
                kind: "PodMonitor",
                spec: { ...selected(target), podMetricsEndpoints: [endpoint(name, target)] },
            };
        case "static":
        case "discovery":
            return {
                apiVersion: "monitoring.coreos.com/v1alpha1",
                kind: "ScrapeConfig",
                spec: scrapeConfig(name, target),
            };
        case "probe":
            return { apiVersion: v1, kind: "Probe", spec: probe(name, target, blackbox) };
    }
}

function portsOfTarget(target: TargetSettings): number[] {
    switch (target.kind) {
        case "service":
        case "pods":
            return [];
        case "static":
            return portsOf(target.addresses);
        case "probe":
            return target.prober === undefined ? [] : portsOf([target.prober]);
        case "discovery":
            return portsOfDirectory(target.from);
    }
}

function portsOfDirectory(from: Of<"discovery">["from"]): number[] {
    switch (from.kind) {
        case "dns":
            return [from.port];
        case "srv":
            return from.ports;
        case "http":
            return [portOfUrl(from.url), ...from.ports];
    }
}

/**
 * Ports that Prometheus calls outside of the pods, which it may reach anyway: those of addresses that are given or found,
 * and of who knows them. Each once, in order.
 */
export function calledPorts(targets: MetricsSettings["targets"]): number[] {
    return eachOnce(Object.values(targets).flatMap(portsOfTarget));
}

/** Whether a target is a probe that the stack's own exporter does. */
function isOwnProbe(target: TargetSettings): boolean {
    return target.kind === "probe" && target.prober === undefined;
}

/** Inputs of {@link Targets}. */
export interface TargetsArgs {
    platform: Platform;
    targets: MetricsSettings["targets"];
    /** Pods of Prometheus. */
    prometheus: PodPeer;
    /** Who does the probes that name no prober.  @default such a probe is refused */
    blackbox?: Endpoint;
}

/** What the settings want scraped beside what monitors in the cluster ask for: one object each, in the stack's namespace. */
export class Targets extends pulumi.ComponentResource {
    constructor(name: string, args: TargetsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:Targets", name, {}, opts);
        const { platform, targets, prometheus, blackbox } = args;
        for (const [target, settings] of Object.entries(targets)) {
            new k8s.apiextensions.CustomResource(
                `${name}-${target}`,
                { ...monitorOf(target, settings, blackbox), metadata: platform.metadata(`target-${target}`) },
                { parent: this, dependsOn: platform.monitoringApi },
            );
        }
        if (blackbox !== undefined && Object.values(targets).some(isOwnProbe)) {
            platform.network.connect(prometheus, blackbox);
        }
        const ports = calledPorts(targets);
        if (ports.length > 0) {
            platform.network.egress(prometheus, "targets", ports);
        }
        this.registerOutputs({});
    }
}
