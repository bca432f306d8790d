import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { echoMs, fire, mailsFor, removeRules, summary } from "./support/alerts";
import { early } from "./support/early";
import { until } from "./support/until";

describe("Alerts", function () {
    const mailed = early(this, "profile", async () => {
        const alert = await fire({ expr: "vector(1)" });
        await until(`mail about ${alert}`, 420, async () => {
            expect(await mailsFor(alert)).to.not.have.length(0);
        });
        await sleep(echoMs);
        return mailsFor(alert);
    });

    after(removeRules);

    it("K-77, K-79: reach the mailbox that the route names, once, though two Prometheus and two Alertmanagers know them", async () => {
        const found = await mailed();
        expect(found.map(({ to }) => to)).to.deep.equal([["on-call@kup6s.example"]]);
        expect(found[0]?.subject).to.match(/^\[FIRING:1\]/);
        expect(found[0]?.body).to.contain(summary);
    }).timeout(600_000);
});
