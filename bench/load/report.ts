import { GIBI } from "../../config/units";
import type { Measured } from "./ingestion";
import type { Latency } from "./latency";
import type { Variant } from "./options";

/** What was measured of one variant. */
export interface Figures {
    readonly variant: Variant;
    readonly steps: readonly Measured[];
    /** The highest rate that was held in a step, in samples a second of each Prometheus. */
    readonly best?: number | undefined;
    readonly hold?: Measured | undefined;
    /** While the load is held, and with no load. */
    readonly latencies: readonly { readonly underLoad: boolean; readonly latency: Latency }[];
}

/** Users of CPU that a line names. */
const shownUsers = 5;

/** One row for each step. */
export function ingestionTable(measured: readonly Measured[]): string {
    const rows = measured.map(({ offered, seconds, servers, used, held }) => [
        rate(offered),
        `${Math.round(seconds)} s`,
        servers.map(({ samplesPerSecond }) => rate(samplesPerSecond)).join(", "),
        servers.map(({ missedScrapes }) => missedScrapes).join(", "),
        servers.map(({ longestScrape }) => `${longestScrape.toFixed(2)} s`).join(", "),
        servers.map(({ interval99 }) => `${interval99.toFixed(2)} s`).join(", "),
        servers.map(({ series }) => rate(series)).join(", "),
        percent(used.busy),
        percent(used.waiting),
        `${(used.available / GIBI).toFixed(1)} GiB`,
        held ? "yes" : "no",
        used.saturated.join(", ") || "-",
    ]);
    return table(
        [
            "offered/s",
            "for",
            "taken/s",
            "missed scrapes",
            "longest scrape",
            "p99 of interval",
            "series",
            "CPU",
            "I/O wait",
            "memory left",
            "held",
            "saturated",
        ],
        rows,
    );
}

/** Who used most of the processors. */
export function usersTable({ used }: Measured): string {
    const rows = used.users
        .slice(0, shownUsers)
        .map(({ name, cores, memory }) => [name, cores.toFixed(2), `${(memory / GIBI).toFixed(2)} GiB`]);
    return table(["process", "cores", "memory"], rows);
}

export function latencyTable(latencies: Figures["latencies"]): string {
    const rows = latencies.map(({ underLoad, latency }) => [
        latency.set,
        latency.span,
        underLoad ? "held" : "none",
        String(latency.queries.length),
        String(latency.empty.length),
        String(Object.keys(latency.failed).length),
        milliseconds(latency.p50),
        milliseconds(latency.p95),
        `${milliseconds(latency.goal)}${latency.p95 <= latency.goal ? "" : ", missed"}`,
    ]);
    return table(["queries", "span", "load", "answered", "empty", "failed", "p50", "p95", "goal of p95"], rows);
}

/** All of one variant. */
export function variantText({ variant, steps, best, hold, latencies }: Figures): string {
    return [
        `## ${variant}`,
        ...(steps.length === 0 ? [] : ["Rising rates:", ingestionTable(steps)]),
        ...(best === undefined ? [] : [`Highest rate held: ${rate(best)} samples/s by each Prometheus`]),
        ...(hold === undefined ? [] : ["Held:", ingestionTable([hold]), usersTable(hold)]),
        ...(latencies.length === 0 ? [] : ["Queries:", latencyTable(latencies)]),
    ].join("\n\n");
}

/** A table of Markdown. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const lines = [head, head.map(() => "---"), ...rows];
    return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const rate = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const milliseconds = (seconds: number): string => (Number.isNaN(seconds) ? "-" : `${Math.round(1000 * seconds)} ms`);
