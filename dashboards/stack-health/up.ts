import * as units from "@grafana/grafana-foundation-sdk/units";
import type { JobKey } from "../../config/jobs";
import type { NumberArgs } from "../panels";
import type { Select } from "./promql";

/**
 * How many of a part answer a scrape: green when all do, red when none does.
 *
 * @param metric 1 where it is well, for a part that is scraped through an exporter
 */
export function up(
    select: Select,
    job: JobKey,
    expected: number,
    texts: Pick<NumberArgs, "title" | "description">,
    metric = "up",
) {
    return {
        ...texts,
        unit: units.Short,
        queries: [{ expr: `sum(${select(metric, job)})`, legend: "up" }],
        limits: { good: "high", ...(expected > 1 ? { warn: expected } : {}), bad: 1 },
        noValue: "0",
    } satisfies NumberArgs;
}
