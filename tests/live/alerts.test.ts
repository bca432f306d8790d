import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import { expect } from "chai";
import { live, objects } from "./support/live";
import { type Mail, mails } from "./support/mailbox";
import { until } from "./support/until";

/** A second Alertmanager that hadn't heard of the first one's mail would have sent its own by then: peer timeout is 15 s. */
const echoMs = 60_000;

describe("Alerts", () => {
    const alert = `LiveTest${randomBytes(3).toString("hex")}`;

    const rule = (): KubernetesObject =>
        ({
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: { namespace: live().outputs.namespace, name: alert.toLowerCase() },
            spec: {
                groups: [
                    {
                        name: alert,
                        interval: "5s",
                        rules: [
                            {
                                alert,
                                expr: "vector(1)",
                                labels: { severity: "critical" },
                                annotations: { summary: "The live tests ask whether a mail comes" },
                            },
                        ],
                    },
                ],
            },
        }) as KubernetesObject;

    after(async () => {
        await objects()
            .delete(rule())
            .catch(() => undefined);
    });

    const received = async (): Promise<Mail[]> => (await mails()).filter(({ subject }) => subject.includes(alert));

    it("K-77, K-79: reach the mailbox that the route names, once, though two Prometheus and two Alertmanagers know them", async function () {
        this.timeout(600_000);
        await objects().create(rule());
        await until(`mail about ${alert}`, 420, async () => {
            expect(await received()).to.not.have.length(0);
        });
        await sleep(echoMs);
        const found = await received();
        expect(found.map(({ to }) => to)).to.deep.equal([["on-call@kup6s.example"]]);
        expect(found[0]?.subject).to.match(/^\[FIRING:1\]/);
        expect(found[0]?.body).to.contain("The live tests ask whether a mail comes");
    });
});
