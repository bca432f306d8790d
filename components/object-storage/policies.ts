import type { BucketClient } from "./bucket-access";

/** What a client may do in its bucket. */
export type Right = "list" | "read" | "write" | "delete";

/**
 * Least rights of each client. Of Thanos only the Compactor may delete (thanos.io/tip/components/compact.md); Loki has
 * one set of keys for all of its roles, among them its Compactor, which deletes too.
 */
export const clientRights: Readonly<Record<BucketClient, readonly Right[]>> = {
    "thanos-sidecar": ["list", "read", "write"],
    "thanos-store": ["list", "read"],
    "thanos-compact": ["list", "read", "write", "delete"],
    "thanos-ruler": ["list", "read", "write"],
    loki: ["list", "read", "write", "delete"],
};

const actions: Readonly<Record<Right, { sid: string; action: string; on: "bucket" | "objects" }>> = {
    list: { sid: "List", action: "s3:ListBucket", on: "bucket" },
    read: { sid: "Read", action: "s3:GetObject", on: "objects" },
    write: { sid: "Write", action: "s3:PutObject", on: "objects" },
    delete: { sid: "Delete", action: "s3:DeleteObject", on: "objects" },
};

/** One statement of an IAM or bucket policy. */
export interface Statement {
    readonly Sid: string;
    readonly Effect: "Allow" | "Deny";
    readonly Principal?: "*" | { readonly Federated: string };
    readonly Action: string;
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An IAM or bucket policy, as its JSON has it. */
export interface PolicyDocument {
    readonly Version: "2012-10-17";
    readonly Statement: readonly Statement[];
}

const policy = (...statements: Statement[]): PolicyDocument => ({ Version: "2012-10-17", Statement: statements });

/** What one client may do, in its own bucket and nowhere else. */
export function clientPolicy(client: BucketClient, bucketArn: string): PolicyDocument {
    return policy(
        ...clientRights[client].map((right): Statement => {
            const { sid, action, on } = actions[right];
            return {
                Sid: sid,
                Effect: "Allow",
                Action: action,
                Resource: on === "bucket" ? bucketArn : `${bucketArn}/*`,
            };
        }),
    );
}

/** Refuses every request that doesn't come over TLS. */
export function tlsOnlyPolicy(bucketArn: string): PolicyDocument {
    return policy({
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
}

/**
 * Who may take a client's role: pods of exactly these ServiceAccounts of the cluster.
 *
 * @param oidcProvider ARN of the cluster's IAM OIDC provider
 */
export function trustPolicy(
    oidcProvider: string,
    namespace: string,
    serviceAccounts: readonly string[],
): PolicyDocument {
    const issuer = oidcProvider.replace(/^.*:oidc-provider\//, "");
    return policy({
        Sid: "ServiceAccounts",
        Effect: "Allow",
        Principal: { Federated: oidcProvider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
            StringEquals: {
                [`${issuer}:aud`]: "sts.amazonaws.com",
                [`${issuer}:sub`]: serviceAccounts.map((account) => `system:serviceaccount:${namespace}:${account}`),
            },
        },
    });
}
