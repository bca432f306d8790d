import type { AreaSettings, BucketSettings, LogsSettings, LongTermSettings, ObjectStorageSettings } from "./schema";
import { longestBucketName } from "./schema/common";

/** What a bucket is for. */
export type BucketKind = "metrics" | "logs";

/** A bucket that the settings ask for, with its place in the stack file. */
export interface BucketUse {
    readonly kind: BucketKind;
    readonly path: string;
    readonly bucket: BucketSettings;
}

/** Name of a bucket: known from the settings, or with a random end that is made once. */
export type BucketName =
    | { readonly kind: "exact"; readonly name: string }
    | { readonly kind: "randomEnd"; /** What comes before the dash and the end. */ readonly start: string };

/** Characters of a random end: lower-case letters and digits, 10^12 possibilities. */
export const randomEndLength = 8;

const starts: Readonly<Record<BucketKind, string>> = { metrics: "metrics-thanos", logs: "logs-loki" };

/** The bucket of the metrics; undefined without one. */
export function metricsBucket(longTerm: LongTermSettings): BucketUse | undefined {
    return longTerm.kind === "none" ? undefined : { kind: "metrics", path: "longTerm.bucket", bucket: longTerm.bucket };
}

/** The bucket of the logs; undefined without one. */
export function logsBucket(logs: LogsSettings): BucketUse | undefined {
    switch (logs.kind) {
        case "none":
            return undefined;
        case "single":
            return logs.storage.kind === "filesystem"
                ? undefined
                : { kind: "logs", path: "logs.storage.bucket", bucket: logs.storage.bucket };
        case "simpleScalable":
            return { kind: "logs", path: "logs.bucket", bucket: logs.bucket };
    }
}

/** The buckets that these parts keep their data in. */
export function bucketUses({ longTerm, logs }: Pick<AreaSettings, "longTerm" | "logs">): BucketUse[] {
    return [metricsBucket(longTerm), logsBucket(logs)].filter((use) => use !== undefined);
}

/** Whether the stack changes anything at the storage itself: it makes the buckets, or the accounts that come to them. */
export function changesStorage(
    parts: Pick<AreaSettings, "longTerm" | "logs"> & { readonly objectStorage: ObjectStorageSettings },
): boolean {
    const { buckets, access } = parts.objectStorage;
    return bucketUses(parts).length > 0 && (buckets !== "existing" || access.kind !== "given");
}

/**
 * Name of a bucket: the given one, or that of the part and the cluster. Names on AWS are shared by all of its customers,
 * so one that the stack makes there by itself ends at random.
 */
export function bucketName({ kind, bucket }: BucketUse, cluster: string, storage: ObjectStorageSettings): BucketName {
    if (bucket.name !== undefined) {
        return { kind: "exact", name: bucket.name };
    }
    const name = `${starts[kind]}-${cluster}`;
    return storage.kind === "aws" && storage.buckets === "create"
        ? { kind: "randomEnd", start: name.slice(0, longestBucketName - 1 - randomEndLength) }
        : { kind: "exact", name };
}
