import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { makeBlocks } from "../../support/blocks";
import { uploadBlocks } from "./blocks";
import { metricsBucket } from "./buckets";

const day = 86_400_000;

/** Longest span of a block that promtool makes, beginning at whole multiples of it. Milliseconds. */
const blockSpan = 486 * 3_600_000;

/** Between two samples. Milliseconds. */
const interval = 30 * 60_000;

/** Series of the history, by the name of their metric. */
export const historySeries = { metric: "live_history", count: 2_000 } as const;

/** A span of 30 days, of which each half is a block. Milliseconds since 1970. */
export interface History {
    readonly begin: number;
    readonly middle: number;
    readonly end: number;
}

/** The value of every series at a time. */
export const historyValue = (time: number): number => Math.floor(time / day);

/** The latest history whose older half is at least so old. Milliseconds. */
export function historyBefore(now: number, age: number): History {
    const middle = Math.floor((now - age) / blockSpan) * blockSpan;
    return { begin: middle - 15 * day, middle, end: middle + 15 * day };
}

function* lines({ begin, end }: History): Generator<string> {
    yield `# TYPE ${historySeries.metric} gauge\n`;
    for (let series = 0; series < historySeries.count; series += 1) {
        const name = `${historySeries.metric}{series="${series}"}`;
        let text = "";
        for (let time = begin; time < end; time += interval) {
            text += `${name} ${historyValue(time)} ${time / 1_000}\n`;
        }
        yield text;
    }
    yield "# EOF\n";
}

/** Makes blocks of a history and uploads them, as the sidecar of a Prometheus with these external labels would have. */
export async function uploadHistory(history: History, labels: Readonly<Record<string, string>>): Promise<void> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-history-"));
    try {
        const samples = path.join(folder, "samples");
        const blocks = path.join(folder, "blocks");
        await pipeline(Readable.from(lines(history)), fs.createWriteStream(samples));
        await makeBlocks(samples, blocks, `${blockSpan / 3_600_000}h`);
        await uploadBlocks(blocks, labels, await metricsBucket("thanos-sidecar"));
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}
