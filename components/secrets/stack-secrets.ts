import * as pulumi from "@pulumi/pulumi";
import {
    receiverSecretKey,
    remoteWriteSecretKey,
    remoteWriteSecrets,
    type MetricsSettings,
    type ReceiverSecretField,
    type RemoteWriteSecretField,
    type RemoteWriteSettings,
    type SecretSource,
    type SecretsSettings,
} from "../../config/schema";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "./secret-ref";
import { type KeyValue, StackSecret, type SecretValues } from "./stack-secret";

/** Name of Grafana's administrator, where the stack makes the account. */
export const GRAFANA_ADMIN = "admin";

/** Name by which Prometheus asks Grafana for its metrics. */
const GRAFANA_SCRAPER = "prometheus";

/** Inputs of {@link StackSecrets}. */
export interface StackSecretsArgs {
    platform: Platform;
    settings: SecretsSettings;
    /** Secret values of the stack file. */
    values: SecretValues;
    /** Whether Alertmanager logs in to a mail server. */
    smtp: boolean;
    /** What receivers of alerts have to hide, by receiver. */
    receivers: Readonly<Record<string, readonly ReceiverSecretField[]>>;
    /** Servers that Prometheus writes to. */
    remoteWrite: MetricsSettings["remoteWrite"];
    /** Whether a dead man's switch is called. */
    deadMansSwitch: boolean;
    /** Whether an S3 API is used with given keys. */
    objectStorage: boolean;
}

/** Key of a receiver's secret in its Secret: `webhook-url`. */
export function receiverSecretFile(field: ReceiverSecretField): string {
    return withDashes(field);
}

/** Key of a remote write's secret in its Secret: `client-key`. */
export function remoteWriteSecretFile(field: RemoteWriteSecretField): string {
    return withDashes(field);
}

function withDashes(field: string): string {
    return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Keys of a remote write's Secret; the operator takes a user name from nowhere else. */
function remoteWriteKeys(name: string, settings: RemoteWriteSettings): Record<string, KeyValue> {
    const { login } = settings;
    return {
        ...(login.kind === "basic" ? { username: { kind: "fixed", value: login.username ?? "" } } : {}),
        ...Object.fromEntries(
            remoteWriteSecrets(settings).map((field): [string, KeyValue] => [
                remoteWriteSecretFile(field),
                { kind: "secret", configKey: remoteWriteSecretKey(name, field) },
            ]),
        ),
    };
}

/** Every Secret of the stack that isn't an account of the S3 API, each from the source that the settings name. */
export class StackSecrets extends pulumi.ComponentResource {
    /** Keys `username` and `password`. */
    public readonly grafanaAdmin: SecretRef;
    /** Key `secret-key`. */
    public readonly grafanaSecretKey: SecretRef;
    /** Keys `username` and `password`: what Prometheus shows to get Grafana's metrics. */
    public readonly grafanaMetrics: SecretRef;
    /** Key `password`; undefined when nothing logs in to a mail server. */
    public readonly smtpPassword: SecretRef | undefined;
    /** Keys as {@link receiverSecretFile} has them; by receiver, each that has something to hide. */
    public readonly receivers: Readonly<Record<string, SecretRef>>;
    /** Keys as {@link remoteWriteSecretFile} has them and `username`; by remote write, each that has something to hide. */
    public readonly remoteWrite: Readonly<Record<string, SecretRef>>;
    /** Key `url`; undefined without a dead man's switch. */
    public readonly deadMansSwitchUrl: SecretRef | undefined;
    /** Keys `access-key` and `secret-key`; undefined when no S3 API is used with given keys. */
    public readonly objectStorage: SecretRef | undefined;

    constructor(name: string, args: StackSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:secrets:StackSecrets", name, {}, opts);
        const { platform, settings, values } = args;
        const secret = (
            objectName: string,
            source: SecretSource,
            keys: Record<string, KeyValue>,
            protectGenerated = false,
        ): SecretRef =>
            new StackSecret(
                `${name}-${objectName}`,
                { platform, objectName, source, keys, values, protectGenerated },
                { parent: this },
            ).ref;

        this.grafanaAdmin = secret("grafana-admin", settings.grafanaAdmin, {
            username: { kind: "fixed", value: GRAFANA_ADMIN },
            password: { kind: "secret", configKey: "grafanaAdminPassword" },
        });
        // Without this key nobody can read what Grafana encrypted in its database.
        this.grafanaSecretKey = secret(
            "grafana-secret-key",
            settings.grafanaSecretKey,
            { "secret-key": { kind: "secret", configKey: "grafanaSecretKey" } },
            true,
        );
        this.grafanaMetrics = secret(
            "grafana-metrics",
            { kind: "generated" },
            { username: { kind: "fixed", value: GRAFANA_SCRAPER }, password: { kind: "shared" } },
        );
        this.smtpPassword = args.smtp
            ? secret("smtp-password", settings.smtpPassword, {
                  password: { kind: "secret", configKey: "smtpPassword" },
              })
            : undefined;
        this.receivers = Object.fromEntries(
            Object.entries(args.receivers)
                .filter(([, fields]) => fields.length > 0)
                .map(([receiver, fields]) => [
                    receiver,
                    secret(
                        `receiver-${receiver}`,
                        settings.receivers[receiver] ?? { kind: "config" },
                        Object.fromEntries(
                            fields.map((field): [string, KeyValue] => [
                                receiverSecretFile(field),
                                { kind: "secret", configKey: receiverSecretKey(receiver, field) },
                            ]),
                        ),
                    ),
                ]),
        );
        this.remoteWrite = Object.fromEntries(
            Object.entries(args.remoteWrite)
                .filter(([, each]) => remoteWriteSecrets(each).length > 0)
                .map(([remoteWrite, each]) => [
                    remoteWrite,
                    secret(
                        `remote-write-${remoteWrite}`,
                        settings.remoteWrite[remoteWrite] ?? { kind: "config" },
                        remoteWriteKeys(remoteWrite, each),
                    ),
                ]),
        );
        this.deadMansSwitchUrl = args.deadMansSwitch
            ? secret("dead-mans-switch", settings.deadMansSwitchUrl, {
                  url: { kind: "secret", configKey: "deadMansSwitchUrl" },
              })
            : undefined;
        this.objectStorage = args.objectStorage
            ? secret("objstore", settings.objectStorage, {
                  "access-key": { kind: "secret", configKey: "s3AccessKey" },
                  "secret-key": { kind: "secret", configKey: "s3SecretKey" },
              })
            : undefined;
        this.registerOutputs({});
    }
}
