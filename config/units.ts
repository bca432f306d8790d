export const KIBI = 2 ** 10;
export const MEBI = 2 ** 20;
export const GIBI = 2 ** 30;

const binary: Record<string, number> = { Ki: KIBI, Mi: MEBI, Gi: GIBI, Ti: 2 ** 40 };

/** Milliseconds. */
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const milliseconds: Record<string, number> = {
    ms: 1,
    s: 1000,
    m: 60_000,
    h: HOUR,
    d: DAY,
    w: 7 * DAY,
    y: 365 * DAY,
};

/** Bytes of a quantity with a binary unit; NaN for anything else. */
export function parseBytes(quantity: string): number {
    const [, value, unit] = /^(\d+)(Ki|Mi|Gi|Ti)$/.exec(quantity) ?? [];
    return unit === undefined ? NaN : Number(value) * (binary[unit] ?? NaN);
}

/** Millicores of a CPU quantity: `250m` is 250, `2` is 2000; NaN for anything else. */
export function parseMillicores(quantity: string): number {
    const [, value, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity) ?? [];
    return value === undefined ? NaN : Number(value) * (milli === "m" ? 1 : 1000);
}

/** Milliseconds of a duration as Prometheus writes it, `1h30m`; NaN for anything else. A year has 365 days. */
export function parseDuration(duration: string): number {
    const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
    const complete = parts.length > 0 && parts.map(([part]) => part).join("") === duration;
    return complete
        ? parts.reduce((sum, [, value, unit]) => sum + Number(value) * (milliseconds[unit ?? ""] ?? NaN), 0)
        : NaN;
}

/** Hours of a duration, whole or not; NaN for anything else. */
export function hoursOf(duration: string): number {
    return parseDuration(duration) / HOUR;
}

/** A duration in its largest whole unit, as both Prometheus and Go write it: `2h`, `90m`, `7500ms`. */
export function formatDuration(duration: number): string {
    const unit = ["h", "m", "s"].find((name) => duration % (milliseconds[name] ?? NaN) === 0) ?? "ms";
    return `${duration / (milliseconds[unit] ?? NaN)}${unit}`;
}

/** Whether a dotted version is `least` or newer: 3.13.2 is newer than 3.9.0. */
export function atLeastVersion(version: string, least: string): boolean {
    return version.localeCompare(least, "en", { numeric: true }) >= 0;
}
