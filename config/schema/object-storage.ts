import { z } from "zod";
import { certificates } from "./common";

const buckets = () =>
    z
        .enum(["create", "import", "existing"])
        .default("create")
        .describe(
            "create: make the buckets; import: take buckets of these names into the stack, such as those that a " +
                "destroyed stack left, then make them what the settings say; existing: only use them",
        );

/** An account of its own for each client, with just the rights that it needs. */
const user = () =>
    z.strictObject({ kind: z.literal("user").describe("An IAM user with an access key for each client") });

export const objectStorageSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({
            kind: z.literal("aws"),
            region: z.string().min(1).default("eu-central-1"),
            access: z
                .discriminatedUnion("kind", [
                    user(),
                    z.strictObject({
                        kind: z.literal("role").describe("An IAM role for each client's ServiceAccount (IRSA)"),
                        oidcProvider: z
                            .string()
                            .regex(/^arn:[\w-]+:iam::\d{12}:oidc-provider\/.+$/, {
                                error: "expected the ARN of an IAM OIDC provider",
                            })
                            .optional()
                            .describe("ARN of the cluster's IAM OIDC provider; required where there are buckets"),
                    }),
                ])
                .prefault({ kind: "user" })
                .describe("As whom pods come to the buckets; on EKS by default as a role"),
            buckets: buckets(),
        }),
        z.strictObject({
            kind: z.literal("compatible").describe("Any other S3 API: Hetzner, MinIO, Ceph"),
            endpoint: z
                .url({
                    protocol: /^https?$/,
                    error: "expected a URL with scheme, such as https://fsn1.your-objectstorage.com",
                })
                .refine((url) => /^https?:\/\/[^/?#@]+\/?$/.test(url), {
                    error: "expected scheme, host and, where needed, port: no path, query or login",
                })
                .describe("URL of the S3 API"),
            region: z.string().min(1).describe("Region that requests are signed for"),
            caCertificate: certificates()
                .optional()
                .describe(
                    "Certificate of the private CA that signed the endpoint's; the pods then trust no other there. " +
                        "`pulumi` itself finds it by AWS_CA_BUNDLE. Default: the public CAs",
                ),
            pathStyle: z.boolean().default(true).describe("Address buckets by path instead of by host name"),
            access: z
                .discriminatedUnion("kind", [
                    z.strictObject({
                        kind: z.literal("given").describe("One pair of keys for all clients: secrets.objectStorage"),
                    }),
                    user().describe("Needs an IAM API at the same endpoint, as Ceph's RADOS Gateway has"),
                ])
                .prefault({ kind: "given" }),
            buckets: buckets(),
            unsupported: z
                .array(z.enum(["versioning", "encryption", "publicAccessBlock", "policy"]))
                .default([])
                .describe("What this S3 API lacks and the program leaves out"),
        }),
    ])
    .prefault({ kind: "aws" })
    .describe("The S3 API that holds blocks and chunks");

export type ObjectStorageSettings = z.output<typeof objectStorageSchema>;
