import type { JobKey } from "../../config/jobs";

/** A vector selector: a job of the table, the chosen cluster, and what else is asked for. */
export type Select = (metric: string, job: JobKey, matchers?: string) => string;

/** Selectors that know a job by the table alone. */
export function selector(jobs: Record<JobKey, string>): Select {
    return (metric, job, matchers = "") =>
        `${metric}{job="${jobs[job]}", cluster=~"$cluster"${matchers === "" ? "" : `, ${matchers}`}}`;
}

export const rate = (vector: string): string => `rate(${vector}[$__rate_interval])`;

export const increase = (vector: string): string => `increase(${vector}[$__rate_interval])`;

/** Nothing counted yet is no series at all; here it is a zero. */
export const orZero = (expr: string): string => `(${expr}) or vector(0)`;
