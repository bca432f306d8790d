import type * as pulumi from "@pulumi/pulumi";

/**
 * A Secret of the stack's namespace, wherever it comes from. Its keys are fixed by what it is for: `username` and
 * `password`, `secret-key`, `password`, or `access-key` and `secret-key` (config/schema/secrets.ts).
 */
export interface SecretRef {
    /** Name of the Secret; waits for what makes it. */
    readonly name: pulumi.Input<string>;
    /** The values by key, secret.  @default unknown: an existing or an external Secret */
    readonly content?: pulumi.Output<Record<string, string>>;
}

/**
 * Names of the settings that have something to hide and no Secret for it.
 *
 * @param secretsOf what one of them has to hide
 */
export function withoutSecret<T>(
    settings: Readonly<Record<string, T>>,
    secretsOf: (each: T) => readonly string[],
    refs: Readonly<Record<string, SecretRef>> = {},
): string[] {
    return Object.entries(settings)
        .filter(([name, each]) => secretsOf(each).length > 0 && refs[name] === undefined)
        .map(([name]) => name);
}
