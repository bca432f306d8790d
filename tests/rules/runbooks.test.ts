import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { alertNames } from "../../config/alerts";
import { catalogue } from "../../rules";
import { promqlErrors } from "../support/promql";

const folder = path.resolve(__dirname, "../../docs/runbooks");
const page = (alert: string) => readFileSync(path.join(folder, `${alert}.md`), "utf8");

/** A hold time as a page says it. */
function inWords(hold: string): string {
    const [, amount = "", unit = ""] = /^(\d+)([smh])$/.exec(hold) ?? [];
    const word = { s: "second", m: "minute", h: "hour" }[unit] ?? unit;
    return amount === "0" ? "at once" : `**after** ${amount} ${word}${amount === "1" ? "" : "s"}`;
}

describe("Runbooks", () => {
    it("are there for each alert, and none is left without one", () => {
        expect(readdirSync(folder)).to.have.members(alertNames.map((name) => `${name}.md`));
    });

    for (const { alert, severity, for: hold } of catalogue()) {
        it(`say of ${alert} what the rule says, what it means and what to do`, () => {
            const text = page(alert);
            expect(text).to.match(new RegExp(`^# ${alert}\n`));
            expect(text).to.include(`**Severity** ${severity} · ${inWords(hold)}\n`);
            expect(text)
                .to.match(/\n## What it means\n\n\S/)
                .and.match(/\n## What to do\n\n\S/);
        });
    }

    it("have queries that parse", () => {
        const queries = alertNames.flatMap((alert) =>
            [...page(alert).matchAll(/^```promql\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
                block.trim().split("\n"),
            ),
        );
        expect(queries).to.have.length.above(100);
        expect(queries.filter((query) => promqlErrors(query).length > 0)).to.deep.equal([]);
    });
});
