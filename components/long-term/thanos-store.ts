import * as pulumi from "@pulumi/pulumi";
import type { BlockTimes } from "../../config/blocks";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import { shardSuffix, storeName, type StoreShard } from "../../config/store-shards";
import type { Images } from "../../config/versions";
import { type BucketAccess, credentialsEnv } from "../object-storage/bucket-access";
import type { Memcached } from "../cache";
import { objstorePath, objstoreWorkloadArgs } from "../operated/objstore";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { thanosNames } from "./names";
import { gracePeriodSeconds, thanosContainer, thanosUser } from "./thanos-common";
import { bucketCacheYaml, cacheSizes, hashShardYaml, indexCacheYaml } from "./thanos-config";

/** Inputs of {@link ThanosStore}. */
export interface ThanosStoreArgs {
    platform: Platform;
    settings: ThanosSettings["store"];
    /** Which blocks it has.  @default all of them */
    shard?: StoreShard;
    images: Pick<Images, "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "thanosStore">;
    /** Times that follow from the length of Prometheus's blocks. */
    blocks: BlockTimes;
    /** The bucket, with the rights to list and read. */
    bucket: BucketAccess;
    /** Where it keeps what it has read.  @default its own memory */
    caches?: { index: Memcached; bucket: Memcached };
}

const dataFolder = "/var/thanos/store";
const cacheFolder = "/etc/thanos/store";
const shardFolder = "/etc/thanos/shard";

/** Flags by which a store gateway leaves other shards' blocks alone. */
function shardFlags(shard: StoreShard): string[] {
    switch (shard.kind) {
        case "all":
            return [];
        case "hash":
            return [`--selector.relabel-config-file=${shardFolder}/blocks.yaml`];
        case "time":
            return [
                ...(shard.oldest === undefined ? [] : [`--min-time=-${shard.oldest}`]),
                ...(shard.youngest === undefined ? [] : [`--max-time=-${shard.youngest}`]),
            ];
    }
}

/** Flags by which a call that asks for too much fails, rather than the store gateway. */
function limitFlags({ series, samples, downloaded, calls }: ThanosSettings["store"]["callLimits"]): string[] {
    return [
        ...(series === undefined ? [] : [`--store.limits.request-series=${series}`]),
        ...(samples === undefined ? [] : [`--store.limits.request-samples=${samples}`]),
        ...(downloaded === undefined ? [] : [`--store.grpc.downloaded-bytes-limit=${downloaded}B`]),
        `--store.grpc.series-max-concurrency=${calls}`,
    ];
}

/** Command line of a store gateway, without what all Thanos processes have. */
export function storeFlags(
    settings: Pick<ThanosSettings["store"], "resources" | "callLimits">,
    blocks: BlockTimes,
    shard: StoreShard = { kind: "all" },
): string[] {
    const { chunkPool } = cacheSizes(settings.resources.requests.memory);
    return [
        `--data-dir=${dataFolder}`,
        `--objstore.config-file=${objstorePath}`,
        `--sync-block-duration=${blocks.storeSync}`,
        `--index-cache.config-file=${cacheFolder}/index-cache.yaml`,
        `--store.caching-bucket.config-file=${cacheFolder}/bucket-cache.yaml`,
        `--chunk-pool-size=${chunkPool}MiB`,
        // Index headers are fetched at the start and mapped when a query needs them.
        "--store.enable-index-header-lazy-reader",
        ...limitFlags(settings.callLimits),
        ...shardFlags(shard),
        "--disable-admin-operations",
        "--web.disable-cors",
    ];
}

/**
 * Thanos Store: answers for what is in the bucket, or in one shard of it. Every replica has all of that; the volume is a
 * cache of indexes.
 */
export class ThanosStore extends pulumi.ComponentResource {
    /** StoreAPI (gRPC), behind a headless Service for SRV lookups. */
    public readonly storeApi: Endpoint;
    public readonly workload: Workload;

    constructor(name: string, args: ThanosStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:ThanosStore", name, {}, opts);
        const { platform, settings, images, bucket, caches, shard = { kind: "all" } } = args;
        const objectName = storeName(shard);
        const { memory } = settings.resources.requests;
        const objstore = objstoreWorkloadArgs(objectName, bucket);
        this.workload = new Workload(
            name,
            {
                platform,
                app: "thanos",
                component: `store${shardSuffix(shard)}`,
                version: images.thanos.version,
                objectName,
                controller: {
                    kind: "StatefulSet",
                    replicas: settings.replicas,
                    volume: { ...settings.volume, mountPath: dataFolder },
                },
                user: thanosUser,
                containers: [
                    thanosContainer({
                        name: thanosNames.store,
                        image: images.thanos.image,
                        subcommand: "store",
                        flags: storeFlags(settings, args.blocks, shard),
                        resources: settings.resources,
                        env: credentialsEnv(bucket),
                    }),
                ],
                services: [{ name: objectName, headless: true }],
                scrapes: [{ job: args.jobs.thanosStore, port: "http" }],
                ...objstore,
                config: [
                    ...objstore.config,
                    {
                        name: `${objectName}-caches`,
                        mountPath: cacheFolder,
                        files: {
                            "index-cache.yaml": indexCacheYaml(memory, caches?.index),
                            "bucket-cache.yaml": bucketCacheYaml(memory, args.blocks, caches?.bucket),
                        },
                    },
                    ...(shard.kind === "hash"
                        ? [
                              {
                                  name: `${objectName}-shard`,
                                  mountPath: shardFolder,
                                  files: { "blocks.yaml": hashShardYaml(shard) },
                              },
                          ]
                        : []),
                ],
                terminationGracePeriodSeconds: gracePeriodSeconds,
            },
            { parent: this },
        );
        platform.network.egress(this.workload.pods, "objectStorage", [bucket.port]);
        for (const { endpoint } of Object.values(caches ?? {})) {
            platform.network.connect(this.workload.pods, endpoint);
        }
        this.storeApi = this.workload.endpoint("grpc", objectName);
        this.registerOutputs({});
    }
}
