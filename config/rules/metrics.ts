import { blockTimes, usualBlockLength } from "../blocks";
import { wrong, type Problem } from "../problems";
import type { LongTermSettings, MetricsSettings } from "../schema";
import { atLeastVersion, formatDuration, parseBytes, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

/** Prometheus looks once a minute whether a block is due, and its sidecar twice a minute what there is to upload. */
const SHORTEST_BLOCK = 60_000;

/** Blocks that an outage of the object storage may last before samples are lost. */
const BLOCKS_KEPT_FOR_UPLOAD = 3;

/** Whether blocks end where the Compactor's ranges of two hours do. */
const isBlockLength = (length: number) => length >= SHORTEST_BLOCK && usualBlockLength % length === 0;

function retentionOfPrometheus(metrics: MetricsSettings, longTerm: LongTermSettings): Problem[] {
    const { length } = blockTimes(metrics);
    const upload = longTerm.kind === "thanos";
    const least = length * (upload ? BLOCKS_KEPT_FOR_UPLOAD : 1);
    return when(isBlockLength(length) && parseDuration(metrics.retention) < least, () =>
        wrong(
            "metrics.retention",
            metrics.retention,
            `${formatDuration(least)} or more, ` +
                (upload ? "so that blocks outlive an outage of the object storage" : "one block"),
        ),
    );
}

function lengthOfBlocks({ blockLength, scrapeInterval }: MetricsSettings): Problem[] {
    const { length } = blockTimes({ blockLength });
    if (!isBlockLength(length)) {
        const expected = "2h, or for a trial a whole part of it from 1m up, such as 2m or 30m";
        return [wrong("metrics.blockLength", blockLength, expected)];
    }
    return when(length < 2 * parseDuration(scrapeInterval), () =>
        wrong("metrics.blockLength", blockLength, `at least twice metrics.scrapeInterval, which is ${scrapeInterval}`),
    );
}

export const metricsRules: readonly Rule[] = [
    rule(["metrics"], ({ metrics }) => lengthOfBlocks(metrics)),
    rule(["metrics", "longTerm"], ({ metrics, longTerm }) => retentionOfPrometheus(metrics, longTerm)),
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
