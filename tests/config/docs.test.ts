import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { alertNames } from "../../config/alerts";
import { profileNames, profiles } from "../../config/profiles";
import { areaNames, secretValueKeys, settingsSchema } from "../../config/schema";
import { outline, type Outline } from "../../config/schema/outline";
import { looksSecret } from "../../config/secret-names";
import { alertsPage } from "../../scripts/alerts-docs";
import { settingsJsonSchema, settingsPage } from "../../scripts/settings-docs";

const docs = path.resolve(__dirname, "..", "..", "docs");
const read = (file: string) => readFileSync(path.join(docs, file), "utf8");

/** Whether a text differs, without a diff of hundreds of lines. */
const stale = (file: string, text: string) =>
    read(file) === text ? "current" : `docs/${file} is stale: run npm run docs`;

/** Every field of the schema that takes a value itself, by its path. */
function values(at: Outline, prefix: string, above: readonly Outline[] = []): string[] {
    switch (at.is) {
        case "object":
            return above.includes(at)
                ? []
                : [...at.fields].flatMap(([name, field]) => values(field.outline, `${prefix}.${name}`, [...above, at]));
        case "kinds":
            return [...at.kinds.values()].flatMap((kind) => values(kind, prefix, above));
        case "choice":
            return at.options.flatMap((option) => values(option, prefix, above));
        case "map":
            return values(at.value, prefix, above);
        case "list":
            return values(at.item, prefix, above);
        case "value":
            return [prefix];
    }
}

describe("docs of the settings", () => {
    it("are those of the schema", () => {
        expect(stale("settings.md", settingsPage())).to.equal("current");
        expect(stale("settings.schema.json", `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`)).to.equal(
            "current",
        );
    });

    it("list every alert with its defaults", () => {
        const page = alertsPage();
        expect(stale("alerts.md", page)).to.equal("current");
        for (const alert of alertNames) {
            expect(page).to.contain(`| [${alert}](runbooks/${alert}.md) |`);
        }
    });

    it("name every area and every secret", () => {
        const page = settingsPage();
        for (const area of areaNames) {
            expect(page).to.contain(`## perch:${area}\n`);
        }
        for (const key of secretValueKeys) {
            expect(page).to.contain(`| \`${key}\` | secret |`);
        }
    });

    it("D-13: have a page for each profile that says what is absent", () => {
        for (const name of profileNames) {
            const file = `profiles/${name}.md`;
            expect(existsSync(path.join(docs, file)), file).to.be.true;
            const page = read(file).replace(/\s+/g, " ");
            for (const part of profiles[name].absent) {
                expect(page, file).to.contain(part);
            }
        }
    });
});

describe("the schema", () => {
    it("describes every area", () => {
        for (const area of areaNames) {
            expect(settingsSchema.shape[area].description, area).to.be.a("string");
        }
    });

    it("V-13: has no field for a secret itself", () => {
        const fields = values(outline(settingsSchema), "").map((field) => field.split(".").at(-1) ?? "");
        expect(fields).to.have.length.above(100);
        expect(fields.filter(looksSecret)).to.deep.equal([]);
    });
});
