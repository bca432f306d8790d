import * as units from "@grafana/grafana-foundation-sdk/units";
import { blockTimes } from "../../config/blocks";
import type { JobKey } from "../../config/jobs";
import type { MetricsSettings, ThanosSettings } from "../../config/schema";
import { storeShards } from "../../config/store-shards";
import { formatDuration } from "../../config/units";
import type { Section } from "../panels";
import { orZero, rate, type Select } from "./promql";
import { up } from "./up";

const DAY = 86_400_000;

/** Whether blocks reach the bucket and can be asked for. */
export function thanos(
    select: Select,
    jobs: Record<JobKey, string>,
    { metrics, longTerm }: { metrics: MetricsSettings; longTerm: ThanosSettings },
): Section {
    const compactor = longTerm.compactor !== "none";
    const { length } = blockTimes(metrics);
    const perDay = DAY / length;
    const every = [jobs.thanosSidecar, jobs.thanosStore, jobs.thanosQuery, ...(compactor ? [jobs.thanosCompact] : [])];
    const anyThanos = `job=~"${every.join("|")}", cluster=~"$cluster"`;
    return {
        title: "Thanos",
        numbers: [
            up(select, "thanosSidecar", metrics.replicas, {
                title: "Sidecars up",
                description: "Sidecars that upload blocks and answer for recent samples",
            }),
            {
                title: "Oldest last upload",
                description:
                    "Time since the sidecar that is furthest behind put a block into the bucket; one is due every " +
                    formatDuration(length),
                unit: units.Seconds,
                queries: [
                    {
                        expr: `time() - min(${select("thanos_objstore_bucket_last_successful_upload_time", "thanosSidecar")} > 0)`,
                        legend: "age",
                    },
                ],
                limits: { good: "low", warn: (1.5 * length) / 1000, bad: (3 * length) / 1000 },
                noValue: "none yet",
            },
            {
                title: "Uploads",
                description: `Blocks uploaded in the last day; ${perDay} a day and server are due`,
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(`sum(increase(${select("thanos_shipper_uploads_total", "thanosSidecar")}[1d]))`),
                        legend: "blocks",
                    },
                ],
                limits: { good: "high", warn: perDay, bad: 1 },
            },
            {
                title: "Upload failures",
                description: "Uploads that failed in the last day; each is tried again",
                unit: units.Short,
                queries: [
                    {
                        expr: orZero(
                            `sum(increase(${select("thanos_shipper_upload_failures_total", "thanosSidecar")}[1d]))`,
                        ),
                        legend: "failures",
                    },
                ],
                limits: { good: "low", warn: 1, bad: 10 },
            },
            up(select, "thanosStore", longTerm.store.replicas * storeShards(longTerm.store.shards).length, {
                title: "Stores up",
                description: "Store gateways that answer for what is in the bucket",
            }),
            ...(compactor
                ? [
                      {
                          title: "Compaction halted",
                          description:
                              "The Compactor stops for good at a block that it can't repair: nothing is compacted",
                          unit: units.BoolYesNo,
                          queries: [
                              { expr: `max(${select("thanos_compact_halted", "thanosCompact")})`, legend: "halted" },
                          ],
                          limits: { good: "low" as const, bad: 1 },
                      },
                  ]
                : []),
        ],
        graphs: [
            {
                title: "Query latency",
                description: "How long range queries take, as Thanos Query sees them",
                unit: units.Seconds,
                queries: [0.5, 0.9, 0.99].map((quantile) => ({
                    expr: `histogram_quantile(${quantile}, sum by (le) (${rate(
                        select("http_request_duration_seconds_bucket", "thanosQuery", `handler="query_range"`),
                    )}))`,
                    legend: `p${quantile * 100}`,
                })),
            },
            {
                title: "Bucket operations",
                description: "Calls of the S3 API, by who makes them",
                unit: units.OpsPerSecond,
                queries: [
                    {
                        expr: `sum by (job, operation) (${rate(`thanos_objstore_bucket_operations_total{${anyThanos}}`)})`,
                        legend: "{{job}} {{operation}}",
                    },
                ],
            },
            {
                title: "Bucket failures",
                description: "Calls of the S3 API that failed; a missing object is counted too",
                unit: units.OpsPerSecond,
                queries: [
                    {
                        expr: `sum by (job, operation) (${rate(
                            `thanos_objstore_bucket_operation_failures_total{${anyThanos}}`,
                        )})`,
                        legend: "{{job}} {{operation}}",
                    },
                ],
            },
        ],
    };
}
