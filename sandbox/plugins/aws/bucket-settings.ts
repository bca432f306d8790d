import {
    DeleteBucketEncryptionCommand,
    DeleteBucketLifecycleCommand,
    DeleteBucketOwnershipControlsCommand,
    DeleteBucketPolicyCommand,
    DeletePublicAccessBlockCommand,
    GetBucketEncryptionCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketOwnershipControlsCommand,
    GetBucketPolicyCommand,
    GetBucketVersioningCommand,
    GetPublicAccessBlockCommand,
    PutBucketEncryptionCommand,
    PutBucketLifecycleConfigurationCommand,
    PutBucketOwnershipControlsCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutPublicAccessBlockCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import type { PlainMap, PlainValue } from "../provider/plain";
import { type InputRule, type ResourceKind, text } from "../provider/resource-kind";
import { regionInput, regionOf } from "./bucket";
import { attempt, find, remove } from "./calls";
import type { Aws } from "./clients";
import { sameSeparateRules, separateRules, separateRulesFromApi, separateRulesToApi } from "./lifecycle";
import { policyProblem, samePolicy } from "./policies";

/** What is set on a bucket, and how: all that tells these resource types apart. */
interface BucketSetting {
    /** For messages, such as `S3 Bucket Versioning`. */
    title: string;
    /** Inputs beside `bucket` and `region`. */
    inputs: Record<string, InputRule>;
    check?: ResourceKind<Aws>["check"];
    put: (client: S3Client, bucket: string, inputs: PlainMap) => Promise<unknown>;
    /** `undefined`: not set. */
    get: (client: S3Client, bucket: string) => Promise<PlainMap | undefined>;
    delete: (client: S3Client, bucket: string, state: PlainMap) => Promise<unknown>;
}

/** The resource type of one setting; its id is the bucket's name. */
function settingKind(setting: BucketSetting): ResourceKind<Aws> {
    const write = async (bucket: string, inputs: PlainMap, aws: Aws, doing: string): Promise<PlainMap> => {
        await attempt(`${doing} ${setting.title} (${bucket})`, setting.put(aws.s3(regionOf(inputs)), bucket, inputs));
        return { region: regionOf(inputs) ?? aws.region };
    };
    return {
        inputs: {
            bucket: { required: true, replaces: true, shape: z.string().min(1) },
            region: { replaces: true, shape: z.string() },
            ...setting.inputs,
        },
        outputs: ["region"],
        check: setting.check,
        create: async (inputs, aws) => {
            const bucket = text(inputs.bucket);
            return { id: bucket, outputs: await write(bucket, inputs, aws, "creating") };
        },
        read: async (id, state, aws) => {
            const found = await find(`reading ${setting.title} (${id})`, setting.get(aws.s3(regionOf(state)), id));
            return found === undefined
                ? undefined
                : {
                      id,
                      inputs: { bucket: id, ...regionInput(state, aws), ...found },
                      outputs: { region: regionOf(state) ?? aws.region },
                  };
        },
        update: (id, inputs, _olds, aws) => write(id, inputs, aws, "updating"),
        delete: (id, state, aws) =>
            remove(`deleting ${setting.title} (${id})`, setting.delete(aws.s3(regionOf(state)), id, state)),
    };
}

export const bucketLifecycleConfiguration = settingKind({
    title: "S3 Bucket Lifecycle Configuration",
    inputs: { rules: { required: true, shape: separateRules, same: sameSeparateRules } },
    put: (client, Bucket, { rules }) =>
        client.send(
            new PutBucketLifecycleConfigurationCommand({
                Bucket,
                LifecycleConfiguration: { Rules: separateRulesToApi(rules) },
            }),
        ),
    get: async (client, Bucket) => {
        const { Rules: rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
        return { rules: separateRulesFromApi(rules) };
    },
    delete: (client, Bucket) => client.send(new DeleteBucketLifecycleCommand({ Bucket })),
});

const versioningShape = z.strictObject({ status: z.enum(["Enabled", "Suspended", "Disabled"]) });

export const bucketVersioning = settingKind({
    title: "S3 Bucket Versioning",
    inputs: { versioningConfiguration: { required: true, shape: versioningShape } },
    put: async (client, Bucket, { versioningConfiguration }) => {
        const { status } = versioningShape.parse(versioningConfiguration);
        // S3 knows no way back to a bucket that never had versions: "Disabled" is what it is without a request.
        if (status !== "Disabled") {
            await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: status } }));
        }
    },
    get: async (client, Bucket) => {
        const { Status: status = "Disabled" } = await client.send(new GetBucketVersioningCommand({ Bucket }));
        return { versioningConfiguration: { status } };
    },
    delete: async (client, Bucket, { versioningConfiguration }) => {
        if (versioningShape.parse(versioningConfiguration).status === "Enabled") {
            await client.send(
                new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
            );
        }
    },
});

const encryptionShape = z
    .array(
        z.strictObject({
            applyServerSideEncryptionByDefault: z
                .strictObject({
                    sseAlgorithm: z.enum(["AES256", "aws:kms", "aws:kms:dsse"]),
                    kmsMasterKeyId: z.string().optional(),
                })
                .optional(),
            bucketKeyEnabled: z.boolean().optional(),
        }),
    )
    .min(1);

