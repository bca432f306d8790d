import {
    CreateBucketCommand,
    DeleteBucketCommand,
    DeleteBucketLifecycleCommand,
    DeleteBucketTaggingCommand,
    DeleteObjectsCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketTaggingCommand,
    HeadBucketCommand,
    type BucketLocationConstraint,
    ListBucketsCommand,
    ListObjectVersionsCommand,
    PutBucketLifecycleConfigurationCommand,
    PutBucketTaggingCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import type { PlainMap } from "../provider/plain";
import { type ResourceKind, text } from "../provider/resource-kind";
import type { PropertyMap } from "../provider/types";
import { attempt, failure, find, hasErrorCode, isAbsent } from "./calls";
import type { Aws } from "./clients";
import { inlineRules, inlineRulesFromApi, inlineRulesToApi, sameInlineRules } from "./lifecycle";
import { allTags, fromTags, ownTags, tagsRule, toTags } from "./tags";

/** Without a location constraint, which it refuses. */
const DEFAULT_REGION = "us-east-1";

/** The region of a resource, if its inputs or its state name one. */
export function regionOf(map: PlainMap | PropertyMap): string | undefined {
    return typeof map.region === "string" ? map.region : undefined;
}

/** The input `region` as it has to be written: absent where it is the provider's. */
export function regionInput(state: PropertyMap, { region }: Aws): PlainMap {
    const own = regionOf(state);
    return own === undefined || own === region ? {} : { region: own };
}

async function putTags(client: S3Client, bucket: string, tags: Record<string, string>): Promise<void> {
    const request =
        Object.keys(tags).length === 0
            ? client.send(new DeleteBucketTaggingCommand({ Bucket: bucket }))
            : client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: toTags(tags) } }));
    await attempt(`setting the tags of S3 Bucket (${bucket})`, request);
}

async function putRules(client: S3Client, bucket: string, inputs: PlainMap): Promise<void> {
    const rules = inlineRulesToApi(inputs.lifecycleRules);
    const request =
        rules.length === 0
            ? client.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }))
            : client.send(
                  new PutBucketLifecycleConfigurationCommand({
                      Bucket: bucket,
                      LifecycleConfiguration: { Rules: rules },
                  }),
              );
    await attempt(`setting the lifecycle rules of S3 Bucket (${bucket})`, request);
}

function outputsOf(bucket: string, region: string, tagsAll: Record<string, string>): PlainMap {
    return {
        arn: `arn:aws:s3:::${bucket}`,
        bucketDomainName: `${bucket}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
        bucketRegion: region,
        region,
        tagsAll,
    };
}

/** Deletes all versions of all objects, page by page. */
async function empty(client: S3Client, bucket: string): Promise<void> {
    for (;;) {
        const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
        const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
        if (objects.length === 0) {
            return;
        }
        const { Errors: errors = [] } = await client.send(
            new DeleteObjectsCommand({
                Bucket: bucket,
                Delete: { Objects: objects.map(({ Key, VersionId }) => ({ Key, VersionId })), Quiet: true },
            }),
        );
        const [first] = errors;
        if (first !== undefined) {
            throw new Error(`${first.Code ?? "Error"}: ${first.Message ?? ""} (object ${first.Key ?? "?"})`);
        }
    }
}

async function createBucket(client: S3Client, bucket: string, region: string, objectLock: boolean): Promise<void> {
    const location: object =
        region === DEFAULT_REGION
            ? {}
            : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
    const what = `creating S3 Bucket (${bucket})`;
    // In its oldest region S3 takes the creation of a bucket that is there for done.
    if (region === DEFAULT_REGION && (await find(what, client.send(new HeadBucketCommand({ Bucket: bucket }))))) {
        throw failure(what, new Error(`BucketAlreadyExists`), importAdvice(bucket));
    }
    try {
        await client.send(
            new CreateBucketCommand({
                Bucket: bucket,
                ...location,
                ...(objectLock ? { ObjectLockEnabledForBucket: true } : {}),
            }),
        );
    } catch (error) {
        const exists = hasErrorCode(error, "BucketAlreadyOwnedByYou", "BucketAlreadyExists");
        throw failure(what, error, exists ? importAdvice(bucket) : "");
    }
}

function importAdvice(bucket: string): string {
    return `Take it into the stack with the resource option import: "${bucket}", or choose another name`;
}

export const bucketKind: ResourceKind<Aws> = {
    inputs: {
        bucket: {
            replaces: true,
            shape: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
                error: "expected a bucket name: 3 to 63 lower-case letters, digits, dots and dashes",
            }),
        },
        forceDestroy: { default: false, shape: z.boolean(), unreadable: true },
        lifecycleRules: { computed: true, shape: inlineRules, same: sameInlineRules },
        objectLockEnabled: { default: false, shape: z.boolean(), replaces: true, unreadable: true },
        region: { replaces: true, shape: z.string() },
        tags: tagsRule,
    },
    outputs: ["arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion", "region", "tagsAll"],
    name: { input: "bucket" },
    madeAt: async (name, aws) => {
        const { Buckets = [] } = await attempt("listing S3 Buckets", aws.s3().send(new ListBucketsCommand({})));
        return Buckets.find(({ Name }) => Name === name)?.CreationDate;
    },
    create: async (inputs, aws) => {
        const bucket = text(inputs.bucket);
        const region = regionOf(inputs) ?? aws.region;
        const client = aws.s3(region);
        await createBucket(client, bucket, region, inputs.objectLockEnabled === true);
        const tags = allTags(inputs.tags, aws);
        if (Object.keys(tags).length > 0) {
            await putTags(client, bucket, tags);
        }
        if (inputs.lifecycleRules !== undefined) {
            await putRules(client, bucket, inputs);
        }
        return { id: bucket, outputs: outputsOf(bucket, region, tags) };
    },
    read: async (id, state, aws) => {
        const what = `reading S3 Bucket (${id})`;
        const region = regionOf(state) ?? aws.region;
        const client = aws.s3(region);
        if ((await find(what, client.send(new HeadBucketCommand({ Bucket: id })))) === undefined) {
            return undefined;
        }
        const tagging = await find(what, client.send(new GetBucketTaggingCommand({ Bucket: id })));
        const lifecycle = await find(what, client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: id })));
        const tags = fromTags(tagging?.TagSet);
        return {
            id,
            inputs: {
                bucket: id,
                ...regionInput(state, aws),
                ...ownTags(tags, aws),
                ...(lifecycle?.Rules === undefined ? {} : { lifecycleRules: inlineRulesFromApi(lifecycle.Rules) }),
            },
            outputs: outputsOf(id, region, tags),
        };
    },
    update: async (id, inputs, olds, aws) => {
        const region = regionOf(inputs) ?? aws.region;
        const client = aws.s3(region);
        const tags = allTags(inputs.tags, aws);
        await putTags(client, id, tags);
        if (inputs.lifecycleRules !== undefined && !sameInlineRules(olds.lifecycleRules, inputs.lifecycleRules)) {
            await putRules(client, id, inputs);
        }
        return outputsOf(id, region, tags);
    },
    delete: async (id, state, aws) => {
        const client = aws.s3(regionOf(state));
        try {
            if (state.forceDestroy === true) {
                await empty(client, id);
            }
            await client.send(new DeleteBucketCommand({ Bucket: id }));
        } catch (error) {
            if (!isAbsent(error)) {
                const advice = "Empty it first, or set forceDestroy and run an update before the deletion";
                throw failure(`deleting S3 Bucket (${id})`, error, hasErrorCode(error, "BucketNotEmpty") ? advice : "");
            }
        }
    },
};
