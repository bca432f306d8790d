import { z } from "zod";
import { certificates, duration, publicUrl } from "./common";
import { sampleRelabelings } from "./relabelings";

const login = z
    .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("none").describe("Nothing") }),
        z.strictObject({ kind: z.literal("bearer").describe("Header `Authorization: Bearer`; secret `token`") }),
        z.strictObject({
            kind: z.literal("basic").describe("User name and secret `password`"),
            username: z
                .string()
                .min(1)
                .optional()
                .describe("User name; that of an existing or external Secret is its key `username`"),
        }),
    ])
    .prefault({ kind: "none" })
    .describe("How the server knows its caller");

/** A server that Prometheus sends samples to. Its secrets are in {@link remoteWriteSecrets}. */
export const remoteWriteSchema = z.strictObject({
    url: publicUrl("https://metrics.example.com/api/v1/write").describe("Address that takes remote write"),
    relabelings: sampleRelabelings()
        .default([])
        .describe("What is sent, and with which labels, one rule after the other; empty: everything"),
    login,
    caCertificate: certificates()
        .optional()
        .describe("Private CA that signed the server's certificate; default: the public CAs"),
    clientCertificate: certificates()
        .optional()
        .describe("Certificate that Prometheus shows the server; secret `clientKey`"),
    timeout: duration().default("30s").describe("After which a call has failed, and is tried again"),
    exemplars: z.boolean().default(false).describe("Send exemplars too"),
    nativeHistograms: z.boolean().default(false).describe("Send native histograms too; not every server takes them"),
    // The figures are those of Prometheus 3 (config/config.go, DefaultQueueConfig).
    queue: z
        .strictObject({
            capacity: z.int().min(1).default(10_000).describe("Samples that wait in one shard of the queue"),
            samplesPerSend: z.int().min(1).default(2000).describe("Samples of one call"),
            minShards: z.int().min(1).default(1).describe("Calls at once at the start"),
            maxShards: z.int().min(1).default(50).describe("Calls at once at most"),
            batchDeadline: duration().default("5s").describe("How long a sample waits for the call to be full"),
            minBackoff: duration().default("30ms").describe("Pause after a failed call; it doubles each time"),
            maxBackoff: duration().default("5s").describe("Longest pause after a failed call"),
            sampleAgeLimit: duration()
                .optional()
                .describe("Age from which a sample isn't sent any more; default: none"),
            retryOnRateLimit: z.boolean().default(true).describe("Try again what the server was too busy for (429)"),
        })
        .prefault({})
        .describe("How samples wait for the server, and what it gets at once"),
});

export type RemoteWriteSettings = z.output<typeof remoteWriteSchema>;

/** What a remote write may have to hide, as the keys of the stack file end. */
export const remoteWriteSecretFields = ["token", "password", "clientKey"] as const;

export type RemoteWriteSecretField = (typeof remoteWriteSecretFields)[number];

/** Key of the stack file for a secret of a remote write: `remoteWrite.billing.token`. */
export type RemoteWriteSecretKey = `remoteWrite.${string}.${RemoteWriteSecretField}`;

/** Whether a key of the stack file is meant to be a remote write's secret; it may name none that there is. */
export function isRemoteWriteSecretKey(key: string): key is RemoteWriteSecretKey {
    return /^remoteWrite\.[^.]+\.[^.]+$/.test(key);
}

/** The key under which a stack file holds a remote write's secret. */
export function remoteWriteSecretKey(name: string, field: RemoteWriteSecretField): RemoteWriteSecretKey {
    return `remoteWrite.${name}.${field}`;
}

/** Secrets without which the server takes nothing. */
export function remoteWriteSecrets({
    login: { kind },
    clientCertificate,
}: RemoteWriteSettings): RemoteWriteSecretField[] {
    return [
        ...(kind === "bearer" ? (["token"] as const) : []),
        ...(kind === "basic" ? (["password"] as const) : []),
        ...(clientCertificate === undefined ? [] : (["clientKey"] as const)),
    ];
}
