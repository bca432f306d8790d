import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { BucketClient } from "../../components/object-storage/bucket-access";
import { errorCode } from "../sandbox/support/s3";
import { type BlockMeta, blocks, keysIn, s3Of } from "./support/buckets";
import { core, live } from "./support/live";
import { stackPods, untilAllReady } from "./support/pods";
import { query, queryPrometheus } from "./support/queries";
import { until } from "./support/until";

/** The external label by which replicas differ. */
const replicaLabel = "prometheus_replica";

/** A block that each Prometheus has uploaded itself: by the name of its pod. */
async function uploadedByReplica(): Promise<Map<string, BlockMeta>> {
    const found = (await blocks()).filter(({ thanos }) => thanos.source === "sidecar");
    return new Map(found.map((block) => [block.thanos.labels[replicaLabel] ?? "", block]));
}

const prometheusPods = async (): Promise<string[]> =>
    (await stackPods())
        .filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"] === "prometheus")
        .map(({ metadata }) => metadata?.name ?? "");

describe("Long-term metrics", () => {
    let uploaded: Map<string, BlockMeta>;

    it("K-35, K-92: each replica's sidecar uploads blocks, into the very bucket that the program made", async function () {
        this.timeout(900_000);
        const replicas = await prometheusPods();
        uploaded = await until("block of each Prometheus in the bucket", 780, async () => {
            const found = await uploadedByReplica();
            expect([...found.keys()].sort()).eql(replicas);
            return found;
        });
        const s3 = await s3Of("thanos-store");
        const keys = await keysIn(s3, live().outputs.buckets.metrics);
        for (const { ulid, thanos } of uploaded.values()) {
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
        // A moment that the blocks of both replicas hold, so that the one that is asked for doesn't matter.
        const spans = [...uploaded.values()];
        const begin = Math.max(...spans.map(({ minTime }) => minTime));
        const end = Math.min(...spans.map(({ maxTime }) => maxTime));
        expect(begin).to.be.below(end);
        const then = new Date((begin + end) / 2);
        const series = 'up{job="kube-state-metrics"}';
        expect(await query(series, { time: then })).to.have.length(1);
        for (const replica of replicas) {
            expect(await queryPrometheus(replica, series, then), `${replica} before`).to.have.length(1);
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
            expect(await queryPrometheus(replica, series, then), `${replica} after`).to.deep.equal([]);
        }
        await until("old sample through Thanos Query", 240, async () => {
            const found = await query(series, { time: then });
            expect(found.map(({ metric, value }) => [metric[replicaLabel], value[1]])).eql([[undefined, "1"]]);
        });
    });
});
