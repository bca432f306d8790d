import * as iam from "@pulumi/aws/iam";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ObjectStorageSettings } from "../../config/schema";
import { shortened } from "../platform/names";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "../secrets/secret-ref";
import type { BucketAuth, BucketClient } from "./bucket-access";
import { clientPolicy, trustPolicy } from "./policies";

/** Longest name of an IAM user or role. */
const IAM_NAME = 64;

/** Name of a client's account, unique among the stacks and clusters of an AWS account. */
export function accountName(platform: Pick<Platform, "instance" | "clusterName">, client: BucketClient): string {
    return shortened(`${platform.instance}-${platform.clusterName}-${client}`, IAM_NAME, `-${client}`);
}

/** Inputs of {@link ClientAccess}. */
export interface ClientAccessArgs {
    platform: Platform;
    client: BucketClient;
    access: ObjectStorageSettings["access"];
    /** ARN of the client's bucket. */
    bucketArn: pulumi.Input<string>;
    /** What the client's pods run as. */
    serviceAccounts: readonly string[];
}

function policyText({ client, bucketArn }: ClientAccessArgs): pulumi.Output<string> {
    return pulumi.output(bucketArn).apply((arn) => JSON.stringify(clientPolicy(client, arn)));
}

/** An account of the S3 API for one client, with just the rights that it needs: an IAM user with keys, or an IAM role. */
export class ClientAccess extends pulumi.ComponentResource {
    public readonly auth: BucketAuth;

    constructor(name: string, args: ClientAccessArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:object-storage:ClientAccess", name, {}, opts);
        switch (args.access.kind) {
            case "user":
                this.auth = { kind: "keys", secret: this.addUser(name, args) };
                break;
            case "role":
                this.auth = { kind: "role", arn: this.addRole(name, args, args.access.oidcProvider) };
                break;
            case "given":
                throw new pulumi.ResourceError(`${name}: given keys belong to no client of their own`, this);
        }
        this.registerOutputs({});
    }

    private addUser(name: string, args: ClientAccessArgs): SecretRef {
        const { platform, client } = args;
        const user = new iam.User(name, { name: accountName(platform, client) }, { parent: this });
        const policy = new iam.UserPolicy(
            name,
            { user: user.name, name: "bucket", policy: policyText(args) },
            { parent: this },
        );
        const key = new iam.AccessKey(
            name,
            { user: user.name },
            { parent: this, additionalSecretOutputs: ["secret", "sesSmtpPasswordV4"] },
        );
        const content: pulumi.Output<Record<string, string>> = pulumi.secret(
            pulumi.all({ "access-key": key.id, "secret-key": key.secret }),
        );
        const secret = new k8s.core.v1.Secret(
            name,
            { metadata: platform.metadata(`objstore-${client}`), stringData: content },
            { parent: this, dependsOn: [policy] },
        );
        return { name: secret.metadata.name, content };
    }

    private addRole(name: string, args: ClientAccessArgs, oidcProvider: string | undefined): pulumi.Output<string> {
        if (oidcProvider === undefined) {
            throw new pulumi.ResourceError(
                `${name}: a role needs the cluster's IAM OIDC provider: set access.oidcProvider`,
                this,
            );
        }
        const { platform, client } = args;
        const role = new iam.Role(
            name,
            {
                name: accountName(platform, client),
                assumeRolePolicy: JSON.stringify(trustPolicy(oidcProvider, platform.namespace, args.serviceAccounts)),
            },
            { parent: this },
        );
        const policy = new iam.RolePolicy(
            name,
            { role: role.name, name: "bucket", policy: policyText(args) },
            { parent: this },
        );
        return pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    }
}
