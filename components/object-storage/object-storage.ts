import * as pulumi from "@pulumi/pulumi";
import type { BucketKind } from "../../config/buckets";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "../secrets/secret-ref";
import { Bucket } from "./bucket";
import type { BucketAccess, BucketAuth, BucketClient } from "./bucket-access";
import { ClientAccess } from "./client-access";
import { type BucketPlan, bucketPlans, type BucketUsers } from "./clients";
import { s3Endpoint } from "./endpoint";

/** Inputs of {@link ObjectStorage}. */
export interface ObjectStorageArgs extends BucketUsers {
    platform: Platform;
    /** Keys `access-key` and `secret-key` for all clients; required with `access: given` and any bucket. */
    givenKeys?: SecretRef;
}

/**
 * The buckets of a stack, and for each client the access to its own with least rights. Makes nothing where no part
 * keeps its data in a bucket.
 */
export class ObjectStorage extends pulumi.ComponentResource {
    /** Names of the buckets, for stack outputs. */
    public readonly bucketNames: Readonly<Partial<Record<BucketKind, pulumi.Output<string>>>>;

    private readonly clients = new Map<BucketClient, BucketAccess>();

    constructor(name: string, args: ObjectStorageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:object-storage:ObjectStorage", name, {}, opts);
        const { platform, settings } = args;
        const { access } = settings;
        const plans = bucketPlans(args, platform.clusterName);
        this.checkNames(name, plans);
        const shared = plans.length > 0 && access.kind === "given" ? this.sharedAuth(name, args.givenKeys) : undefined;
        const names: Partial<Record<BucketKind, pulumi.Output<string>>> = {};
        for (const plan of plans) {
            const bucket = new Bucket(
                `${name}-${plan.kind}`,
                { platform, settings, bucketName: plan.name, expireDays: plan.expireDays },
                { parent: this },
            );
            names[plan.kind] = bucket.bucketName;
            for (const { client, serviceAccounts } of plan.clients) {
                const auth =
                    shared ??
                    new ClientAccess(
                        `${name}-${client}`,
                        { platform, access, client, serviceAccounts, bucketArn: bucket.arn },
                        { parent: this },
                    ).auth;
                this.clients.set(client, { bucket: bucket.bucketName, ...s3Endpoint(settings), auth });
            }
        }
        this.bucketNames = names;
        this.registerOutputs({ bucketNames: names });
    }

    /**
     * How a client reaches its bucket.
     *
     * @throws pulumi.ResourceError when the settings give that client no bucket
     */
    access(client: BucketClient): BucketAccess {
        const access = this.clients.get(client);
        if (access === undefined) {
            throw new pulumi.ResourceError(`${client} has no bucket in these settings`, this, true);
        }
        return access;
    }

    /** Loki and Thanos don't know each other's objects: each would take the other's for damaged data, or delete them. */
    private checkNames(name: string, plans: readonly BucketPlan[]): void {
        const names = plans.flatMap((plan) => (plan.name.kind === "exact" ? [plan.name.name] : []));
        const twice = names.find((bucket, index) => names.indexOf(bucket) < index);
        if (twice !== undefined) {
            throw new pulumi.ResourceError(
                `${name}: the buckets for metrics and logs are both named "${twice}"; give one another name`,
                this,
                true,
            );
        }
    }

    private sharedAuth(name: string, secret: SecretRef | undefined): BucketAuth {
        if (secret === undefined) {
            throw new pulumi.ResourceError(
                `${name}: objectStorage.access is "given", but there are no keys: set secrets.objectStorage`,
                this,
                true,
            );
        }
        return { kind: "keys", secret };
    }
}
