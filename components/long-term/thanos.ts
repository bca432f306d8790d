import * as pulumi from "@pulumi/pulumi";
import type { Blocks } from "../../config/blocks";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import { shardSuffix, storeShards } from "../../config/store-shards";
import type { Images } from "../../config/versions";
import type { BucketAccess, BucketClient } from "../object-storage/bucket-access";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Memcached } from "../cache";
import { cacheNames } from "./names";
import { ThanosCompactor } from "./thanos-compactor";
import { ThanosQuery } from "./thanos-query";
import { ThanosQueryFrontend } from "./thanos-query-frontend";
import { rulerStoreApi, type RulerSurroundings, ThanosRuler } from "./thanos-ruler";
import { ThanosStore } from "./thanos-store";

/** Inputs of {@link Thanos}. */
export interface ThanosArgs {
    platform: Platform;
    settings: ThanosSettings;
    images: Pick<Images, "thanos" | "memcached" | "memcachedExporter">;
    /** Values of the label `job`. */
    jobs: Pick<
        Record<JobKey, string>,
        | "configReloader"
        | "memcached"
        | "thanosCompact"
        | "thanosQuery"
        | "thanosQueryFrontend"
        | "thanosRule"
        | "thanosStore"
    >;
    /** Times that follow from the length of Prometheus's blocks. */
    blocks: Blocks;
    /** How long after its time a sample may still come: `1m`. */
    samplesSettleAfter: string;
    /** StoreAPI of the sidecars beside Prometheus. */
    sidecar: Endpoint;
    /** The bucket, once for each client with the rights of that client. */
    buckets: Pick<Record<BucketClient, BucketAccess>, "thanos-store"> &
        Partial<Pick<Record<BucketClient, BucketAccess>, "thanos-compact" | "thanos-ruler">>;
    /** Fail rather than answer without what can't be reached, unless the query asks for that.  @default false */
    completeAnswers?: boolean;
    /** What a Ruler needs; required where the settings have one. */
    ruler?: RulerSurroundings;
}

/** Long-term metrics: one query view over what Prometheus has and what is in the bucket, and the bucket's upkeep. */
export class Thanos extends pulumi.ComponentResource {
    /** PromQL API over everything (HTTP): the Query Frontend's where there is one, else Query's own. */
    public readonly query: Endpoint;
    /** One for each shard. */
    public readonly stores: readonly ThanosStore[];
    /** undefined: nothing is compacted or deleted but by the bucket's own lifecycle. */
    public readonly compactor: ThanosCompactor | undefined;
    /** undefined: every rule is evaluated by Prometheus. */
    public readonly ruler: ThanosRuler | undefined;

    constructor(name: string, args: ThanosArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:Thanos", name, {}, opts);
        const { settings, sidecar, buckets, ...common } = args;
        const compactBucket = buckets["thanos-compact"];
        if (settings.compactor !== "none" && compactBucket === undefined) {
            throw new pulumi.ResourceError(
                `${name}: the Compactor is on, but no access to the bucket is given for thanos-compact`,
                this,
                true,
            );
        }
        const caches = this.addCaches(name, args);
        this.stores = storeShards(settings.store.shards).map(
            (shard) =>
                new ThanosStore(
                    `${name}-store${shardSuffix(shard)}`,
                    {
                        ...common,
                        settings: settings.store,
                        shard,
                        bucket: buckets["thanos-store"],
                        ...(caches === undefined ? {} : { caches: { index: caches.index, bucket: caches.bucket } }),
                    },
                    // Without its memcached it doesn't start.
                    { parent: this, ...(caches === undefined ? {} : { dependsOn: [caches.index, caches.bucket] }) },
                ),
        );
        const rulers = settings.ruler === "none" ? [] : [rulerStoreApi(args.platform)];
        const query = new ThanosQuery(
            `${name}-query`,
            {
                ...common,
                settings: settings.query,
                storeApis: [sidecar, ...this.stores.map(({ storeApi }) => storeApi), ...rulers],
                sharded: args.ruler?.sharded === true,
            },
            { parent: this },
        );
        this.query =
            settings.queryFrontend === "none"
                ? query.endpoint
                : new ThanosQueryFrontend(
                      `${name}-query-frontend`,
                      {
                          ...common,
                          settings: settings.queryFrontend,
                          query: query.endpoint,
                          ...(caches?.responses === undefined ? {} : { cache: caches.responses }),
                      },
                      {
                          parent: this,
                          dependsOn: query,
                      },
                  ).endpoint;
        this.compactor =
            settings.compactor === "none" || compactBucket === undefined
                ? undefined
                : new ThanosCompactor(
                      `${name}-compact`,
                      { ...common, settings: settings.compactor, bucket: compactBucket },
                      { parent: this },
                  );
        this.ruler = this.addRuler(name, args, query.endpoint);
        this.registerOutputs({ query: this.query.service });
    }

    private addRuler(name: string, args: ThanosArgs, query: Endpoint): ThanosRuler | undefined {
        const { settings, buckets, ruler, platform, images, jobs } = args;
        const bucket = buckets["thanos-ruler"];
        if (settings.ruler === "none") {
            return undefined;
        }
        if (bucket === undefined || ruler === undefined) {
            throw new pulumi.ResourceError(
                `${name}: the Ruler is on, but ${bucket === undefined ? "no access to the bucket is given for thanos-ruler" : "its surroundings aren't given: ruler"}`,
                this,
                true,
            );
        }
        return new ThanosRuler(
            `${name}-ruler`,
            { ...ruler, platform, images, jobs, settings: settings.ruler, bucket, query },
            { parent: this },
        );
    }

    /** A memcached for each cache; none where each process has its own. */
    private addCaches(name: string, { settings, platform, images, jobs }: ThanosArgs) {
        const { caches, queryFrontend } = settings;
        if (caches.kind === "memory") {
            return undefined;
        }
        const add = (cache: keyof typeof cacheNames) =>
            new Memcached(
                `${name}-${cache}-cache`,
                { platform, images, settings: caches[cache], job: jobs.memcached, objectName: cacheNames[cache] },
                { parent: this },
            );
        return {
            index: add("index"),
            bucket: add("bucket"),
            responses: queryFrontend === "none" ? undefined : add("responses"),
        };
    }
}
