import * as pulumi from "@pulumi/pulumi";
import { blackboxModules, type ProbedPeer, probedPeers } from "../../config/blackbox";
import type { JobKey } from "../../config/jobs";
import type { BlackboxSettings, MetricsSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import { eachOnce } from "../platform/ports";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { renderBlackboxConfig } from "./blackbox-config";

/** Inputs of {@link BlackboxExporter}. */
export interface BlackboxExporterArgs {
    platform: Platform;
    settings: BlackboxSettings;
    /** What is scraped; those of kind probe that name no prober are its own. */
    targets: MetricsSettings["targets"];
    images: Pick<Images, "blackboxExporter">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "blackboxExporter">;
}

const configPath = "/etc/blackbox_exporter";
const configFile = "config.yml";
const httpPort = 9115;

/** Namespace of a Service of the cluster, by its name in full: `shop.web.svc`, `shop.web.svc.cluster.local`. */
function namespaceOf(host: string): string | undefined {
    return /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(\.|$)/.exec(host)?.[1];
}

/** Whom the exporter calls for the targets that are its own. */
export function calledPeers({ settings, targets }: Pick<BlackboxExporterArgs, "settings" | "targets">): ProbedPeer[] {
    const modules = blackboxModules(settings);
    return Object.values(targets).flatMap((target) => {
        const module = target.kind === "probe" && target.prober === undefined ? modules[target.module] : undefined;
        return target.kind !== "probe" || module === undefined
            ? []
            : target.targets.flatMap((each) => probedPeers(module, each) ?? []);
    });
}

/**
 * blackbox exporter: calls URLs, ports and DNS servers, as their users do. It may reach just what the targets name. There
 * is no ICMP: a NetworkPolicy can't allow it without allowing everything.
 */
export class BlackboxExporter extends pulumi.ComponentResource {
    public readonly workload: Workload;
    /** Where Prometheus has things probed. */
    public readonly endpoint: Endpoint;

    constructor(name: string, args: BlackboxExporterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:BlackboxExporter", name, {}, opts);
        const { platform, settings, images, jobs } = args;
        const health = { path: "/-/healthy", port: "http" };
        this.workload = new Workload(
            name,
            {
                platform,
                app: "blackbox-exporter",
                version: images.blackboxExporter.version,
                objectName: "blackbox-exporter",
                controller: { kind: "Deployment", replicas: settings.replicas },
                user: 65534,
                containers: [
                    {
                        name: "blackbox-exporter",
                        image: images.blackboxExporter.image,
                        args: [
                            `--config.file=${configPath}/${configFile}`,
                            `--web.listen-address=:${httpPort}`,
                            "--log.format=json",
                        ],
                        ports: { http: { port: httpPort } },
                        probes: { readiness: health, liveness: health },
                        resources: settings.resources,
                    },
                ],
                scrapes: [{ job: jobs.blackboxExporter, port: "http" }],
                config: [
                    {
                        name: "blackbox-exporter",
                        mountPath: configPath,
                        files: { [configFile]: renderBlackboxConfig(settings) },
                    },
                ],
            },
            { parent: this },
        );
        this.endpoint = this.workload.endpoint("http");
        this.noteEdges(args);
        this.registerOutputs({ endpoint: this.endpoint.service });
    }

    private noteEdges(args: BlackboxExporterArgs): void {
        const { network } = args.platform;
        const peers = calledPeers(args);
        for (const protocol of ["TCP", "UDP"] as const) {
            const outside = peers.filter((peer) => peer.protocol === protocol && namespaceOf(peer.host) === undefined);
            const ports = eachOnce(outside.map(({ port }) => port));
            if (ports.length > 0) {
                network.egress(this.workload.pods, "targets", ports, protocol);
            }
        }
        for (const namespace of new Set(peers.flatMap(({ host }) => namespaceOf(host) ?? []))) {
            // A policy sees the pods' ports, and which those of a Service are, nobody here knows.
            network.egress(this.workload.pods, { namespace });
        }
    }
}
