import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { live } from "./support/live";
import { ownerOf, restarts, untilAllReady } from "./support/pods";

const setting = "perch:logs.retention";

/** Workload of each pod, by the pod's UID. */
const byUid = (pods: readonly V1Pod[]) => new Map(pods.map((pod) => [pod.metadata?.uid ?? "", workloadOf(pod)]));

/** A Deployment's pods belong to a ReplicaSet, whose name ends with a hash that changes when they roll. */
function workloadOf(pod: V1Pod): string {
    const hash = pod.metadata?.labels?.["pod-template-hash"];
    return hash === undefined ? ownerOf(pod) : ownerOf(pod).replace(`-${hash}`, "");
}

describe("A changed setting", () => {
    let earlier: Map<string, string>;

    before(async function () {
        this.timeout(600_000);
        earlier = byUid(await untilAllReady());
    });

    // With the next pulumi up: that of the further parts, or of the next run.
    after(() => live().stack.remove(setting));

    it("D-10: rolls exactly the pods that use it, each of them, and all others run on", async () => {
        await live().stack.set(setting, "760h");
        await live().stack.up();
        const pods = await untilAllReady();
        const now = byUid(pods);
        const rolled = [...earlier].filter(([uid]) => !now.has(uid)).map(([, workload]) => workload);
        const users = ["ReplicaSet loki-read", "StatefulSet loki-backend", "StatefulSet loki-write"];
        expect([...new Set(rolled)].sort()).to.deep.equal(users);
        const stayed = [...earlier].filter(([uid]) => now.has(uid)).map(([, workload]) => workload);
        expect(stayed.filter((workload) => users.includes(workload))).to.deep.equal([]);
        expect(restarts(pods.filter(({ metadata }) => !earlier.has(metadata?.uid ?? "")))).to.deep.equal([]);
    }).timeout(900_000);
});
