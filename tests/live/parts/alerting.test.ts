import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { rulerLabels } from "../../../components/operated/evaluator";
import { callsFor, echoMs, fire, mailsFor, removeRules } from "../support/alerts";
import { early } from "../support/early";
import { kubectl } from "../support/kubectl";
import { core, live } from "../support/live";
import { hookLabel, needsAllParts } from "../support/parts";
import { untilAllReady } from "../support/pods";
import { until } from "../support/until";

/** What keeps a pod that is killed from being made anew. */
const finalizer = "perch.dev/live-test";

describe("Alerts of all evaluators", function () {
    this.timeout(600_000);
    needsAllParts();
    after(removeRules);

    const fireFor = (evaluator: Readonly<Record<string, string>>) =>
        fire({ expr: "count(up) > 0", labels: hookLabel, evaluator });

    /** Waits until the webhook and the mailbox have heard of an alert. */
    const told = (alert: string) =>
        until(`call and mail about ${alert}`, 420, async () => {
            expect(await callsFor(alert)).to.not.have.length(0);
            expect(await mailsFor(alert)).to.not.have.length(0);
        });

    async function expectOnce(alert: string): Promise<void> {
        const calls = await callsFor(alert);
        expect(calls.map(({ receiver, status }) => [receiver, status])).to.deep.equal([["hook", "firing"]]);
        const labels = calls[0]?.alerts.map((one) => one.labels);
        expect(labels).to.have.length(1);
        expect(labels?.[0]).to.include({ alertname: alert, cluster: "kup6s", severity: "critical", ...hookLabel });
        expect(labels?.[0]).to.not.have.any.keys("prometheus_replica", "thanos_ruler_replica");
        expect((await mailsFor(alert)).map(({ to }) => to)).to.deep.equal([["on-call@kup6s.example"]]);
    }

    const byEach = early(this, "all parts", async () => {
        const alerts = await Promise.all([fireFor({}), fireFor(rulerLabels)]);
        await Promise.all(alerts.map(told));
        await sleep(echoMs);
        for (const alert of alerts) {
            await expectOnce(alert);
        }
    });

    const whileOneIsAway = early(this, "pods may go", async () => {
        // That has to do with both Alertmanagers.
        await byEach().catch(() => undefined);
        const { namespace } = live().outputs;
        const name = "alertmanager-perch-0";
        const patch = (finalizers: readonly string[]) =>
            kubectl(
                ...["patch", "pod", "--namespace", namespace, name, "--type=merge"],
                ...["--patch", JSON.stringify({ metadata: { finalizers } })],
            );
        await patch([finalizer]);
        let alert: string;
        try {
            await core().deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
            await until(`end of ${name}`, 60, async () => {
                const { status } = await core().readNamespacedPod({ namespace, name });
                expect(status?.containerStatuses?.some(({ state }) => state?.running !== undefined)).to.not.equal(true);
            });
            alert = await fireFor({});
            await told(alert);
        } finally {
            await patch([]);
        }
        await untilAllReady();
        // The one that is back has heard of it, too: neither tells it again.
        await sleep(echoMs);
        await expectOnce(alert);
    });

    it("reach a webhook and a mailbox once each, though two Prometheus fire them, or two Rulers", byEach);

    it("one Alertmanager may die: an alert comes, once, while it is away and when it is back", whileOneIsAway);
});
