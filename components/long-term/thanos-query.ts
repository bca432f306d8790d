import * as pulumi from "@pulumi/pulumi";
import { replicaLabel } from "../../config/external-labels";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { thanosNames } from "./names";
import { gracePeriodSeconds, thanosContainer, thanosUser } from "./thanos-common";
import { endpointsYaml } from "./thanos-config";

/** Inputs of {@link ThanosQuery}. */
export interface ThanosQueryArgs {
    platform: Platform;
    settings: ThanosSettings["query"];
    images: Pick<Images, "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "thanosQuery">;
    /** Whom it asks (gRPC), each behind a headless Service: sidecars and store gateways. */
    storeApis: Endpoint[];
}

const folder = "/etc/thanos/query";

/** Thanos Query: one PromQL API over all that sidecars and store gateways have, replicas merged. Stateless. */
export class ThanosQuery extends pulumi.ComponentResource {
    /** PromQL API (HTTP). */
    public readonly endpoint: Endpoint;
    public readonly workload: Workload;

    constructor(name: string, args: ThanosQueryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:ThanosQuery", name, {}, opts);
        const { platform, settings, images } = args;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "thanos",
                component: "query",
                version: images.thanos.version,
                objectName: thanosNames.query,
                controller: { kind: "Deployment", replicas: settings.replicas },
                user: thanosUser,
                containers: [
                    thanosContainer({
                        name: thanosNames.query,
                        image: images.thanos.image,
                        subcommand: "query",
                        flags: [
                            `--endpoint.sd-config-file=${folder}/endpoints.yaml`,
                            "--endpoint.sd-config-reload-interval=1m",
                            `--query.replica-label=${replicaLabel}`,
                            // Long ranges read the coarse resolutions that the Compactor makes.
                            "--query.auto-downsampling",
                            "--web.disable-cors",
                        ],
                        resources: settings.resources,
                    }),
                ],
                scrapes: [{ job: args.jobs.thanosQuery, port: "http" }],
                config: [
                    {
                        name: "thanos-query-endpoints",
                        mountPath: folder,
                        files: { "endpoints.yaml": endpointsYaml(args.storeApis) },
                        reloads: true,
                    },
                ],
                terminationGracePeriodSeconds: gracePeriodSeconds,
            },
            { parent: this },
        );
        for (const storeApi of args.storeApis) {
            platform.network.connect(this.workload.pods, storeApi);
        }
        this.endpoint = this.workload.endpoint("http");
        this.registerOutputs({ endpoint: this.endpoint.service });
    }
}
