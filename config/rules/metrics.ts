import { wrong, type Problem } from "../problems";
import type { LongTermSettings } from "../schema";
import { atLeastVersion, parseBytes, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

const HOUR = 3_600_000;

/** Prometheus cuts a block every two hours. */
const SHORTEST_RETENTION = 2 * HOUR;

/** Three blocks: what an outage of the object storage may take before samples are lost. */
const SHORTEST_RETENTION_WITH_UPLOAD = 6 * HOUR;

function retentionOfPrometheus(retention: string, longTerm: LongTermSettings): Problem[] {
    const upload = longTerm.kind === "thanos";
    return when(parseDuration(retention) < (upload ? SHORTEST_RETENTION_WITH_UPLOAD : SHORTEST_RETENTION), () =>
        wrong(
            "metrics.retention",
            retention,
            upload ? "6h or more, so that blocks outlive an outage of the object storage" : "2h or more, one block",
        ),
    );
}

export const metricsRules: readonly Rule[] = [
    rule(["metrics", "longTerm"], ({ metrics, longTerm }) => retentionOfPrometheus(metrics.retention, longTerm)),
    rule(["metrics"], ({ metrics: { retentionSize, volume } }) =>
        when(retentionSize !== undefined && parseBytes(retentionSize) >= parseBytes(volume.size), () =>
            wrong(
                "metrics.retentionSize",
                retentionSize,
                `less than metrics.volume.size, which is ${volume.size}: the write-ahead log needs room beside the blocks`,
            ),
        ),
    ),
    rule(["metrics"], ({ metrics }) =>
        (["scrapeInterval", "evaluationInterval"] as const).flatMap((field) => {
            const interval = metrics[field];
            return when(interval !== undefined && parseDuration(interval) < 1000, () =>
                wrong(`metrics.${field}`, interval, "1s or more"),
            );
        }),
    ),
    // Local compaction waits for the upload only from these versions on; before, Thanos would miss compacted blocks.
    rule(["images", "longTerm"], ({ images, longTerm }) =>
        longTerm.kind === "none"
            ? []
            : [
                  ...when(!atLeastVersion(images.prometheus.version, "3.9.0"), () =>
                      wrong("images.prometheus", images.prometheus.image, "3.9.0 or newer with longTerm.kind thanos"),
                  ),
                  ...when(!atLeastVersion(images.thanos.version, "0.41.0"), () =>
                      wrong("images.thanos", images.thanos.image, "0.41.0 or newer"),
                  ),
              ],
    ),
];
