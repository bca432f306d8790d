import * as pulumi from "@pulumi/pulumi";
import type { BlockTimes } from "../../config/blocks";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import { type BucketAccess, credentialsEnv } from "../object-storage/bucket-access";
import type { Memcached } from "../cache";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { thanosNames } from "./names";
import { objstorePath, objstoreWorkloadArgs } from "./objstore";
import { gracePeriodSeconds, thanosContainer, thanosUser } from "./thanos-common";
import { bucketCacheYaml, cacheSizes, indexCacheYaml } from "./thanos-config";

/** Inputs of {@link ThanosStore}. */
export interface ThanosStoreArgs {
    platform: Platform;
    settings: ThanosSettings["store"];
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

/** Command line of a store gateway, without what all Thanos processes have. */
export function storeFlags(settings: Pick<ThanosSettings["store"], "resources">, blocks: BlockTimes): string[] {
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
        "--disable-admin-operations",
        "--web.disable-cors",
    ];
}

/** Thanos Store: answers for what is in the bucket. Every replica has all of it; the volume is a cache of indexes. */
export class ThanosStore extends pulumi.ComponentResource {
    /** StoreAPI (gRPC), behind a headless Service for SRV lookups. */
    public readonly storeApi: Endpoint;
    public readonly workload: Workload;

    constructor(name: string, args: ThanosStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:ThanosStore", name, {}, opts);
        const { platform, settings, images, bucket, caches } = args;
        const { memory } = settings.resources.requests;
        const objstore = objstoreWorkloadArgs(thanosNames.store, bucket);
        this.workload = new Workload(
            name,
            {
                platform,
                app: "thanos",
                component: "store",
                version: images.thanos.version,
                objectName: thanosNames.store,
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
                        flags: storeFlags(settings, args.blocks),
                        resources: settings.resources,
                        env: credentialsEnv(bucket),
                    }),
                ],
                services: [{ name: thanosNames.store, headless: true }],
                scrapes: [{ job: args.jobs.thanosStore, port: "http" }],
                ...objstore,
                config: [
                    ...objstore.config,
                    {
                        name: "thanos-store-caches",
                        mountPath: cacheFolder,
                        files: {
                            "index-cache.yaml": indexCacheYaml(memory, caches?.index),
                            "bucket-cache.yaml": bucketCacheYaml(memory, caches?.bucket),
                        },
                    },
                ],
                terminationGracePeriodSeconds: gracePeriodSeconds,
            },
            { parent: this },
        );
        platform.network.egress(this.workload.pods, "objectStorage", [bucket.port]);
        for (const { endpoint } of Object.values(caches ?? {})) {
            platform.network.connect(this.workload.pods, endpoint);
        }
        this.storeApi = this.workload.endpoint("grpc", thanosNames.store);
        this.registerOutputs({});
    }
}
