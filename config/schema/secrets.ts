import { z } from "zod";
import { dnsLabel, objectName } from "./common";
import type { ReceiverSecretKey } from "./receivers";
import type { RemoteWriteSecretKey } from "./remote-write";

const existing = z.strictObject({
    kind: z.literal("existing").describe("A Secret that is already in the stack's namespace"),
    name: objectName(),
});
const external = z.strictObject({
    kind: z.literal("external").describe("Copied by the External Secrets Operator"),
    store: z.string().min(1).describe("Name of the ClusterSecretStore"),
    path: z.string().min(1).describe("Path of the secret in the store"),
});
const generated = z.strictObject({ kind: z.literal("generated").describe("Made once and kept in the stack's state") });
const config = z.strictObject({ kind: z.literal("config").describe("Encrypted in the stack file") });

export const secretsSchema = z
    .strictObject({
        grafanaAdmin: z
            .discriminatedUnion("kind", [generated, config, existing, external])
            .prefault({ kind: "generated" })
            .describe("Grafana's administrator; config: perch:grafanaAdminPassword; keys `username` and `password`"),
        grafanaSecretKey: z
            .discriminatedUnion("kind", [generated, config, existing, external])
            .prefault({ kind: "generated" })
            .describe(
                "Key that encrypts secrets in Grafana's database; config: perch:grafanaSecretKey; key `secret-key`",
            ),
        smtpPassword: z
            .discriminatedUnion("kind", [config, existing, external])
            .prefault({ kind: "config" })
            .describe("Password of the mail account; config: perch:smtpPassword; key `password`"),
        receivers: z
            .record(dnsLabel(), z.discriminatedUnion("kind", [config, existing, external]))
            .default({})
            .describe(
                "Secrets of a receiver, by its name; config: perch:receiver.<name>.<secret>, and the default; keys as " +
                    "those of the stack file with dashes: `webhook-url`",
            ),
        remoteWrite: z
            .record(dnsLabel(), z.discriminatedUnion("kind", [config, existing, external]))
            .default({})
            .describe(
                "Secrets of a remote write, by its name; config: perch:remoteWrite.<name>.<secret>, and the default; " +
                    "keys `username` and `password`, or `token`; `client-key`",
            ),
        deadMansSwitchUrl: z
            .discriminatedUnion("kind", [config, existing, external])
            .prefault({ kind: "config" })
            .describe("URL of the dead man's switch; config: perch:deadMansSwitchUrl; key `url`"),
        objectStorage: z
            .discriminatedUnion("kind", [config, existing, external])
            .prefault({ kind: "config" })
            .describe(
                "Keys for an S3 API other than AWS; config: perch:s3AccessKey and perch:s3SecretKey; " +
                    "keys `access-key` and `secret-key`",
            ),
    })
    .prefault({})
    .describe("Where each secret comes from");

export type SecretsSettings = z.output<typeof secretsSchema>;
export type SecretSource = SecretsSettings["grafanaAdmin"];

/**
 * Secret values that a stack file may hold beside those of receivers and remote writes, each a key of its own:
 * `pulumi config set --secret perch:<key>`.
 */
export const secretValueKeys = [
    "grafanaAdminPassword",
    "grafanaSecretKey",
    "smtpPassword",
    "deadMansSwitchUrl",
    "s3AccessKey",
    "s3SecretKey",
] as const;

export type SecretValueKey = (typeof secretValueKeys)[number] | ReceiverSecretKey | RemoteWriteSecretKey;
