import * as pulumi from "@pulumi/pulumi";
import { replicaLabel, rulerReplicaLabel } from "../../config/external-labels";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { thanosNames } from "./names";
import { otherEndpointCas, otherEndpointClients, otherEndpointPorts, otherEndpoints } from "./store-endpoints";
import { gracePeriodSeconds, thanosContainer, thanosUser } from "./thanos-common";
import { endpointsYaml } from "./thanos-config";

/** Inputs of {@link ThanosQuery}. */
export interface ThanosQueryArgs {
    platform: Platform;
    settings: ThanosSettings["query"];
    images: Pick<Images, "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "thanosQuery">;
    /** Whom it asks (gRPC), each behind a headless Service: sidecars, store gateways and Rulers. */
    storeApis: Endpoint[];
    /** Whether Prometheus has shards, of which each scrapes it: a Ruler needs it, and can't tell when it is down.  @default false */
    sharded?: boolean;
    /** As for all of Thanos.  @default false */
    completeAnswers?: boolean;
}

/**
 * Labels that tell replicas apart, whose series are merged. The Rulers' also without a Ruler: what one has recorded stays in the
 * bucket when it goes, and other clusters may have some.
 */
const replicaLabels = [replicaLabel, rulerReplicaLabel];

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
                            ...replicaLabels.map((label) => `--query.replica-label=${label}`),
                            // Long ranges read the coarse resolutions that the Compactor makes.
                            "--query.auto-downsampling",
                            `--store.response-timeout=${settings.storeTimeout}`,
                            ...(args.completeAnswers === true ? ["--no-query.partial-response"] : []),
                            "--web.disable-cors",
                        ],
                        resources: settings.resources,
                    }),
                ],
                scrapes: [{ job: args.jobs.thanosQuery, port: "http", byEveryShard: args.sharded === true }],
                config: [
                    {
                        name: "thanos-query-endpoints",
                        mountPath: folder,
                        files: { "endpoints.yaml": endpointsYaml(args.storeApis, otherEndpoints(settings.endpoints)) },
                        reloads: true,
                    },
                    ...otherEndpointCas(settings.endpoints),
                ],
                secrets: otherEndpointClients(settings.endpoints),
                terminationGracePeriodSeconds: gracePeriodSeconds,
            },
            { parent: this },
        );
        for (const storeApi of args.storeApis) {
            platform.network.connect(this.workload.pods, storeApi);
        }
        if (Object.keys(settings.endpoints).length > 0) {
            platform.network.egress(this.workload.pods, "otherClusters", otherEndpointPorts(settings.endpoints));
        }
        this.endpoint = this.workload.endpoint("http");
        this.registerOutputs({ endpoint: this.endpoint.service });
    }
}
