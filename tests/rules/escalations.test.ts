import { expect } from "chai";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { type AlertName, alertNames } from "../../config/alerts";
import { type Escalation, escalationEntries, escalations } from "../../config/escalations";
import { catalogue } from "../../rules";
import { silencedNote } from "../../scripts/alerts-docs";

const severities = new Map(catalogue().map(({ alert, severity }) => [alert, severity]));
const ranks: readonly (string | undefined)[] = ["none", "info", "warning", "critical"];
const rank = (alert: AlertName) => ranks.indexOf(severities.get(alert));
const of = (alert: AlertName): Escalation | undefined => escalations[alert];

describe("Alerts that escalate others", () => {
    it("are each second step, of its first, and others", () => {
        const steps = alertNames.flatMap((name) => {
            const first = alertNames.find((one) => `${one}Critical` === name);
            return first === undefined ? [] : [[name, first] as const];
        });
        expect(steps).to.have.length.above(10);
        for (const [second, first] of steps) {
            expect(of(second)?.of, second).to.include(first);
        }
    });

    it("have the severity at which they do so, and silence none that is graver", () => {
        for (const [alert, { at, of: lesser }] of escalationEntries) {
            expect(severities.get(alert), alert).to.equal(at);
            expect(
                lesser.filter((one) => rank(one) > rank(alert)),
                alert,
            ).to.deep.equal([]);
        }
    });

    it("leave somebody to be told: none silences itself, by whatever way", () => {
        for (const [alert, { of: lesser, by }] of escalationEntries) {
            expect(lesser, alert).to.not.include(alert);
            for (const one of lesser) {
                const below = of(one);
                // What is silenced of it is silenced of the alert itself, so that the ways have an end.
                expect(lesser, `${alert}, ${one}`).to.include.members([...(below?.of ?? [])]);
                expect(below?.by ?? by, `${alert}, ${one}`).to.deep.equal(by);
            }
        }
    });

    it("say so in their runbooks, and nobody else does", () => {
        for (const alert of alertNames) {
            const page = readFileSync(path.resolve(__dirname, `../../docs/runbooks/${alert}.md`), "utf8");
            const said = page.split("\n").filter((line) => line.startsWith("**Silences**"));
            expect(said, alert).to.deep.equal(of(alert) === undefined ? [] : [silencedNote(of(alert)!)]);
        }
    });
});
