import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Memcached } from "../cache";
import type { Platform } from "../platform/platform";
import { type Endpoint, urlOf } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { thanosNames } from "./names";
import { gracePeriodSeconds, thanosContainer, thanosUser } from "./thanos-common";
import { responseCacheYaml, tripperYaml } from "./thanos-config";

export type QueryFrontendSettings = Exclude<ThanosSettings["queryFrontend"], "none">;

/** Inputs of {@link ThanosQueryFrontend}. */
export interface ThanosQueryFrontendArgs {
    platform: Platform;
    settings: QueryFrontendSettings;
    images: Pick<Images, "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "thanosQueryFrontend">;
    /** PromQL API of Thanos Query (HTTP). */
    query: Endpoint;
    /** Where answers are kept.  @default its own memory */
    cache?: Memcached;
    /** How long after its time a sample may still come: `1m`. Answers about what is younger aren't kept. */
    samplesSettleAfter: string;
    /** As for all of Thanos.  @default false */
    completeAnswers?: boolean;
}

const folder = "/etc/thanos/query-frontend";
const cacheFile = `${folder}/response-cache.yaml`;

/** Command line of a Query Frontend, without what all Thanos processes have. */
export function queryFrontendFlags({
    settings,
    query,
    samplesSettleAfter,
    completeAnswers,
}: Pick<ThanosQueryFrontendArgs, "settings" | "query" | "samplesSettleAfter" | "completeAnswers">): string[] {
    return [
        `--query-frontend.downstream-url=${urlOf(query)}`,
        `--query-frontend.downstream-tripper-config-file=${folder}/downstream.yaml`,
        "--query-frontend.compress-responses",
        `--query-frontend.log-queries-longer-than=${settings.slowQuery}`,
        // Grafana sends it: dataproxy.send_user_header.
        "--query-frontend.slow-query-logs-user-header=X-Grafana-User",
        "--cache-compression-type=snappy",
        `--query-range.split-interval=${settings.splitInterval}`,
        `--query-range.response-cache-config-file=${cacheFile}`,
        `--query-range.response-cache-max-freshness=${samplesSettleAfter}`,
        `--labels.split-interval=${settings.splitInterval}`,
        `--labels.response-cache-config-file=${cacheFile}`,
        `--labels.response-cache-max-freshness=${samplesSettleAfter}`,
        // Its own default is in every query that it passes on.
        ...(completeAnswers === true ? ["--no-query-range.partial-response", "--no-labels.partial-response"] : []),
        "--web.disable-cors",
    ];
}

/**
 * Thanos Query Frontend: in front of Thanos Query it divides queries of long ranges by time, tries parts that failed up to
 * five times again, and keeps answers of range queries and of labels. Stateless but for that cache.
 */
export class ThanosQueryFrontend extends pulumi.ComponentResource {
    /** PromQL API (HTTP), as that of Thanos Query. */
    public readonly endpoint: Endpoint;
    public readonly workload: Workload;

    constructor(name: string, args: ThanosQueryFrontendArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:ThanosQueryFrontend", name, {}, opts);
        const { platform, settings, images, query, cache } = args;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "thanos",
                component: "query-frontend",
                version: images.thanos.version,
                objectName: thanosNames.queryFrontend,
                controller: { kind: "Deployment", replicas: settings.replicas },
                user: thanosUser,
                containers: [
                    thanosContainer({
                        name: thanosNames.queryFrontend,
                        image: images.thanos.image,
                        subcommand: "query-frontend",
                        flags: queryFrontendFlags(args),
                        resources: settings.resources,
                    }),
                ],
                scrapes: [{ job: args.jobs.thanosQueryFrontend, port: "http" }],
                config: [
                    {
                        name: thanosNames.queryFrontend,
                        mountPath: folder,
                        files: {
                            "downstream.yaml": tripperYaml(),
                            "response-cache.yaml": responseCacheYaml(settings.resources.requests.memory, cache),
                        },
                    },
                ],
                terminationGracePeriodSeconds: gracePeriodSeconds,
            },
            { parent: this },
        );
        platform.network.connect(this.workload.pods, query);
        if (cache !== undefined) {
            platform.network.connect(this.workload.pods, cache.endpoint);
        }
        this.endpoint = this.workload.endpoint("http");
        this.registerOutputs({ endpoint: this.endpoint.service });
    }
}
