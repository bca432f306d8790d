import type { BucketSettings, LogsSettings, LongTermSettings, ThanosSettings } from "../../config/schema";
import { lokiServiceAccounts } from "../logs/names";
import type { BucketClient } from "./bucket-access";

/** What a bucket is for. */
export type BucketKind = "metrics" | "logs";

/** A bucket that the settings ask for. */
export interface BucketPlan {
    readonly kind: BucketKind;
    readonly name: string;
    readonly expireDays: BucketSettings["expireDays"];
    /** Who uses it, and the ServiceAccounts that each client's pods run as. */
    readonly clients: readonly { readonly client: BucketClient; readonly serviceAccounts: readonly string[] }[];
}

const prefixes: Readonly<Record<BucketKind, string>> = { metrics: "metrics-thanos", logs: "logs-loki" };

function metricsClients(longTerm: ThanosSettings): BucketPlan["clients"] {
    return [
        { client: "thanos-sidecar", serviceAccounts: ["prometheus"] },
        { client: "thanos-store", serviceAccounts: ["thanos-store"] },
        ...(longTerm.compactor === "none"
            ? []
            : [{ client: "thanos-compact" as const, serviceAccounts: ["thanos-compact"] }]),
    ];
}

function logsBucket(logs: LogsSettings): BucketSettings | undefined {
    switch (logs.kind) {
        case "none":
            return undefined;
        case "single":
            return logs.storage.kind === "s3" ? logs.storage.bucket : undefined;
        case "simpleScalable":
            return logs.bucket;
    }
}

/** The buckets of a stack and their clients; none where no part keeps its data in one. */
export function bucketPlans(
    settings: { readonly longTerm: LongTermSettings; readonly logs: LogsSettings },
    cluster: string,
): BucketPlan[] {
    const { longTerm, logs } = settings;
    const plan = (kind: BucketKind, bucket: BucketSettings, clients: BucketPlan["clients"]): BucketPlan => ({
        kind,
        name: bucket.name ?? `${prefixes[kind]}-${cluster}`,
        expireDays: bucket.expireDays,
        clients,
    });
    const ofLogs = logsBucket(logs);
    return [
        ...(longTerm.kind === "none" ? [] : [plan("metrics", longTerm.bucket, metricsClients(longTerm))]),
        ...(ofLogs === undefined
            ? []
            : [
                  plan("logs", ofLogs, [
                      { client: "loki", serviceAccounts: logs.kind === "none" ? [] : lokiServiceAccounts(logs) },
                  ]),
              ]),
    ];
}
