import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { ClientPod, makeNamespace, removeNamespace } from "./support/client-pod";
import { blocks } from "./support/buckets";
import { early } from "./support/early";
import { node, openLive } from "./support/live";
import { realOnes, restarts, stackPods, untilAllReady } from "./support/pods";
import { query, queryLogs, queryPrometheus, singleSeries } from "./support/queries";
import { until } from "./support/until";

describe("A node that is cut off from power", function () {
    const marker = randomBytes(6).toString("hex");
    let namespace: string;

    const logged = early(this, "all parts", async () => {
        namespace = await makeNamespace("live-restart");
        await ClientPod.start({ namespace, command: ["sh", "-c", `echo ${marker}; sleep 86400`] });
        await until("log line of before", 300, async () => {
            expect(await queryLogs(`{namespace="${namespace}"} |= "${marker}"`)).to.have.length(1);
        });
    });

    before(async function () {
        this.timeout(300_000);
        await logged();
    });

    after(() => removeNamespace(namespace));

    it("until then has restarted no pod", async () => {
        expect(restarts(realOnes(await stackPods()))).to.deep.equal([]);
    });

    it("comes back with all pods ready, and with all data", async function () {
        this.timeout(900_000);
        const then = new Date(Date.now() - 20_000);
        const replicas = (await stackPods())
            .filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"] === "prometheus")
            .map(({ metadata }) => metadata?.name ?? "");
        const uploaded = (await blocks()).map(({ ulid }) => ulid);
        // What is in memory only is on its way to the disk.
        await sleep(5_000);

        process.kill(node().pid, "SIGKILL");
        const cut = Date.now() / 1_000;
        // Without pulumi up: what is back, is back by itself.
        await openLive(false);
        await untilAllReady();

        for (const replica of replicas) {
            await until(`sample of before in ${replica}`, 60, async () => {
                expect(await queryPrometheus(replica, singleSeries, then)).to.have.length(1);
            });
        }
        await until("sample of before through Thanos Query", 60, async () => {
            expect(await query(singleSeries, { time: then })).to.have.length(1);
        });
        await until("log line of before", 120, async () => {
            expect(await queryLogs(`{namespace="${namespace}"} |= "${marker}"`)).to.have.length(1);
        });
        await until("new sample", 120, async () => {
            expect(await query(`timestamp(${singleSeries}) > ${cut}`)).to.have.length(1);
        });
        expect((await blocks()).map(({ ulid }) => ulid)).to.include.members(uploaded);
    });
});
