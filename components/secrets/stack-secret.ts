import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretSource, SecretValueKey } from "../../config/schema";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "./secret-ref";

/** Values of the stack file's secret keys, as far as they are set; each a secret Output. */
export type SecretValues = Readonly<Partial<Record<SecretValueKey, pulumi.Output<string>>>>;

/** Where the value of one key comes from, unless the whole Secret exists already. */
export type KeyValue =
    | { readonly kind: "fixed"; readonly value: string }
    | { readonly kind: "secret"; readonly configKey: SecretValueKey }
    /** Always made up: two parts of the stack share it, and nobody else needs it. */
    | { readonly kind: "shared" };

/** Inputs of {@link StackSecret}. */
export interface StackSecretArgs {
    platform: Platform;
    /** Name of the Secret where the stack makes it. */
    objectName: string;
    source: SecretSource;
    /** Keys of the Secret. */
    keys: Readonly<Record<string, KeyValue>>;
    values: SecretValues;
    /**
     * Whether losing a generated value loses data: it is then protected like data.
     * @default false
     */
    protectGenerated?: boolean;
}

/** Length of a generated value: 32 letters and digits are 190 bits, and need no quoting anywhere. */
const GENERATED_LENGTH = 32;

/** How often the External Secrets Operator looks for a new value. */
const REFRESH_INTERVAL = "1h";

/** One Secret, generated, from the stack file, there already, or copied by the External Secrets Operator. */
export class StackSecret extends pulumi.ComponentResource {
    public readonly ref: SecretRef;

    private readonly args: StackSecretArgs;

    constructor(name: string, args: StackSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:secrets:StackSecret", name, {}, opts);
        this.args = args;
        this.ref = this.make(name);
        this.registerOutputs({ name: this.ref.name });
    }

    private make(name: string): SecretRef {
        const { source } = this.args;
        switch (source.kind) {
            case "existing":
                return { name: source.name };
            case "external":
                return { name: this.addExternal(name, source) };
            case "config":
                this.checkConfigured(name);
                return this.addSecret(name, (configKey) => this.configured(configKey));
            case "generated":
                return this.addSecret(name, (configKey) => this.generate(`${name}-${configKey}`));
        }
    }

    private configured(configKey: SecretValueKey): pulumi.Output<string> {
        const value = this.args.values[configKey];
        if (value === undefined) {
            throw new pulumi.ResourceError(`perch:${configKey} has no value`, this, true);
        }
        return pulumi.secret(value);
    }

    /** Reports every missing value at once, before anything is made. */
    private checkConfigured(name: string): void {
        const missing = Object.values(this.args.keys).flatMap((key) =>
            key.kind === "secret" && this.args.values[key.configKey] === undefined ? [key.configKey] : [],
        );
        if (missing.length > 0) {
            const commands = missing.map((key) => `pulumi config set --secret perch:${key}`);
            throw new pulumi.ResourceError(
                `${name}: the stack file has no value for ${missing.join(" and ")}. Run: ${commands.join("; ")}`,
                this,
                true,
            );
        }
    }

    private generate(name: string): pulumi.Output<string> {
        const { platform, protectGenerated } = this.args;
        const password = new random.RandomPassword(
            name,
            { length: GENERATED_LENGTH, special: false },
            {
                parent: this,
                additionalSecretOutputs: ["result", "bcryptHash"],
                protect: protectGenerated === true && platform.protectData,
            },
        );
        return pulumi.secret(password.result);
    }

    private keyValue(
        name: string,
        key: string,
        from: KeyValue,
        sourced: (configKey: SecretValueKey) => pulumi.Output<string>,
    ): pulumi.Input<string> {
        switch (from.kind) {
            case "fixed":
                return from.value;
            case "secret":
                return sourced(from.configKey);
            case "shared":
                return this.generate(`${name}-${key}`);
        }
    }

    private addSecret(name: string, valueOf: (configKey: SecretValueKey) => pulumi.Output<string>): SecretRef {
        const { platform, objectName, keys } = this.args;
        const values = Object.fromEntries(
            Object.entries(keys).map(([key, from]): [string, pulumi.Input<string>] => [
                key,
                this.keyValue(name, key, from, valueOf),
            ]),
        );
        const content: pulumi.Output<Record<string, string>> = pulumi.secret(pulumi.all(values));
        const secret = new k8s.core.v1.Secret(
            name,
            { metadata: platform.metadata(objectName), stringData: content },
            { parent: this },
        );
        return { name: secret.metadata.name, content };
    }

    private addExternal(name: string, source: Extract<SecretSource, { kind: "external" }>): pulumi.Output<string> {
        const { platform, objectName, keys } = this.args;
        const external = new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "external-secrets.io/v1",
                kind: "ExternalSecret",
                metadata: platform.metadata(objectName),
                spec: {
                    refreshInterval: REFRESH_INTERVAL,
                    secretStoreRef: { kind: "ClusterSecretStore", name: source.store },
                    target: { name: objectName, creationPolicy: "Owner" },
                    data: Object.keys(keys).map((key) => ({
                        secretKey: key,
                        remoteRef: { key: source.path, property: key },
                    })),
                },
            },
            { parent: this },
        );
        return external.metadata.name;
    }
}
