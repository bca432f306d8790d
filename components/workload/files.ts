import { createHash, createHmac } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { SecretRef } from "../secrets/secret-ref";

/** A folder of plain configuration files, kept in a ConfigMap. */
export interface ConfigFiles {
    /** Name of the ConfigMap. */
    name: string;
    /** Folder in every container. */
    mountPath: string;
    /** File name to content; nothing secret. */
    files: Record<string, pulumi.Input<string>>;
    /**
     * Whether the process notices a change by itself, so that no pod needs to roll.
     * @default false
     */
    reloads?: boolean;
}

/** A folder of secret files, kept in a Secret that exists under this name. */
export interface SecretFiles {
    /** Name of the Secret, in the workload's namespace. */
    secretName: pulumi.Input<string>;
    mountPath: string;
    /** Keys of the Secret to mount, under the file name of the same key.  @default all */
    keys?: string[];
    /**
     * The content, where the program knows it: a change then rolls the pods.
     * @default unknown, such as for an existing Secret
     */
    content?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Keys of a Secret as files, whose change rolls the pods where the program knows the content. */
export function filesOf({ name, content }: SecretRef, mountPath: string, keys: string[]): SecretFiles {
    return { secretName: name, mountPath, keys, ...(content === undefined ? {} : { content }) };
}

/** Canonical text of a set of files, whatever the order of their names. */
function canonical(files: Record<string, string>): string {
    return JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Hash of plain files: changes exactly when a file does. */
function contentHash(files: pulumi.Input<Record<string, pulumi.Input<string>>>): pulumi.Output<string> {
    return pulumi
        .output(files)
        .apply((plain) => createHash("sha256").update(canonical(plain)).digest("hex").slice(0, 16));
}

/**
 * Annotations that roll pods when what they read only at their start changes.
 *
 * @param key salt of the secrets' hash
 * @param plain their plain files
 * @param secret their secret ones, where the program knows them
 */
export function rollingAnnotations(
    key: pulumi.Input<string>,
    plain: Record<string, pulumi.Input<string>> | undefined,
    secret: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined,
): Record<string, pulumi.Output<string>> {
    return {
        ...(plain === undefined ? {} : { "perch.dev/config-hash": contentHash(plain) }),
        ...(secret === undefined ? {} : { "perch.dev/secret-hash": secretContentHash(key, secret) }),
    };
}

/**
 * Hash of secret files. It ends up in a pod's annotations for many to read, so it is keyed: a weak password can't be
 * tried out against it. The result is deliberately not a secret, else the preview would hide the whole pod template.
 */
function secretContentHash(
    key: pulumi.Input<string>,
    files: pulumi.Input<Record<string, pulumi.Input<string>>>,
): pulumi.Output<string> {
    const hash = pulumi
        .all([key, pulumi.output(files)])
        .apply(([salt, plain]) => createHmac("sha256", salt).update(canonical(plain)).digest("hex").slice(0, 16));
    return pulumi.unsecret(hash);
}
