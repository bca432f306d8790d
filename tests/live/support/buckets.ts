import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { BucketClient } from "../../../components/object-storage/bucket-access";
import type { S3Endpoint } from "../../../components/object-storage/endpoint";
import { s3Client } from "../../sandbox/support/s3";
import { core, live } from "./live";

const metaSchema = z.object({
    ulid: z.string(),
    /** Milliseconds since 1970; the end isn't included. */
    minTime: z.number(),
    maxTime: z.number(),
    thanos: z.object({
        labels: z.record(z.string(), z.string()),
        source: z.string(),
        /** Milliseconds between two samples; 0: as they were scraped. */
        downsample: z.object({ resolution: z.number() }),
    }),
});

/** What Thanos notes of a block. */
export type BlockMeta = z.output<typeof metaSchema>;

/** Keys of the S3 API. */
export interface S3Keys {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
}

/** The keys that the program made for one of the stack's parts. */
export async function keysOf(client: BucketClient): Promise<S3Keys> {
    const { data = {} } = await core().readNamespacedSecret({
        namespace: live().outputs.namespace,
        name: `objstore-${client}`,
    });
    const decoded = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
    return { accessKeyId: decoded("access-key"), secretAccessKey: decoded("secret-key") };
}

/** The stack's bucket of metrics as the machine reaches it, its CA left out, with the keys of one of its clients. */
export interface MetricsBucket extends Omit<S3Endpoint, "caCertificate" | "port"> {
    readonly bucket: string;
    readonly keys: S3Keys;
}

/** The bucket with the keys that the program made for one of the stack's parts. */
export async function metricsBucket(client: BucketClient): Promise<MetricsBucket> {
    const { sandbox, outputs } = live();
    const { host, protocol } = new URL(sandbox.s3.endpoint);
    return {
        endpoint: host,
        insecure: protocol === "http:",
        region: sandbox.s3.region,
        pathStyle: true,
        bucket: outputs.buckets.metrics,
        keys: await keysOf(client),
    };
}

/** An S3 client with those keys. */
export async function s3Of(client: BucketClient): Promise<S3Client> {
    return s3Client(live().sandbox.s3, await keysOf(client));
}

/** The blocks in the bucket of metrics, oldest first, read as Thanos Store reads them. */
export async function blocks(): Promise<BlockMeta[]> {
    const s3 = await s3Of("thanos-store");
    const Bucket = live().outputs.buckets.metrics;
    const names = (await keysIn(s3, Bucket)).filter((key) => /^[0-9A-Z]{26}\/meta\.json$/.test(key));
    const metas = await Promise.all(
        names.map(async (Key) => {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
            return metaSchema.parse(JSON.parse((await Body?.transformToString()) ?? ""));
        }),
    );
    return metas.sort((a, b) => a.minTime - b.minTime);
}

/** Names of all objects of a bucket. */
export async function keysIn(s3: S3Client, Bucket: string): Promise<string[]> {
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
        const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
        keys.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
        ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return keys;
}
