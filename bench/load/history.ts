import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { DAY } from "../../config/units";
import { makeBlocks } from "../../tests/support/blocks";

/** Labels of a series, its name as `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/** What older data are made of. */
export interface History {
    readonly series: readonly Labels[];
    /** Whole days, of which the last ends at this time or before. */
    readonly end: Date;
    readonly days: number;
    /** Seconds between two samples. */
    readonly step: number;
}

/** The longest block: what Prometheus itself makes of two-hour blocks for a retention of a week. */
const longestBlock = "18h";

/**
 * Makes the blocks of a history, day by day.
 * @param folder for the blocks; what is written on the way goes again
 */
export async function makeHistory(history: History, folder: string, report: (message: string) => void): Promise<void> {
    const input = path.join(path.dirname(folder), `${path.basename(folder)}.openmetrics`);
    const end = Math.floor(history.end.getTime() / DAY) * DAY;
    fs.mkdirSync(folder, { recursive: true });
    try {
        for (let day = history.days; day > 0; day -= 1) {
            const begin = (end - day * DAY) / 1000;
            await writeSamples(history, input, [begin, begin + DAY / 1000]);
            await makeBlocks(input, folder, longestBlock);
            if (day % 5 === 1) {
                report(`${history.days - day + 1} of ${history.days} days of history made`);
            }
        }
    } finally {
        fs.rmSync(input, { force: true });
    }
}

/** One span of time as OpenMetrics: every series as a whole, those of a name together. */
async function writeSamples(
    { series, step }: Pick<History, "series" | "step">,
    file: string,
    [begin, end]: readonly [number, number],
): Promise<void> {
    const handle = await fs.promises.open(file, "w");
    try {
        for (const labels of byName(series)) {
            const prefix = seriesText(labels);
            const valueAt = course(labels);
            const lines: string[] = [];
            for (let time = begin; time < end; time += step) {
                lines.push(`${prefix} ${valueAt(time)} ${time}\n`);
            }
            await handle.write(lines.join(""));
        }
        await handle.write("# EOF\n");
    } finally {
        await handle.close();
    }
}

function byName(series: readonly Labels[]): Labels[] {
    return [...series].sort((a, b) => (a.__name__ ?? "").localeCompare(b.__name__ ?? ""));
}

/** A series as the text format has it. */
export function seriesText({ __name__: name = "", ...labels }: Labels): string {
    const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
    return `${name}{${pairs.join(",")}}`;
}

/** The values of a series over time, which anybody could compute anew: a counter rises, anything else swings. */
export function course(labels: Labels): (time: number) => string {
    const { __name__: name = "", le, ...others } = labels;
    // The same for all buckets of a histogram, which must rise from each to the next.
    const own = hash(JSON.stringify(le === undefined ? labels : others));
    const perSecond = 0.1 + (own % 100) / 10;
    const share = le === undefined || le === "+Inf" ? 1 : 1 - 1 / (2 + Number(le));
    if (/_(total|count|sum|bucket)$/.test(name)) {
        return (time) => Math.floor(perSecond * share * (time % COUNTER_LIFE)).toString();
    }
    return (time) => (own % 50 === 0 ? 0 : 100 + 50 * Math.sin(time / 3600 + (own % 7))).toFixed(0);
}

/** Seconds after which counters begin anew, as they do when a program is deployed. */
const COUNTER_LIFE = (14 * DAY) / 1000;

function hash(text: string): number {
    return createHash("sha256").update(text).digest().readUInt32LE();
}

/** Blocks with the same data, as another replica would have them. */
export function copyBlocks(from: string, to: string): void {
    // The upload of the first ones has left a folder of its own there.
    for (const ulid of fs.readdirSync(from).filter((name) => ulidPattern.test(name))) {
        const other = otherUlid(ulid);
        fs.cpSync(path.join(from, ulid), path.join(to, other), { recursive: true });
        const file = path.join(to, other, "meta.json");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll(ulid, other));
    }
}

/** Crockford's alphabet, in which ULIDs are written. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const ulidPattern = new RegExp(`^[${alphabet}]{26}$`);

/** An identifier of the same time, differing in its last letter. */
export function otherUlid(ulid: string): string {
    const next = (alphabet.indexOf(ulid.at(-1) ?? "") + 1) % alphabet.length;
    return ulid.slice(0, -1) + alphabet.charAt(next);
}
