import type { LogsSettings } from "../schema";
import { GIBI, parseBytes } from "../units";
import { gibibytes } from "./quantities";
import type { Sizes } from "./sizes";

/** What a writer of logs can hold while the object storage is away; three of Prometheus's blocks. Hours. */
const OUTAGE_HOURS = 6;

/** The least volume of a writer of logs. */
const LEAST_LOG_VOLUME = 10 * GIBI;

/** Loki's writers: a volume for what comes in six hours without object storage, 10 GiB or more. */
export function logsSizes(logsPerDay: string, logs: LogsSettings): Sizes["logs"] {
    const size = (copies: number, writers: number) =>
        gibibytes(Math.max(LEAST_LOG_VOLUME, (parseBytes(logsPerDay) * copies * OUTAGE_HOURS) / 24 / writers));
    switch (logs.kind) {
        case "simpleScalable":
            return {
                kind: logs.kind,
                write: { volume: { size: size(logs.replicationFactor, logs.write.replicas) } },
            };
        case "single":
            return logs.storage.kind === "s3" ? { kind: logs.kind, volume: { size: size(1, 1) } } : undefined;
        case "none":
            return undefined;
    }
}
