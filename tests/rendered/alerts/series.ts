import { type JobKey, jobNames } from "../../../config/jobs";
import { everything } from "../../../rules";

/** Values of one series, a minute apart, in promtool's notation. */
export interface Series {
    series: string;
    values: string;
}

export type Labels = Readonly<Record<string, string>>;

/** What makes an alert fire, and what nearly does. */
export interface Pair {
    /** Labels of the alert that fires, without its name and severity. */
    labels: Labels;
    fires: Series[];
    /** What else makes it fire, each by itself. */
    alsoFires?: Series[][];
    quiet: Series[];
    /** When to look.  @default "2h" */
    at?: string;
}

export const settings = everything();
export const jobs = jobNames(settings.metrics);
export const { namespace } = settings.platform;

/** Labels of VolumeFillingUp where a writer of Loki is full. */
export const fullVolume: Labels = { namespace, persistentvolumeclaim: "data-loki-write-0" };

/** Minutes that values last: longer than any test looks ahead. */
const minutes = 420;

/** The same value all the time. */
export const flat = (value: number) => `${value}x${minutes}`;

/** A counter that grows by this much a minute. */
export const grow = (step: number) => `0+${step}x${minutes}`;

/** From one value by a step a minute. */
export const slope = (start: number, step: number) => `${start}${step < 0 ? "-" : "+"}${Math.abs(step)}x${minutes}`;

/** 1 and 0 in turns. */
export const inTurns = Array.from({ length: minutes }, (_, index) => index % 2).join(" ");

export function series(metric: string, labels: Labels, values: string): Series {
    const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return { series: `${metric}{${text.join(",")}}`, values };
}

/** Series of a job of the cluster. */
export const ofJob =
    (job: JobKey, common: Labels = {}) =>
    (metric: string, values: string, labels: Labels = {}): Series =>
        series(metric, { job: jobs[job], ...common, ...labels }, values);

/** Labels of a pod of the stack's own. */
export const own = (job: JobKey, pod?: string): Labels => ({
    job: jobs[job],
    namespace,
    ...(pod === undefined ? {} : { pod }),
});

/** Series of one of the stack's own pods. */
export const ofPod = (job: JobKey, pod: string) => ofJob(job, { namespace, pod });

/**
 * Buckets of a histogram whose observations are all between two bounds.
 *
 * @param bounds upper bounds of the buckets, ascending
 * @param last index of the bucket that they fall into
 */
export function histogram(
    make: (metric: string, values: string, labels: Labels) => Series,
    name: string,
    bounds: readonly number[],
    last: number,
    labels: Labels = {},
): Series[] {
    return [...bounds, Infinity].map((bound, index) =>
        make(`${name}_bucket`, grow(index < last ? 0 : 60), {
            ...labels,
            le: bound === Infinity ? "+Inf" : String(bound),
        }),
    );
}
