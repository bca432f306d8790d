import { expect } from "chai";
import { kindTable, type KindRow } from "../../../../sandbox/plugins/kubernetes/table";
import type { PropertyMap } from "../../../../sandbox/plugins/provider/types";
import { ensurePlatform, freshNamespace } from "../../support/platform";
import { TestEngine } from "./engine";
import { examples } from "./examples";

const tokenOf = ({ apiVersion, kind }: KindRow): string =>
    `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;

/** Names that the API server prescribes. */
const givenNames: Record<string, string> = {
    CustomResourceDefinition: "rows.rows.example.com",
    APIService: "v9.rows.example.com",
};

describe("each kind of the Kubernetes stand-in, against a real API server", function () {
    this.timeout(120_000);
    let engine: TestEngine;
    let namespace: string;

    before(async () => {
        process.env.PERCH_SANDBOX_SETTLE_MS = "200";
        process.env.PERCH_SANDBOX_WARNINGS = "error";
        await ensurePlatform();
        engine = await TestEngine.start();
        namespace = await freshNamespace("rows");
    });
    after(() => {
        delete process.env.PERCH_SANDBOX_SETTLE_MS;
        delete process.env.PERCH_SANDBOX_WARNINGS;
    });

    for (const row of kindTable) {
        const key = `${row.apiVersion} ${row.kind}`;
        const { object = {}, changed = {}, replacing = {} } = examples[key] ?? {};
        const inputs = (fields: PropertyMap, labels: PropertyMap = { one: "1" }): PropertyMap => ({
            apiVersion: row.apiVersion,
            kind: row.kind,
            metadata: {
                labels,
                ...(row.namespaced ? { namespace } : {}),
                name: givenNames[row.kind] ?? `row-${namespace}-${row.kind.toLowerCase()}`,
            },
            ...fields,
        });

        const prescribed = givenNames[row.kind];
        if (prescribed !== undefined) {
            before(`no ${prescribed} of a run that failed`, async () => {
                const id = { urn: "", type: tokenOf(row), name: "row", id: prescribed, timeout: 60, oldInputs: {} };
                await engine.provider.delete({ ...id, properties: inputs({}) });
            });
        }

        it(`${key}: previewed, created and ready (rule: ${row.wait}), unchanged, changed in place, replaced, deleted`, async () => {
            expect(examples, "tests/sandbox/plugins/kubernetes/examples.ts").to.have.property(key);
            const token = tokenOf(row);
            const previewed = await engine.preview(token, "row", inputs(object));
            expect(previewed.properties).to.have.nested.property("metadata.uid");
            expect(previewed.properties).not.to.have.property("status");

            const made = await engine.create(token, "row", inputs(object));
            expect((await engine.diff(made, inputs(object))).detailedDiff, "again").to.deep.equal({});
            const read = await engine.refresh(made);
            expect((await engine.diff(read, inputs(object))).detailedDiff, "after a refresh").to.deep.equal({});
            expect(read.inputs, "the inputs as refreshed").to.deep.equal(made.inputs);

            const next = inputs({ ...object, ...changed }, { one: "2" });
            const difference = await engine.diff(read, next);
            expect(difference.replaces, "a change in place").to.deep.equal([]);
            expect(difference.detailedDiff).to.have.property("metadata.labels.one");
            await engine.update(read, next, { preview: true });
            const updated = await engine.update(read, next);
            expect((await engine.diff(updated, next)).detailedDiff, "after the update").to.deep.equal({});

            for (const [path, fields] of Object.entries(replacing)) {
                const replaced = await engine.diff(read, inputs(fields));
                expect(replaced.replaces, path).not.to.have.lengthOf(0);
                expect(replaced.deleteBeforeReplace, path).to.equal(true);
                for (const replace of replaced.replaces) {
                    expect(`.${replace.replaceAll(/\[\d+\]/g, "[*]")}`, path).to.satisfy(
                        (found: string) => found.startsWith(path) || path.startsWith(found),
                    );
                }
            }
            await engine.delete(updated);
            expect((await engine.read(updated)).id).to.equal("");
        });
    }

    it("has an example for each row, and no other", () => {
        expect(Object.keys(examples)).to.have.members(kindTable.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
    });
});
