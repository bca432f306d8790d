import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { BucketClient } from "../../components/object-storage/bucket-access";
import { errorCode } from "../sandbox/support/s3";
import { type BlockMeta, blocks, keysIn, s3Of } from "./support/buckets";
import { core, live } from "./support/live";
import { untilAllReady } from "./support/pods";
import { query, queryPrometheus, singleSeries } from "./support/queries";
import { prometheusPods } from "./support/targets";
import { until } from "./support/until";

/** The external label by which replicas differ. */
const replicaLabel = "prometheus_replica";

/** A span of time that blocks of two replicas both hold. Milliseconds. */
interface Common {
    readonly blocks: readonly [BlockMeta, BlockMeta];
    readonly begin: number;
    readonly end: number;
}

/** Long enough for a sample of every series. */
const leastCommonMs = 45_000;

/** The latest span that each of two Prometheus pods has uploaded itself. */
async function latestCommon([first, second]: readonly string[]): Promise<Common | undefined> {
    const all = (await blocks()).filter(({ thanos }) => thanos.source === "sidecar");
    const of = (replica: string | undefined) => all.filter(({ thanos }) => thanos.labels[replicaLabel] === replica);
    return of(first)
        .flatMap((a) =>
            of(second).map((b): Common => {
                const [begin, end] = [Math.max(a.minTime, b.minTime), Math.min(a.maxTime, b.maxTime)];
                return { blocks: [a, b], begin, end };
            }),
        )
        .filter(({ begin, end }) => end - begin >= leastCommonMs)
        .at(-1);
}

describe("Long-term metrics", () => {
    let uploaded: Common;

    it("K-35, K-92: each replica's sidecar uploads blocks, into the very bucket that the program made", async function () {
        this.timeout(900_000);
        const replicas = await prometheusPods();
        expect(replicas).to.have.length(2);
        uploaded = await until("block of each Prometheus in the bucket", 780, async () => {
            const found = await latestCommon(replicas);
            if (found === undefined) {
                throw new Error(`there are ${(await blocks()).length} blocks`);
            }
            return found;
        });
        const s3 = await s3Of("thanos-store");
        const keys = await keysIn(s3, live().outputs.buckets.metrics);
        for (const { ulid, thanos } of uploaded.blocks) {
            expect(keys).to.include.members([`${ulid}/meta.json`, `${ulid}/index`, `${ulid}/chunks/000001`]);
            expect(thanos.labels).to.include({ cluster: "kup6s" });
        }
    });

    it("K-64: of its clients the Store can't write, only the Compactor deletes, and Loki isn't one", async () => {
        const Bucket = live().outputs.buckets.metrics;
        const [block] = await blocks();
        const existing = `${block?.ulid ?? ""}/meta.json`;
        const own = "live-test/probe";
        const rights = async (client: BucketClient) => {
            const s3 = await s3Of(client);
            return {
                read: await errorCode(s3.send(new GetObjectCommand({ Bucket, Key: existing }))),
                write: await errorCode(s3.send(new PutObjectCommand({ Bucket, Key: own, Body: client }))),
                delete: await errorCode(s3.send(new DeleteObjectCommand({ Bucket, Key: own }))),
            };
        };
        const refused = "AccessDenied";
        expect(await rights("thanos-sidecar")).eql({ read: "none", write: "none", delete: refused });
        expect(await rights("thanos-store")).eql({ read: "none", write: refused, delete: refused });
        expect(await rights("loki")).eql({ read: refused, write: refused, delete: refused });
        // Last: it takes away what the sidecar's keys have written.
        expect(await rights("thanos-compact")).eql({ read: "none", write: "none", delete: "none" });
        expect(await keysIn(await s3Of("thanos-store"), Bucket)).to.not.include(own);
    }).timeout(60_000);

    it("K-39, K-49: a lost volume of every Prometheus is survived: old data are found again through the Store", async function () {
        this.timeout(900_000);
        const { namespace } = live().outputs;
        const replicas = await prometheusPods();
        // Both replicas have it, so it doesn't matter which one is asked for.
        const then = new Date((uploaded.begin + uploaded.end) / 2);
        expect(await query(singleSeries, { time: then })).to.have.length(1);
        for (const replica of replicas) {
            expect(await queryPrometheus(replica, singleSeries, then), `${replica} before`).to.have.length(1);
        }

        const { items: claims } = await core().listNamespacedPersistentVolumeClaim({ namespace });
        const lost = claims.filter(({ metadata }) => replicas.some((pod) => metadata?.name?.endsWith(`-${pod}`)));
        expect(lost).to.have.length(replicas.length);
        await Promise.all(
            lost.map(({ metadata }) =>
                core().deleteNamespacedPersistentVolumeClaim({ namespace, name: metadata?.name ?? "" }),
            ),
        );
        await Promise.all(replicas.map((name) => core().deleteNamespacedPod({ namespace, name })));
        const uids = new Set(lost.map(({ metadata }) => metadata?.uid));
        await until("new claims of the Prometheus pods", 180, async () => {
            const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace });
            const names = items
                .filter(({ metadata }) => !uids.has(metadata?.uid))
                .map(({ metadata }) => metadata?.name);
            expect(names).to.include.members(lost.map(({ metadata }) => metadata?.name));
        });
        await untilAllReady();

        for (const replica of replicas) {
            expect(await queryPrometheus(replica, singleSeries, then), `${replica} after`).to.deep.equal([]);
        }
        await until("old sample through Thanos Query", 240, async () => {
            const found = await query(singleSeries, { time: then });
            expect(found.map(({ metric, value }) => [metric[replicaLabel], value[1]])).eql([[undefined, "1"]]);
        });
    });
});
