import * as pulumi from "@pulumi/pulumi";

/** Namespace of the settings in a stack file: `perch:metrics`. */
export const NAMESPACE = "perch";

/** Where settings come from: the stack's configuration, or a table in a test. */
export interface ConfigSource {
    /** Keys that are set, without the namespace. */
    keys(): string[];
    /** Value as the engine hands it over: text, or JSON for anything structured. */
    get(key: string): string | undefined;
    /** Value that stays secret wherever it goes. */
    getSecret(key: string): pulumi.Output<string> | undefined;
    /** Whether the value, or any part of it, is encrypted in the stack file. */
    isEncrypted(key: string): boolean;
}

/** Exported by the SDK without a type. */
interface SecretKeys {
    readonly isConfigSecret: (key: string) => boolean;
}

/** The configuration of the stack that is being deployed. */
export function stackConfig(): ConfigSource {
    const config = new pulumi.Config(NAMESPACE);
    const prefix = `${NAMESPACE}:`;
    const { isConfigSecret } = pulumi.runtime as unknown as SecretKeys;
    return {
        keys: () =>
            Object.keys(pulumi.runtime.allConfig())
                .filter((key) => key.startsWith(prefix))
                .map((key) => key.slice(prefix.length)),
        get: (key) => config.get(key),
        getSecret: (key) => config.getSecret(key),
        isEncrypted: (key) => isConfigSecret(prefix + key),
    };
}
