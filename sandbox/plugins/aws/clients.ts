import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import * as fs from "node:fs";
import * as https from "node:https";
import { z } from "zod";
import { once } from "../provider/once";
import { plain } from "../provider/plain";
import { type PropertyMap, ProviderError } from "../provider/types";

/** Settings that the stand-in takes; a bridged provider gets those that aren't strings as JSON. */
const settingsSchema = z.object({
    accessKey: z.string().optional(),
    secretKey: z.string().optional(),
    token: z.string().optional(),
    region: z.string().optional(),
    customCaBundle: z.string().optional(),
    s3UsePathStyle: z.boolean().default(false),
    insecure: z.boolean().default(false),
    maxRetries: z.number().int().optional(),
    endpoints: z
        .array(z.strictObject({ s3: z.string().optional(), iam: z.string().optional(), sts: z.string().optional() }))
        .default([]),
    defaultTags: z.strictObject({ tags: z.record(z.string(), z.string()).default({}) }).prefault({}),
    skipCredentialsValidation: z.boolean().optional(),
    skipMetadataApiCheck: z.boolean().optional(),
    skipRegionValidation: z.boolean().optional(),
    skipRequestingAccountId: z.boolean().optional(),
});

/** Names of the settings. */
export const settingNames = Object.keys(settingsSchema.shape);

/** Settings that are strings; all others come as JSON. */
const textSettings = ["accessKey", "secretKey", "token", "region", "customCaBundle"];

/** What the resources need to do their work. */
export interface Aws {
    /** Where a resource is when it names no region. */
    region: string;
    /** Put on every resource that takes tags. */
    defaultTags: Record<string, string>;
    /** @param region of the resource; absent: the provider's */
    s3: (region?: string) => S3Client;
    readonly iam: IAMClient;
    readonly sts: STSClient;
}

function decoded([key, value]: [string, unknown]): [string, unknown] {
    if (textSettings.includes(key) || typeof value !== "string") {
        return [key, value];
    }
    try {
        return [key, JSON.parse(value)];
    } catch {
        return [key, value];
    }
}

function readBundle(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        throw new ProviderError(`aws: the certificate bundle ${file} (customCaBundle or AWS_CA_BUNDLE) can't be read.`);
    }
}

/** Makes the clients from the provider's settings, and from the usual environment for what they leave out. */
export function makeClients(properties: PropertyMap): Aws {
    const parsed = settingsSchema.safeParse(Object.fromEntries(Object.entries(plain(properties)).map(decoded)));
    if (!parsed.success) {
        throw new ProviderError(`aws: the provider's settings are wrong:\n${z.prettifyError(parsed.error)}`);
    }
    const settings = parsed.data;
    const region = settings.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    if (region === undefined) {
        throw new ProviderError("aws: no region. Set it on the provider, or AWS_REGION in the environment.");
    }
    const endpoints = Object.assign({}, ...settings.endpoints) as (typeof settings.endpoints)[number];
    const bundle = settings.customCaBundle ?? process.env.AWS_CA_BUNDLE;
    const agent = new https.Agent({
        keepAlive: true,
        rejectUnauthorized: !settings.insecure,
        ...(bundle === undefined || bundle === "" ? {} : { ca: readBundle(bundle) }),
    });
    const { accessKey, secretKey, token } = settings;
    const common = {
        requestHandler: { httpsAgent: agent },
        ...(settings.maxRetries === undefined ? {} : { maxAttempts: settings.maxRetries + 1 }),
        ...(accessKey === undefined || secretKey === undefined
            ? {}
            : { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken: token } }),
    };
    const at = (endpoint: string | undefined): { endpoint?: string } => (endpoint === undefined ? {} : { endpoint });
    // The SDK is loaded for the first call (sandbox/engine/bundles.ts).
    const iam = once(() => new IAMClient({ ...common, ...at(endpoints.iam), region }));
    const sts = once(() => new STSClient({ ...common, ...at(endpoints.sts), region }));
    const s3Clients = new Map<string, S3Client>();
    return {
        region,
        defaultTags: settings.defaultTags.tags,
        s3: (own = region) => {
            const client =
                s3Clients.get(own) ??
                new S3Client({
                    ...common,
                    ...at(endpoints.s3),
                    region: own,
                    forcePathStyle: settings.s3UsePathStyle,
                    // Not every S3-compatible server knows the checksums that AWS added in 2025.
                    requestChecksumCalculation: "WHEN_REQUIRED",
                    responseChecksumValidation: "WHEN_REQUIRED",
                });
            s3Clients.set(own, client);
            return client;
        },
        get iam() {
            return iam();
        },
        get sts() {
            return sts();
        },
    };
}
