import { applicationsOf } from "./applications";
import type { AreaSettings } from "./schema";

/** A rate needs two samples; with one scrape of them late, a window of exactly two intervals still has them mostly. */
export const SCRAPES_IN_WINDOW = 2;

/** What says how often something is scraped. */
export type Scraped = Pick<AreaSettings, "metrics" | "applications">;

/** How often series get a sample, and the setting that says so. */
export interface Interval {
    readonly path: string;
    readonly text: string;
}

/** The interval of whatever has none of its own. */
export function intervalOfAll({ metrics }: Scraped): Interval {
    return { path: "metrics.scrapeInterval", text: metrics.scrapeInterval };
}

/** The intervals of targets and applications, by the value of their label `job`. */
export function intervalsOfTargets(settings: Scraped): (Interval & { readonly job: string })[] {
    const all = intervalOfAll(settings);
    const targets = Object.entries(settings.metrics.targets).map(([name, { job = name, interval }]) => ({
        job,
        path: `metrics.targets.${name}.interval`,
        interval,
    }));
    const applications = applicationsOf(settings.applications).map(({ name, job, target: { interval } }) => ({
        job,
        path: `applications.${name}.interval`,
        interval,
    }));
    return [...targets, ...applications].map(({ job, path, interval }) => ({
        job,
        ...(interval === undefined ? all : { path, text: interval }),
    }));
}