function encryptionFromApi(rules: Record<string, unknown>[]): PlainValue {
    const shape = z.array(
        z.object({
            ApplyServerSideEncryptionByDefault: z
                .object({ SSEAlgorithm: z.string(), KMSMasterKeyID: z.string().optional() })
                .optional(),
            BucketKeyEnabled: z.boolean().optional(),
        }),
    );
    return shape.parse(rules).map(({ ApplyServerSideEncryptionByDefault: applied, BucketKeyEnabled: key }) => ({
        ...(applied === undefined
            ? {}
            : {
                  applyServerSideEncryptionByDefault: {
                      sseAlgorithm: applied.SSEAlgorithm,
                      ...(applied.KMSMasterKeyID === undefined ? {} : { kmsMasterKeyId: applied.KMSMasterKeyID }),
                  },
              }),
        // The API says false where nothing was said.
        ...(key === true ? { bucketKeyEnabled: true } : {}),
    }));
}

export const bucketServerSideEncryptionConfiguration = settingKind({
    title: "S3 Bucket Server-side Encryption Configuration",
    inputs: {
        rules: {
            required: true,
            shape: encryptionShape,
            same: (before, after) => {
                const [old, now] = [encryptionShape.safeParse(before), encryptionShape.safeParse(after)];
                const normal = (rules: z.output<typeof encryptionShape>): string =>
                    JSON.stringify(
                        rules.map(({ applyServerSideEncryptionByDefault: applied, bucketKeyEnabled = false }) => [
                            applied?.sseAlgorithm,
                            applied?.kmsMasterKeyId,
                            bucketKeyEnabled,
                        ]),
                    );
                return old.success && now.success && normal(old.data) === normal(now.data);
            },
        },
    },
    put: (client, Bucket, { rules }) =>
        client.send(
            new PutBucketEncryptionCommand({
                Bucket,
                ServerSideEncryptionConfiguration: {
                    Rules: encryptionShape.parse(rules).map((rule) => ({
                        ApplyServerSideEncryptionByDefault: rule.applyServerSideEncryptionByDefault && {
                            SSEAlgorithm: rule.applyServerSideEncryptionByDefault.sseAlgorithm,
                            KMSMasterKeyID: rule.applyServerSideEncryptionByDefault.kmsMasterKeyId,
                        },
                        BucketKeyEnabled: rule.bucketKeyEnabled,
                    })),
                },
            }),
        ),
    get: async (client, Bucket) => {
        const response = await client.send(new GetBucketEncryptionCommand({ Bucket }));
        return {
            rules: encryptionFromApi(
                (response.ServerSideEncryptionConfiguration?.Rules ?? []).map((rule) => ({ ...rule })),
            ),
        };
    },
    delete: (client, Bucket) => client.send(new DeleteBucketEncryptionCommand({ Bucket })),
});

const no: InputRule = { default: false, shape: z.boolean() };

export const bucketPublicAccessBlock = settingKind({
    title: "S3 Bucket Public Access Block",
    inputs: {
        blockPublicAcls: no,
        blockPublicPolicy: no,
        ignorePublicAcls: no,
        restrictPublicBuckets: no,
        skipDestroy: { shape: z.boolean(), unreadable: true },
    },
    put: (client, Bucket, inputs) =>
        client.send(
            new PutPublicAccessBlockCommand({
                Bucket,
                PublicAccessBlockConfiguration: {
                    BlockPublicAcls: inputs.blockPublicAcls === true,
                    BlockPublicPolicy: inputs.blockPublicPolicy === true,
                    IgnorePublicAcls: inputs.ignorePublicAcls === true,
                    RestrictPublicBuckets: inputs.restrictPublicBuckets === true,
                },
            }),
        ),
    get: async (client, Bucket) => {
        const response = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
        const block = response.PublicAccessBlockConfiguration ?? {};
        return {
            blockPublicAcls: block.BlockPublicAcls === true,
            blockPublicPolicy: block.BlockPublicPolicy === true,
            ignorePublicAcls: block.IgnorePublicAcls === true,
            restrictPublicBuckets: block.RestrictPublicBuckets === true,
        };
    },
    delete: async (client, Bucket, { skipDestroy }) => {
        if (skipDestroy !== true) {
            await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
        }
    },
});

export const bucketPolicy = settingKind({
    title: "S3 Bucket Policy",
    inputs: { policy: { required: true, shape: z.string(), same: samePolicy } },
    check: ({ policy }) => {
        const problem = policy === undefined ? undefined : policyProblem(text(policy));
        return problem === undefined ? [] : [{ property: "policy", reason: problem }];
    },
    put: (client, Bucket, { policy }) => client.send(new PutBucketPolicyCommand({ Bucket, Policy: text(policy) })),
    get: async (client, Bucket) => {
        const { Policy: policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
        return policy === undefined || policy === "" ? undefined : { policy };
    },
    delete: (client, Bucket) => client.send(new DeleteBucketPolicyCommand({ Bucket })),
});

const ownershipShape = z.strictObject({
    objectOwnership: z.enum(["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"]),
});

export const bucketOwnershipControls = settingKind({
    title: "S3 Bucket Ownership Controls",
    inputs: { rule: { required: true, shape: ownershipShape } },
    put: (client, Bucket, { rule }) =>
        client.send(
            new PutBucketOwnershipControlsCommand({
                Bucket,
                OwnershipControls: { Rules: [{ ObjectOwnership: ownershipShape.parse(rule).objectOwnership }] },
            }),
        ),
    get: async (client, Bucket) => {
        const { OwnershipControls: controls } = await client.send(new GetBucketOwnershipControlsCommand({ Bucket }));
        const objectOwnership = controls?.Rules?.[0]?.ObjectOwnership;
        return objectOwnership === undefined ? undefined : { rule: { objectOwnership } };
    },
    delete: (client, Bucket) => client.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
});
