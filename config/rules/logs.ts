import { wrong, type Problem } from "../problems";
import type { BucketSettings, LogsSettings } from "../schema";
import { atLeastVersion, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

const DAY = 86_400_000;

/** The bucket of the logs and where it stands in the settings; undefined without one. */
function bucketOf(logs: LogsSettings): { path: string; bucket: BucketSettings } | undefined {
    switch (logs.kind) {
        case "none":
            return undefined;
        case "single":
            return logs.storage.kind === "s3"
                ? { path: "logs.storage.bucket", bucket: logs.storage.bucket }
                : undefined;
        case "simpleScalable":
            return { path: "logs.bucket", bucket: logs.bucket };
    }
}

function retention(logs: LogsSettings): Problem[] {
    if (logs.kind === "none") {
        return [];
    }
    const kept = parseDuration(logs.retention);
    const stored = bucketOf(logs);
    const expireDays = stored?.bucket.expireDays;
    return [
        ...when(kept < DAY, () => wrong("logs.retention", logs.retention, "24h or more, the least that Loki takes")),
        ...when(typeof expireDays === "number" && expireDays * DAY <= kept, () =>
            wrong(
                `${stored?.path ?? ""}.expireDays`,
                expireDays,
                `more than ${Math.ceil(kept / DAY)}, the days of logs.retention (${logs.retention}): ` +
                    "the bucket must not delete what Loki still lists",
            ),
        ),
    ];
}

export const logsRules: readonly Rule[] = [
    rule(["logs"], ({ logs }) => retention(logs)),
    rule(["logs"], ({ logs }) =>
        logs.kind === "simpleScalable"
            ? when(logs.replicationFactor > logs.write.replicas, () =>
                  wrong(
                      "logs.replicationFactor",
                      logs.replicationFactor,
                      `at most ${logs.write.replicas}, the replicas of logs.write`,
                  ),
              )
            : [],
    ),
    rule(["logs", "collection"], ({ logs, collection }) =>
        when(logs.kind === "none" && collection.logs.kind !== "none", () =>
            wrong("collection.logs.kind", collection.logs.kind, "none: logs.kind is none, so nobody takes the lines"),
        ),
    ),
    rule(["logs", "images"], ({ logs, images }) =>
        when(logs.kind === "simpleScalable" && atLeastVersion(images.loki.version, "4.0.0"), () =>
            wrong(
                "images.loki",
                images.loki.image,
                "a version before 4.0: Loki 4 has no simple scalable mode any more",
            ),
        ),
    ),
    rule(["logs", "longTerm"], ({ logs, longTerm }) => {
        const stored = bucketOf(logs);
        const name = stored?.bucket.name;
        return when(longTerm.kind === "thanos" && name !== undefined && name === longTerm.bucket.name, () =>
            wrong(`${stored?.path ?? ""}.name`, name, "a bucket of its own: longTerm.bucket has the same name"),
        );
    }),
];
