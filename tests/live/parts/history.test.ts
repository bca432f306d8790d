import { randomBytes } from "node:crypto";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { thanosNames } from "../../../components/long-term/names";
import { type BlockMeta, blocks, keysIn, s3Of } from "../support/buckets";
import { early } from "../support/early";
import { historyBefore, historySeries, historyValue, uploadHistory } from "../support/history";
import { core, live } from "../support/live";
import { needsAllParts, rawRetentionDays } from "../support/parts";
import { untilAllReady } from "../support/pods";
import { externalLabels, query, type Sample } from "../support/queries";
import { until } from "../support/until";

const hour = 3_600_000;
const day = 24 * hour;

/** Milliseconds between the samples of what the Compactor makes. */
const [fiveMinutes, oneHour] = [5 * 60_000, hour];

/** Into each half: what is asked for is well within a block, and within a day. */
const into = 10.5 * day;

/** External label by which runs of this test differ, beside those of the stack. */
const runLabel = "live_test";

describe("A history of 30 days", function () {
    needsAllParts();

    // Blocks of an earlier run on the same node would overlap with those of this one.
    const run = randomBytes(3).toString("hex");
    const own = { [runLabel]: run };
    const selector = `${historySeries.metric}{${runLabel}="${run}"}`;
    let raw: BlockMeta[];

    // Before the further parts come: with their settings the Compactor begins anew, and finds blocks that are old enough for it.
    const uploaded = early(this, "profile", async () => {
        const history = historyBefore(Date.now(), (rawRetentionDays + 5) * day);
        const labels = await until("Prometheus through Thanos Query", 180, async () => {
            const [found] = await externalLabels();
            expect(found).to.not.equal(undefined);
            return found;
        });
        await uploadHistory(history, { ...labels, ...own });
        return history;
    });

    const ofHistory = async (): Promise<BlockMeta[]> =>
        (await blocks()).filter(({ thanos }) => thanos.labels[runLabel] === run);

    /** The series whose value is right at a time, of what is at least so fine. */
    const countAt = async (time: number, resolution: number): Promise<Sample[]> =>
        query(`count(max_over_time(${selector}[1h]) == ${historyValue(time)})`, {
            time: new Date(time),
            resolution: `${resolution / 1_000}s`,
        });

    const expectAll = (found: readonly Sample[]) => {
        expect(found.map(({ value }) => value[1])).to.deep.equal([String(historySeries.count)]);
    };

    /** It begins its work when it starts, and waits five minutes between two rounds. */
    async function restartCompactor(): Promise<void> {
        const pod = { namespace: live().outputs.namespace, name: `${thanosNames.compact}-0` };
        await core().deleteNamespacedPod(pod);
        await untilAllReady();
    }

    it("is found through Query, out of the bucket", async () => {
        const history = await uploaded();
        raw = (await ofHistory()).filter(({ thanos }) => thanos.downsample.resolution === 0);
        expect(raw.map(({ minTime }) => minTime)).to.deep.equal([history.begin, history.middle]);
        await until("all series of the history", 120, async () => {
            expectAll(await countAt(history.begin + into, 0));
            expectAll(await countAt(history.middle + into, 0));
        });
    }).timeout(300_000);

    it("K-46, K-50: is downsampled by the Compactor, to five minutes and to an hour", async () => {
        const history = await uploaded();
        await until("blocks of both resolutions", 420, async () => {
            const found = (await ofHistory()).map(({ minTime, thanos }) => [minTime, thanos.downsample.resolution]);
            expect(found).to.have.deep.members(
                [history.begin, history.middle].flatMap((begin) => [
                    [begin, 0],
                    [begin, fiveMinutes],
                    [begin, oneHour],
                ]),
            );
        });
    }).timeout(600_000);

    it("K-47: what is older than its retention is deleted, and answered for by what was made of it", async () => {
        const Bucket = live().outputs.buckets.metrics;
        const s3 = await s3Of("thanos-compact");
        const markOf = ({ ulid }: BlockMeta) => `${ulid}/deletion-mark.json`;
        const old = raw.filter(({ maxTime }) => maxTime < Date.now() - rawRetentionDays * day);
        expect(old).to.not.have.length(0);
        await until("deletion marks", 420, async () => {
            const keys = await keysIn(s3, Bucket);
            const marked = (await ofHistory()).filter((block) => keys.includes(markOf(block)));
            expect(marked.map(({ ulid }) => ulid)).to.have.members(old.map(({ ulid }) => ulid));
        });
        // As if the two days had passed for which what is marked stays.
        for (const block of old) {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: markOf(block) }));
            const mark = JSON.parse((await Body?.transformToString()) ?? "") as { deletion_time: number };
            const earlier = { ...mark, deletion_time: mark.deletion_time - (3 * day) / 1_000 };
            await s3.send(new PutObjectCommand({ Bucket, Key: markOf(block), Body: JSON.stringify(earlier) }));
        }
        await restartCompactor();
        await until("end of the marked blocks", 420, async () => {
            const keys = await keysIn(s3, Bucket);
            expect(keys.filter((key) => old.some(({ ulid }) => key.startsWith(`${ulid}/`)))).to.deep.equal([]);
        });
        const time = (await uploaded()).begin + into;
        await until("answer of what was made of them alone", 120, async () => {
            expect(await countAt(time, 0)).to.deep.equal([]);
            expectAll(await countAt(time, fiveMinutes));
            expectAll(await countAt(time, oneHour));
        });
    }).timeout(1_200_000);
});
