import * as units from "@grafana/grafana-foundation-sdk/units";
import type { JobKey } from "../../config/jobs";
import type { NumberArgs } from "../panels";
import type { Select } from "./promql";

/** How many of a part answer a scrape: green when all do, red when none does. */
export function up(select: Select, job: JobKey, expected: number, texts: Pick<NumberArgs, "title" | "description">) {
    return {
        ...texts,
        unit: units.Short,
        queries: [{ expr: `sum(${select("up", job)})`, legend: "up" }],
        limits: { good: "high", ...(expected > 1 ? { warn: expected } : {}), bad: 1 },
        noValue: "0",
    } satisfies NumberArgs;
}
