import { applicationsOf } from "./applications";
import type { AreaSettings, TargetSettings } from "./schema";

/** What says what is scraped beside the stack itself, and how often. */
export type Scraped = Pick<AreaSettings, "metrics" | "applications">;

/** What is scraped, and where it stands in the stack file. */
export interface Placed {
    readonly path: string;
    readonly name: string;
    readonly target: TargetSettings;
}

/** All targets, then all applications. */
export function placed({ metrics, applications }: Scraped): Placed[] {
    return [
        ...Object.entries(metrics.targets).map(([name, target]) => ({ path: `metrics.targets.${name}`, name, target })),
        ...applicationsOf(applications).map(({ name, target }) => ({ path: `applications.${name}`, name, target })),
    ];
}

/** A rate needs two samples; with one scrape of them late, a window of exactly two intervals still has them mostly. */
export const SCRAPES_IN_WINDOW = 2;

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
    return placed(settings).map(({ path, name, target: { job = name, interval } }) => ({
        job,
        ...(interval === undefined ? intervalOfAll(settings) : { path: `${path}.interval`, text: interval }),
    }));
}
