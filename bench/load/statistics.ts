/** The value at or below which this share of the values lies (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Times at which one target was scraped within a window, and how that went. Seconds. */
export interface Scrapes {
    readonly times: readonly number[];
    /** Those that failed. */
    readonly failed: number;
}

/** What of a scrape's time it may be early or late before it counts as another one. */
const TOLERANCE = 0.5;

/**
 * Scrapes of one target that failed or that there should have been: every gap of more than one and a half intervals,
 * also at the ends of the window.
 * @param interval between two scrapes, in seconds
 * @param window begin and end, in seconds
 */
export function missedScrapes({ times, failed }: Scrapes, interval: number, window: readonly [number, number]): number {
    const [begin, end] = window;
    const sorted = [...times].sort((a, b) => a - b);
    const between = sorted.slice(1).map((time, index) => time - (sorted[index] ?? time));
    const [first = end, last = begin] = [sorted[0], sorted.at(-1)];
    // At the ends a whole interval may pass without a scrape.
    const gaps = sorted.length === 0 ? [end - begin] : [...between, first - begin, end - last];
    const missing = gaps.map((gap) => Math.max(0, Math.floor(gap / interval + TOLERANCE) - 1));
    return failed + missing.reduce((sum, each) => sum + each, 0);
}

/** Values of series in a page of metrics, summed, of a name and of labels that its line must hold. NaN where there is none. */
export function valueIn(page: string, name: string, ...labels: readonly string[]): number {
    const values = page
        .split("\n")
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        .filter((line) => labels.every((label) => line.includes(label)))
        .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
    return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0);
}
