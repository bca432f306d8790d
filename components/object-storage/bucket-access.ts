import type * as pulumi from "@pulumi/pulumi";
import type { SecretRef } from "../secrets/secret-ref";

/** What reads or writes a bucket; each has rights and, where the S3 API has accounts, keys of its own. */
export type BucketClient = "thanos-sidecar" | "thanos-store" | "thanos-compact" | "loki";

/** How a client signs its requests. */
export type BucketAuth =
    | {
          readonly kind: "keys";
          /** Keys `access-key` and `secret-key`. */
          readonly secret: SecretRef;
      }
    | {
          readonly kind: "role";
          /** Goes to the ServiceAccount's annotation {@link roleAnnotation}. */
          readonly arn: pulumi.Input<string>;
      };

/** All that one client needs to reach its bucket. */
export interface BucketAccess {
    /** Name of the bucket; waits until the bucket and the client's rights are there. */
    readonly bucket: pulumi.Input<string>;
    /** `host` or `host:port`, without scheme. */
    readonly endpoint: string;
    /** Region that requests are signed for. */
    readonly region: string;
    /** Plain HTTP. */
    readonly insecure: boolean;
    /** Address the bucket by path instead of by host name. */
    readonly pathStyle: boolean;
    /** Port of the endpoint, for the edge to it. */
    readonly port: number;
    readonly auth: BucketAuth;
}

/** Annotation of a ServiceAccount that lets its pods take an IAM role (IRSA). */
export const roleAnnotation = "eks.amazonaws.com/role-arn";
