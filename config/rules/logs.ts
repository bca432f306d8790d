import { logsBucket } from "../buckets";
import { wrong, type Problem } from "../problems";
import type { LogsSettings } from "../schema";
import { atLeastVersion, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

const DAY = 86_400_000;

function retention(logs: LogsSettings): Problem[] {
    if (logs.kind === "none") {
        return [];
    }
    const kept = parseDuration(logs.retention);
    const stored = logsBucket(logs);
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
];
