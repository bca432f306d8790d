import { version } from "@pulumi/aws/package.json";
import type { ResourceKind } from "../provider/resource-kind";
import { TableProvider } from "../provider/table-provider";
import type { ProviderPlugin } from "../provider/types";
import { bucketKind } from "./bucket";
import {
    bucketLifecycleConfiguration,
    bucketOwnershipControls,
    bucketPolicy,
    bucketPublicAccessBlock,
    bucketServerSideEncryptionConfiguration,
    bucketVersioning,
} from "./bucket-settings";
import { type Aws, makeClients, settingNames } from "./clients";
import { invoke } from "./functions";
import { policy } from "./iam-policy";
import { role, rolePolicy, rolePolicyAttachment } from "./iam-roles";
import { accessKey, user, userPolicy, userPolicyAttachment } from "./iam-users";

/** Resource types that the stand-in knows, by type token. */
export const awsKinds: Record<string, ResourceKind<Aws>> = {
    "aws:s3/bucket:Bucket": bucketKind,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucketLifecycleConfiguration,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucketOwnershipControls,
    "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPublicAccessBlock,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        bucketServerSideEncryptionConfiguration,
    "aws:s3/bucketVersioning:BucketVersioning": bucketVersioning,
    "aws:iam/accessKey:AccessKey": accessKey,
    "aws:iam/policy:Policy": policy,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
    "aws:iam/user:User": user,
    "aws:iam/userPolicy:UserPolicy": userPolicy,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": userPolicyAttachment,
};

/** Stands in for the official plugin `aws`, on the S3 and IAM APIs. */
export const awsPlugin: ProviderPlugin = {
    name: "aws",
    version,
    create: () =>
        new TableProvider<Aws>({
            name: "aws",
            version,
            kinds: awsKinds,
            config: settingNames,
            configure: (settings) => Promise.resolve(makeClients(settings)),
            invoke,
        }),
};
