import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../../sandbox/paths";
import { awsKinds, awsPlugin } from "../../../sandbox/plugins/aws/plugin";
import type { InputRule, ResourceKind } from "../../../sandbox/plugins/provider/resource-kind";
import type { ProviderPlugin } from "../../../sandbox/plugins/provider/types";
import { randomKinds, randomPlugin } from "../../../sandbox/plugins/random/plugin";
import { tlsKinds, tlsPlugin } from "../../../sandbox/plugins/tls/plugin";

const readme = fs.readFileSync(path.join(projectRoot, "sandbox", "plugins", "README.md"), "utf8");

/** Rows `| aws.s3.Bucket | fields | ... |` of the tables in the README. */
const rows = new Map(
    readme
        .split("\n")
        .map((line) => line.split("|").map((cell) => cell.trim()))
        .filter((cells) => /^`(aws|random|tls)[.:]/.test(cells[1] ?? ""))
        .map((cells) => [cells[1]!.replaceAll("`", ""), cells[2]!.replaceAll("`", "")] as const),
);

interface KnownKind {
    inputs: Record<string, InputRule>;
    update?: unknown;
}

const kinds: Record<string, KnownKind> = { ...awsKinds, ...randomKinds, ...tlsKinds };
const plugins: Record<string, ProviderPlugin> = { aws: awsPlugin, random: randomPlugin, tls: tlsPlugin };
const replacing = ({ inputs, update }: KnownKind): string[] =>
    Object.entries(inputs)
        .filter(([, rule]) => rule.replaces === true || update === undefined)
        .map(([key]) => key)
        .sort();

describe("the table of what replaces in sandbox/plugins/README.md", () => {
    it("has a row for each resource type, and no other", () => {
        expect([...rows.keys()].sort()).to.deep.equal(Object.keys(kinds).sort());
    });

    for (const [type, kind] of Object.entries(kinds)) {
        it(`${type}: replaces by exactly these fields`, async () => {
            const listed = (rows.get(type) ?? "").split(", ").filter((field) => field !== "" && field !== "none");
            expect(listed.sort()).to.deep.equal(replacing(kind));
            const provider = plugins[type.split(":")[0]!]!.create({ log: () => undefined });
            for (const [field, rule] of Object.entries((kind as ResourceKind<never>).inputs)) {
                // Values of no real type: a diff only compares.
                const { replaces, changes } = await provider.diff({
                    id: "x",
                    urn: "urn:pulumi:test::test::x::y",
                    type,
                    name: "y",
                    olds: {},
                    oldInputs: { [field]: "before" },
                    news: { [field]: "after" },
                    ignoreChanges: [],
                });
                expect(changes, field).to.equal("some");
                const expected = rule.replaces === true || kind.update === undefined ? [field] : [];
                expect(replaces, field).to.deep.equal(expected);
            }
        });
    }
});
