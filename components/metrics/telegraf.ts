import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { TelegrafSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import { fromField } from "../workload/pod";
import { instanceIsNode } from "../workload/service-monitor";
import { Workload } from "../workload/workload";
import { renderTelegrafConfig, telegrafEnvironment, telegrafHostPaths } from "./telegraf-config";

/** Inputs of {@link Telegraf}. */
export interface TelegrafArgs {
    platform: Platform;
    settings: TelegrafSettings;
    /** How often Prometheus scrapes. */
    scrapeInterval: string;
    images: Pick<Images, "telegraf">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "telegraf">;
}

const configPath = "/etc/telegraf";
const configFile = "telegraf.conf";

/**
 * Telegraf on every node, tainted ones too, scraped by Prometheus. It needs the host's network, processes and file systems
 * (all read-only), so it lives in the namespace that admits such pods.
 */
export class Telegraf extends pulumi.ComponentResource {
    public readonly workload: Workload;

    constructor(name: string, args: TelegrafArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:Telegraf", name, {}, opts);
        const { platform, settings, scrapeInterval, images } = args;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "telegraf",
                version: images.telegraf.version,
                objectName: "telegraf",
                controller: { kind: "DaemonSet" },
                user: 65534,
                host: { hostNetwork: true, hostPID: true, paths: { ...telegrafHostPaths } },
                containers: [
                    {
                        name: "telegraf",
                        image: images.telegraf.image,
                        // The image's own start would change the program's capabilities, for which there is no right.
                        command: ["/usr/bin/telegraf"],
                        args: ["--config", `${configPath}/${configFile}`],
                        env: [
                            fromField("HOST_IP", "status.hostIP"),
                            fromField("NODE_NAME", "spec.nodeName"),
                            ...Object.entries(telegrafEnvironment).map(([variable, value]) => ({
                                name: variable,
                                value,
                            })),
                        ],
                        ports: { metrics: { port: settings.port } },
                        probes: {
                            readiness: { path: "/", port: "metrics" },
                            liveness: { path: "/", port: "metrics" },
                        },
                        resources: settings.resources,
                    },
                ],
                services: [{ name: "telegraf", headless: true }],
                scrapes: [
                    {
                        job: args.jobs.telegraf,
                        port: "metrics",
                        relabelings: [instanceIsNode],
                    },
                ],
                config: [
                    {
                        name: "telegraf",
                        mountPath: configPath,
                        files: {
                            [configFile]: renderTelegrafConfig({
                                interval: settings.interval ?? scrapeInterval,
                                port: settings.port,
                            }),
                        },
                    },
                ],
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
