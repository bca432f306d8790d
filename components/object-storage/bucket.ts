import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type BucketName, randomEndLength } from "../../config/buckets";
import type { BucketSettings, ObjectStorageSettings } from "../../config/schema";
import { bucketNamePattern } from "../../config/schema/common";
import type { Platform } from "../platform/platform";
import { bucketArn, s3Endpoint } from "./endpoint";
import { inlineRule, lifecycle, separateRule } from "./lifecycle";
import { tlsOnlyPolicy } from "./policies";

/** What an S3 API may lack. */
type Feature = Extract<ObjectStorageSettings, { kind: "compatible" }>["unsupported"][number];

/** Inputs of {@link Bucket}. */
export interface BucketArgs {
    platform: Platform;
    settings: ObjectStorageSettings;
    /** Name of the bucket; on AWS unique in the whole world. A random end is made with the bucket and stays with it. */
    bucketName: BucketName;
    /** Days after which the bucket deletes an object, whatever its writer does; keep it above the writer's retention. */
    expireDays: BucketSettings["expireDays"];
}

/**
 * One private bucket with a lifecycle: versioned, encrypted, closed to the public and to plain HTTP, as far as its S3
 * API knows these. With `buckets: existing` nothing is made and only the name is passed on.
 *
 * Where the settings protect data, neither the bucket nor what keeps it private is ever deleted with the stack; take
 * such a bucket back with `buckets: import`. Where they don't, the objects are deleted with it.
 */
export class Bucket extends pulumi.ComponentResource {
    /** Name of the bucket; waits for it. */
    public readonly bucketName: pulumi.Output<string>;
    /** Known before the bucket is there. */
    public readonly arn: pulumi.Output<string>;

    private readonly args: BucketArgs;

    constructor(name: string, args: BucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:object-storage:Bucket", name, {}, opts);
        this.args = args;
        this.check(name);
        const fullName = this.fullName(name);
        this.arn = fullName.apply((bucket) => bucketArn(args.settings, bucket));
        this.bucketName = args.settings.buckets === "existing" ? fullName : this.make(name, fullName).bucket;
        this.registerOutputs({ bucketName: this.bucketName });
    }

    private check(name: string): void {
        const { bucketName, settings } = this.args;
        if (bucketName.kind === "randomEnd" && settings.buckets !== "create") {
            throw new pulumi.ResourceError(
                `${name}: objectStorage.buckets is "${settings.buckets}": give the name of the bucket that is there`,
                this,
                true,
            );
        }
        const longest =
            bucketName.kind === "exact" ? bucketName.name : `${bucketName.start}-${"x".repeat(randomEndLength)}`;
        if (!bucketNamePattern.test(longest)) {
            throw new pulumi.ResourceError(
                `${name}: "${longest}" is no S3 bucket name: 3 to 63 lower-case letters, digits, dashes and single dots. ` +
                    "Set the bucket's name, or a shorter cluster.name",
                this,
                true,
            );
        }
    }

    private fullName(name: string): pulumi.Output<string> {
        const { bucketName } = this.args;
        if (bucketName.kind === "exact") {
            return pulumi.output(bucketName.name);
        }
        // Not protected: the bucket is, and its name may be written down in the settings at any time instead.
        const end = new random.RandomString(
            `${name}-name-end`,
            { length: randomEndLength, special: false, upper: false },
            { parent: this },
        );
        return pulumi.interpolate`${bucketName.start}-${end.result}`;
    }

    private supports(feature: Feature): boolean {
        const { settings } = this.args;
        return settings.kind === "aws" || !settings.unsupported.includes(feature);
    }

    private make(name: string, fullName: pulumi.Output<string>): s3.Bucket {
        const { settings, platform, bucketName, expireDays } = this.args;
        const rules = lifecycle(expireDays, this.supports("versioning"));
        // The provider waits for a header after writing a BucketLifecycleConfiguration that only AWS sends, and so
        // fails on all others (hashicorp/terraform-provider-aws#49019); rules in the bucket itself work everywhere.
        const inline = settings.kind === "compatible";
        const bucket = new s3.Bucket(
            name,
            {
                bucket: fullName,
                // Nothing depends on them, and not every other S3 API has them (Hetzner's hasn't).
                ...(settings.kind === "aws" ? { tags: this.tags() } : {}),
                // An import fails where the program wants another bucket than the one that is there.
                ...(platform.protectData || settings.buckets === "import" ? {} : { forceDestroy: true }),
                ...(inline ? { lifecycleRules: rules.map(inlineRule) } : {}),
            },
            {
                parent: this,
                ...platform.dataOptions(),
                ...(settings.buckets === "import" && bucketName.kind === "exact" ? { import: bucketName.name } : {}),
            },
        );
        const versioning = this.addVersioning(name, bucket);
        if (!inline) {
            new s3.BucketLifecycleConfiguration(
                `${name}-lifecycle`,
                { bucket: bucket.bucket, rules: rules.map(separateRule) },
                this.kept(versioning),
            );
        }
        this.addEncryption(name, bucket);
        this.addPolicy(name, bucket, this.addPublicAccessBlock(name, bucket));
        return bucket;
    }

    private tags(): Record<string, string> {
        const { platform } = this.args;
        return { "perch:instance": platform.instance, "perch:cluster": platform.clusterName };
    }

    /** A bucket that outlives its stack stays as private as it was. */
    private kept(dependsOn: pulumi.Resource[] = []): pulumi.CustomResourceOptions {
        return {
            parent: this,
            dependsOn,
            ...(this.args.platform.protectData ? { retainOnDelete: true } : {}),
        };
    }

    private addVersioning(name: string, bucket: s3.Bucket): pulumi.Resource[] {
        if (!this.supports("versioning")) {
            return [];
        }
        return [
            new s3.BucketVersioning(
                `${name}-versioning`,
                { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
                this.kept(),
            ),
        ];
    }

    private addEncryption(name: string, bucket: s3.Bucket): void {
        if (this.supports("encryption")) {
            new s3.BucketServerSideEncryptionConfiguration(
                `${name}-encryption`,
                {
                    bucket: bucket.bucket,
                    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
                },
                this.kept(),
            );
        }
    }

    private addPublicAccessBlock(name: string, bucket: s3.Bucket): pulumi.Resource[] {
        if (!this.supports("publicAccessBlock")) {
            return [];
        }
        return [
            new s3.BucketPublicAccessBlock(
                `${name}-public-access`,
                {
                    bucket: bucket.bucket,
                    blockPublicAcls: true,
                    blockPublicPolicy: true,
                    ignorePublicAcls: true,
                    restrictPublicBuckets: true,
                },
                this.kept(),
            ),
        ];
    }

    /** AWS refuses two changes of a bucket's access at once: the policy comes after the public access block. */
    private addPolicy(name: string, bucket: s3.Bucket, publicAccessBlock: pulumi.Resource[]): void {
        if (this.supports("policy") && !s3Endpoint(this.args.settings).insecure) {
            new s3.BucketPolicy(
                `${name}-policy`,
                { bucket: bucket.bucket, policy: this.arn.apply((arn) => JSON.stringify(tlsOnlyPolicy(arn))) },
                this.kept(publicAccessBlock),
            );
        }
    }
}
