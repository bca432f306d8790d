import * as pulumi from "@pulumi/pulumi";
import { type Blocks, replacedBlocksStay } from "../../config/blocks";
import type { JobKey } from "../../config/jobs";
import type { ThanosSettings } from "../../config/schema";
import { formatDuration } from "../../config/units";
import type { Images } from "../../config/versions";
import { type BucketAccess, credentialsEnv } from "../object-storage/bucket-access";
import { objstorePath, objstoreWorkloadArgs } from "../operated/objstore";
import type { Platform } from "../platform/platform";
import { Workload } from "../workload/workload";
import { thanosNames } from "./names";
import { gracePeriodSeconds, thanosContainer, thanosUser } from "./thanos-common";
import { retentionFlags } from "./thanos-config";

export type CompactorSettings = Exclude<ThanosSettings["compactor"], "none">;

/** Inputs of {@link ThanosCompactor}. There is no number of replicas: two would compact the same blocks and corrupt them. */
export interface ThanosCompactorArgs {
    platform: Platform;
    settings: CompactorSettings;
    images: Pick<Images, "thanos">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "thanosCompact">;
    /** Times that follow from the length of Prometheus's blocks. */
    blocks: Blocks;
    /** The bucket, with the rights to list, read, write and, as the only client, delete. */
    bucket: BucketAccess;
}

const dataFolder = "/var/thanos/compact";

/** Command line of the Compactor, without what all Thanos processes have. */
export function compactorFlags(
    settings: Pick<CompactorSettings, "retention" | "verticalCompaction">,
    blocks: Blocks,
): string[] {
    return [
        "--wait",
        `--data-dir=${dataFolder}`,
        `--objstore.config-file=${objstorePath}`,
        ...retentionFlags(settings),
        `--consistency-delay=${blocks.consistencyDelay}`,
        // What is replaced or expired stays readable until every store gateway has noticed.
        `--delete-delay=${formatDuration(replacedBlocksStay)}`,
        "--compact.blocks-fetch-concurrency=4",
        "--block-files-concurrency=4",
        // Without it the Compactor halts at the first overlap of one Prometheus's own blocks.
        ...((settings.verticalCompaction ?? blocks.overlap) ? ["--compact.enable-vertical-compaction"] : []),
        "--disable-admin-operations",
        "--web.disable-cors",
    ];
}

/**
 * Thanos Compactor: merges and downsamples the bucket's blocks, to 5 m after 40 hours and to 1 h after 10 days, and
 * deletes what is past its retention. Exactly one at any time, which a StatefulSet guarantees.
 */
export class ThanosCompactor extends pulumi.ComponentResource {
    public readonly workload: Workload;

    constructor(name: string, args: ThanosCompactorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:long-term:ThanosCompactor", name, {}, opts);
        const { platform, settings, images, bucket } = args;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "thanos",
                component: "compact",
                version: images.thanos.version,
                objectName: thanosNames.compact,
                controller: {
                    kind: "StatefulSet",
                    replicas: 1,
                    volume: { ...settings.volume, mountPath: dataFolder },
                },
                user: thanosUser,
                containers: [
                    thanosContainer({
                        name: thanosNames.compact,
                        image: images.thanos.image,
                        subcommand: "compact",
                        flags: compactorFlags(settings, args.blocks),
                        resources: settings.resources,
                        env: credentialsEnv(bucket),
                    }),
                ],
                services: [{ name: thanosNames.compact, headless: true }],
                scrapes: [{ job: args.jobs.thanosCompact, port: "http" }],
                ...objstoreWorkloadArgs(thanosNames.compact, bucket),
                terminationGracePeriodSeconds: gracePeriodSeconds,
            },
            { parent: this },
        );
        platform.network.egress(this.workload.pods, "objectStorage", [bucket.port]);
        this.registerOutputs({});
    }
}
