import { blocksOf } from "../blocks";
import { wrong, type Problem } from "../problems";
import type { MetricsSettings, ThanosSettings } from "../schema";
import { memcachedMegabytes } from "../sizing";
import { MEBI, parseBytes, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

const DAY = 86_400_000;

/** Thanos makes the last resolution of a block when it is this old: what was deleted before is never downsampled. */
const DOWNSAMPLED_AFTER = 10 * DAY;

/** Below it the parts of a query would be more than its samples. */
const SHORTEST_PART = 60_000;

const bucketPath = "longTerm.bucket.expireDays";

const inMilliseconds = (retention: string) => (retention === "unlimited" ? Infinity : parseDuration(retention));

function retentions(thanos: ThanosSettings): { path: string; text: string; milliseconds: number }[] {
    const { compactor } = thanos;
    return compactor === "none"
        ? []
        : (["raw", "fiveMinutes", "oneHour"] as const).map((resolution) => ({
              path: `longTerm.compactor.retention.${resolution}`,
              text: compactor.retention[resolution],
              milliseconds: inMilliseconds(compactor.retention[resolution]),
          }));
}

function order(thanos: ThanosSettings): Problem[] {
    return retentions(thanos).flatMap(({ path, text, milliseconds }, index, all) => {
        const finer = all[index - 1];
        return [
            ...when(milliseconds <= DOWNSAMPLED_AFTER, () =>
                wrong(path, text, "more than 10d: Thanos downsamples blocks only at that age"),
            ),
            ...when(finer !== undefined && milliseconds < finer.milliseconds, () =>
                wrong(
                    path,
                    text,
                    `no less than ${finer?.path ?? ""}, the finer resolution, which has ${finer?.text ?? ""}`,
                ),
            ),
        ];
    });
}

function expiry({ bucket, compactor }: ThanosSettings, kept: ReturnType<typeof retentions>): Problem[] {
    if (bucket.expireDays === "unlimited") {
        return [];
    }
    if (compactor === "none") {
        return [
            wrong(bucketPath, bucket.expireDays, 'unlimited with compactor "none": expiry would tear blocks apart'),
        ];
    }
    const expiresAfter = bucket.expireDays * DAY;
    const longest = kept.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a));
    return when(expiresAfter < longest.milliseconds, () =>
        wrong(
            bucketPath,
            bucket.expireDays,
            longest.milliseconds === Infinity
                ? `unlimited, as ${longest.path} is`
                : `at least ${Math.ceil(longest.milliseconds / DAY)}, the days of ${longest.path} (${longest.text})`,
        ),
    );
}

/** Ages that leave no shard empty: each is greater than the one before. */
function ages({ store: { shards } }: ThanosSettings): Problem[] {
    return shards.kind !== "time"
        ? []
        : shards.ages.flatMap((age, index, all) => {
              const before = all[index - 1] ?? "0s";
              return when(parseDuration(age) <= parseDuration(before), () =>
                  wrong(`longTerm.store.shards.ages[${index}]`, age, `more than ${before}, where the shard begins`),
              );
          });
}

/** Thanos's Query Frontend doesn't start without a length, since it keeps answers by part. */
function parts({ queryFrontend }: ThanosSettings): Problem[] {
    return queryFrontend === "none"
        ? []
        : when(parseDuration(queryFrontend.splitInterval) < SHORTEST_PART, () =>
              wrong("longTerm.queryFrontend.splitInterval", queryFrontend.splitInterval, "1m or more"),
          );
}

/** The Compactor halts at the first overlap that it isn't to merge. */
function overlaps({ compactor }: ThanosSettings, metrics: MetricsSettings): Problem[] {
    return when(compactor !== "none" && compactor.verticalCompaction === false && blocksOf(metrics).overlap, () =>
        wrong(
            "longTerm.compactor.verticalCompaction",
            false,
            "true, or nothing: metrics.outOfOrderTimeWindow makes blocks that overlap, at which the Compactor would halt",
        ),
    );
}

/** memcached doesn't start with items above half of its memory. */
function caches({ caches: given }: ThanosSettings): Problem[] {
    return given.kind === "memory"
        ? []
        : (["index", "bucket", "responses"] as const).flatMap((cache) => {
              const { maxItemSize } = given[cache];
              const megabytes = memcachedMegabytes(given[cache]);
              return when(2 * parseBytes(maxItemSize) > megabytes * MEBI, () =>
                  wrong(
                      `longTerm.caches.${cache}.maxItemSize`,
                      maxItemSize,
                      `at most ${megabytes / 2}Mi, half of what items have of resources.requests.memory`,
                  ),
              );
          });
}

/** How long Thanos Query works on a query: its default (`--query.timeout`). */
const QUERY_TIMEOUT = "2m";

function storeTimeout({ query }: ThanosSettings): Problem[] {
    return when(parseDuration(query.storeTimeout) >= parseDuration(QUERY_TIMEOUT), () =>
        wrong(
            "longTerm.query.storeTimeout",
            query.storeTimeout,
            `less than ${QUERY_TIMEOUT}, after which the query has failed anyway; or 0s for that`,
        ),
    );
}

/** Blocks of the Ruler, which has Thanos's usual ones, that an outage of the object storage may last. */
const LEAST_KEPT_BY_RULER = "6h";

function retentionOfRuler({ ruler }: ThanosSettings): Problem[] {
    return ruler === "none"
        ? []
        : when(parseDuration(ruler.retention) < parseDuration(LEAST_KEPT_BY_RULER), () =>
              wrong(
                  "longTerm.ruler.retention",
                  ruler.retention,
                  `${LEAST_KEPT_BY_RULER} or more, so that blocks outlive an outage of the object storage`,
              ),
          );
}

export const longTermRules: readonly Rule[] = [
    rule(["longTerm"], ({ longTerm }) =>
        longTerm.kind === "none"
            ? []
            : [
                  ...order(longTerm),
                  ...expiry(longTerm, retentions(longTerm)),
                  ...parts(longTerm),
                  ...ages(longTerm),
                  ...caches(longTerm),
                  ...storeTimeout(longTerm),
                  ...retentionOfRuler(longTerm),
              ],
    ),
    rule(["longTerm", "metrics"], ({ longTerm, metrics }) =>
        longTerm.kind === "none" ? [] : overlaps(longTerm, metrics),
    ),
];
