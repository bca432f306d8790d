import { bucketName, bucketUses, type BucketKind, type BucketName } from "../../config/buckets";
import type {
    BucketSettings,
    LogsSettings,
    LongTermSettings,
    ObjectStorageSettings,
    ThanosSettings,
} from "../../config/schema";
import { storeName, storeShards } from "../../config/store-shards";
import { lokiServiceAccounts } from "../logs/names";
import { thanosNames } from "../long-term/names";
import { prometheusAccount } from "../metrics/prometheus-names";
import type { BucketClient } from "./bucket-access";

/** A bucket that the settings ask for. */
export interface BucketPlan {
    readonly kind: BucketKind;
    readonly name: BucketName;
    readonly expireDays: BucketSettings["expireDays"];
    /** Who uses it, and the ServiceAccounts that each client's pods run as. */
    readonly clients: readonly { readonly client: BucketClient; readonly serviceAccounts: readonly string[] }[];
}

/** What decides which buckets there are, and who uses them. */
export interface BucketUsers {
    /** Where they are. */
    readonly settings: ObjectStorageSettings;
    /** Decides whether there is a bucket for metrics, and which clients it has. */
    readonly longTerm: LongTermSettings;
    /** Decides whether there is a bucket for logs. */
    readonly logs: LogsSettings;
}

function metricsClients(longTerm: ThanosSettings): BucketPlan["clients"] {
    return [
        { client: "thanos-sidecar", serviceAccounts: [prometheusAccount] },
        { client: "thanos-store", serviceAccounts: storeShards(longTerm.store.shards).map(storeName) },
        ...(longTerm.compactor === "none"
            ? []
            : [{ client: "thanos-compact" as const, serviceAccounts: [thanosNames.compact] }]),
        ...(longTerm.ruler === "none"
            ? []
            : [{ client: "thanos-ruler" as const, serviceAccounts: [thanosNames.ruler] }]),
    ];
}

function clientsOf(kind: BucketKind, { longTerm, logs }: BucketUsers): BucketPlan["clients"] {
    switch (kind) {
        case "metrics":
            return longTerm.kind === "none" ? [] : metricsClients(longTerm);
        case "logs":
            return logs.kind === "none" ? [] : [{ client: "loki", serviceAccounts: lokiServiceAccounts(logs) }];
    }
}

/** The buckets of a stack and their clients; none where no part keeps its data in one. */
export function bucketPlans(users: BucketUsers, cluster: string): BucketPlan[] {
    return bucketUses(users).map((use) => ({
        kind: use.kind,
        name: bucketName(use, cluster, users.settings),
        expireDays: use.bucket.expireDays,
        clients: clientsOf(use.kind, users),
    }));
}
