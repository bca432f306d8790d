import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { SecretRef } from "../secrets/secret-ref";
import type { S3Endpoint } from "./endpoint";

/** What reads or writes a bucket; each has rights and, where the S3 API has accounts, keys of its own. */
export type BucketClient = "thanos-sidecar" | "thanos-store" | "thanos-compact" | "thanos-ruler" | "loki";

/** How a client signs its requests. */
export type BucketAuth =
    | {
          readonly kind: "keys";
          /** Keys `access-key` and `secret-key`. */
          readonly secret: SecretRef;
      }
    | {
          readonly kind: "role";
          /** Goes to the annotations of the ServiceAccount: {@link accountAnnotations}. */
          readonly arn: pulumi.Input<string>;
      };

/** All that one client needs to reach its bucket. */
export interface BucketAccess extends S3Endpoint {
    /** Name of the bucket; waits until the bucket and the client's rights are there. */
    readonly bucket: pulumi.Input<string>;
    readonly auth: BucketAuth;
}

/** Annotation of a ServiceAccount that lets its pods take an IAM role (IRSA). */
export const roleAnnotation = "eks.amazonaws.com/role-arn";

/** Name of the file with the CA of the S3 endpoint, beside the client's configuration. */
const caFileName = "s3-ca.crt";

/** The CA of the S3 endpoint as a file for the client's folder; no file where every client knows the CA anyway. */
export function caFiles({ caCertificate }: Pick<S3Endpoint, "caCertificate">): Record<string, string> {
    return caCertificate === undefined ? {} : { [caFileName]: caCertificate };
}

/** Path of {@link caFiles} in the client's folder; undefined where there is none. */
export function caPath({ caCertificate }: Pick<S3Endpoint, "caCertificate">, folder: string): string | undefined {
    return caCertificate === undefined ? undefined : `${folder}/${caFileName}`;
}

/** Credentials of a client where every AWS SDK looks for them, by reference; none for a role. */
export function credentialsEnv({ auth }: BucketAccess): input.core.v1.EnvVar[] {
    const fromSecret = (name: string, key: string) =>
        auth.kind === "keys" ? [{ name, valueFrom: { secretKeyRef: { name: auth.secret.name, key } } }] : [];
    return [...fromSecret("AWS_ACCESS_KEY_ID", "access-key"), ...fromSecret("AWS_SECRET_ACCESS_KEY", "secret-key")];
}

/** Content of the Secret behind {@link credentialsEnv}, where the program knows it: its change rolls the pods. */
export function credentialsContent({ auth }: BucketAccess): pulumi.Output<Record<string, string>> | undefined {
    return auth.kind === "keys" ? auth.secret.content : undefined;
}

/** Annotations of the ServiceAccount of a client; none with keys. */
export function accountAnnotations({ auth }: BucketAccess): Record<string, pulumi.Input<string>> | undefined {
    return auth.kind === "role" ? { [roleAnnotation]: auth.arn } : undefined;
}

/** What a workload is given, beside its environment, so that it may use the bucket. */
export function bucketWorkloadArgs(access: BucketAccess) {
    const content = credentialsContent(access);
    const annotations = accountAnnotations(access);
    return {
        ...(content === undefined ? {} : { envSecrets: [content] }),
        ...(annotations === undefined ? {} : { serviceAccountAnnotations: annotations }),
    };
}
