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
    /** Whether VictoriaMetrics is deployed. */
    victoriaMetrics: boolean;
    /** Whether a dead man's switch is called. */
    deadMansSwitch: boolean;
    /** Whether an S3 API is used with given keys. */
    objectStorage: boolean;
}

/** Key of a secret of a receiver or a remote write in its Secret: `webhook-url`, `client-key`. */
export function secretFile(field: ReceiverSecretField | RemoteWriteSecretField): string {
    return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Keys of a receiver's Secret. */
function receiverKeys(name: string, fields: readonly ReceiverSecretField[]): Record<string, KeyValue> {
    return Object.fromEntries(
        fields.map((field): [string, KeyValue] => [
            secretFile(field),
            { kind: "secret", configKey: receiverSecretKey(name, field) },
        ]),
    );
}

/** Keys of a remote write's Secret; the operator takes a user name from nowhere else. */
function remoteWriteKeys(name: string, settings: RemoteWriteSettings): Record<string, KeyValue> {
    const { login } = settings;
    return {
        ...(login.kind === "basic" ? { username: { kind: "fixed", value: login.username ?? "" } } : {}),
        ...Object.fromEntries(
            remoteWriteSecrets(settings).map((field): [string, KeyValue] => [
                secretFile(field),
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
    /** Keys as {@link secretFile} has them; by receiver, each that has something to hide. */
    public readonly receivers: Readonly<Record<string, SecretRef>>;
    /** Keys as {@link secretFile} has them and `username`; by remote write, each that has something to hide. */
    public readonly remoteWrite: Readonly<Record<string, SecretRef>>;
    /** Key `admin-key`: what VictoriaMetrics asks of whoever deletes series; undefined without it. */
    public readonly victoriaMetrics: SecretRef | undefined;
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
        /** A Secret for each of the settings that has something to hide. */
        const secretsByName = <T>(
            prefix: string,
            of: Readonly<Record<string, T>>,
            sources: Readonly<Record<string, SecretSource>>,
            keysOf: (each: string, what: T) => Record<string, KeyValue>,
        ): Record<string, SecretRef> =>
            Object.fromEntries(
                Object.entries(of)
                    .map(([each, what]) => [each, keysOf(each, what)] as const)
                    .filter(([, keys]) => Object.keys(keys).length > 0)
                    .map(([each, keys]) => [
                        each,
                        secret(`${prefix}-${each}`, sources[each] ?? { kind: "config" }, keys),
                    ]),
            );
        this.receivers = secretsByName("receiver", args.receivers, settings.receivers, receiverKeys);
        this.remoteWrite = secretsByName("remote-write", args.remoteWrite, settings.remoteWrite, remoteWriteKeys);
        this.victoriaMetrics = args.victoriaMetrics
            ? secret("victoria-metrics", { kind: "generated" }, { "admin-key": { kind: "shared" } })
            : undefined;
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
