import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import { expect } from "chai";
import { rulerLabels } from "../../../components/alerting/evaluator";
import { hookCalls } from "../support/hook-calls";
import { kubectl } from "../support/kubectl";
import { core, live, objects } from "../support/live";
import { mails } from "../support/mailbox";
import { hookLabel, needsAllParts } from "../support/parts";
import { untilAllReady } from "../support/pods";
import { until } from "../support/until";

/** A second Alertmanager that hadn't heard of the first one's call would have made its own by then: peer timeout is 15 s. */
const echoMs = 45_000;

/** What keeps a pod that is killed from being made anew. */
const finalizer = "perch.dev/live-test";

describe("Alerts of all evaluators", function () {
    this.timeout(600_000);
    needsAllParts();

    const made: KubernetesObject[] = [];

    after(() =>
        Promise.all(
            made.map((object) =>
                objects()
                    .delete(object)
                    .catch(() => undefined),
            ),
        ),
    );

    /** Makes a rule that fires at once. @returns the alert's name */
    async function fire(evaluator: Readonly<Record<string, string>>): Promise<string> {
        const alert = `LiveTest${randomBytes(3).toString("hex")}`;
        const rule = {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: { namespace: live().outputs.namespace, name: alert.toLowerCase(), labels: evaluator },
            spec: {
                groups: [
                    {
                        name: alert,
                        interval: "5s",
                        rules: [{ alert, expr: "count(up) > 0", labels: { severity: "critical", ...hookLabel } }],
                    },
                ],
            },
        } as KubernetesObject;
        await objects().create(rule);
        made.push(rule);
        return alert;
    }

    const callsFor = async (alert: string) =>
        (await hookCalls()).filter(({ alerts }) => alerts.some(({ labels }) => labels.alertname === alert));

    const mailsFor = async (alert: string) => (await mails()).filter(({ subject }) => subject.includes(alert));

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

    it("reach a webhook and a mailbox once each, though two Prometheus fire them, or two Rulers", async () => {
        const alerts = await Promise.all([fire({}), fire(rulerLabels)]);
        await Promise.all(alerts.map(told));
        await sleep(echoMs);
        for (const alert of alerts) {
            await expectOnce(alert);
        }
    });

    it("one Alertmanager may die: an alert comes, once, while it is away", async () => {
        const { namespace } = live().outputs;
        const name = "alertmanager-perch-0";
        const patch = (finalizers: readonly string[]) =>
            kubectl(
                ...["patch", "pod", "--namespace", namespace, name, "--type=merge"],
                ...["--patch", JSON.stringify({ metadata: { finalizers } })],
            );
        await patch([finalizer]);
        try {
            await core().deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
            await until(`end of ${name}`, 60, async () => {
                const { status } = await core().readNamespacedPod({ namespace, name });
                expect(status?.containerStatuses?.some(({ state }) => state?.running !== undefined)).to.not.equal(true);
            });
            const alert = await fire({});
            await told(alert);
            await sleep(echoMs);
            await expectOnce(alert);
        } finally {
            await patch([]);
        }
        await untilAllReady();
    });
});
