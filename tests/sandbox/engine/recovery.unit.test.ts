import { expect } from "chai";
import { adoptPending, idOfPending, unsettled } from "../../../sandbox/engine/recovery";

const resource = (type: string, inputs: Record<string, unknown>, name = "x") => ({
    urn: `urn::${type}::${name}`,
    type,
    inputs,
});
const checkpoint = (resources: object[], pending: object[]) => ({
    version: 3,
    deployment: { resources, pending_operations: pending, manifest: {} },
});

describe("operations that a killed engine had begun", () => {
    it("are found again by the id that their inputs tell", () => {
        const ids: [string, Record<string, unknown>, string | undefined][] = [
            [
                "kubernetes:core/v1:Service",
                { metadata: { namespace: "monitoring", name: "grafana" } },
                "monitoring/grafana",
            ],
            ["kubernetes:core/v1:Namespace", { metadata: { name: "monitoring" } }, "monitoring"],
            ["kubernetes:core/v1:ConfigMap", { metadata: { generateName: "x-" } }, undefined],
            ["aws:s3/bucketPolicy:BucketPolicy", { bucket: "logs" }, "logs"],
            ["aws:iam/userPolicy:UserPolicy", { user: "u", name: "n" }, "u:n"],
            ["aws:iam/accessKey:AccessKey", { user: "u" }, undefined],
            ["random:index/randomPassword:RandomPassword", { length: 3 }, undefined],
        ];
        for (const [type, inputs, id] of ids) {
            expect(idOfPending(resource(type, inputs)), type).to.equal(id);
        }
    });

    it("become part of the state, to be refreshed there; what can't be found is made anew", () => {
        const service = resource("kubernetes:core/v1:Service", { metadata: { namespace: "m", name: "s" } });
        const password = resource("random:index/randomPassword:RandomPassword", { length: 3 });
        const bucket = { ...resource("aws:s3/bucket:Bucket", { bucket: "b" }), id: "b" };
        const { checkpoint: result, urns } = adoptPending(
            checkpoint(
                [bucket],
                [
                    { type: "creating", resource: service },
                    { type: "creating", resource: password },
                    { type: "updating", resource: bucket },
                ],
            ) as never,
        );
        expect(urns).to.deep.equal([service.urn, bucket.urn]);
        expect(result.deployment.pending_operations).to.deep.equal([]);
        const [first, { created, ...second }] = result.deployment.resources as [object, { created: string }];
        expect([first, second]).to.deep.equal([bucket, { ...service, id: "m/s", outputs: {} }]);
        expect(new Date(created).getTime()).to.be.closeTo(Date.now(), 10_000);
        expect(result.deployment.manifest).to.deep.equal({});
    });

    const set = (size: string) => ({
        ...resource("kubernetes:apps/v1:StatefulSet", { metadata: { namespace: "m", name: "s" }, spec: { size } }),
        id: "m/s",
    });
    const [old, wanted] = [{ ...set("1"), outputs: { size: "1" } }, set("2")];
    const dependent = resource("kubernetes:core/v1:Service", { metadata: { namespace: "m", name: "s" } });
    const deleted = { ...old, pendingReplacement: true };

    it("and had deleted something for are looked for in its place, before what depends on it", () => {
        const { checkpoint: result, urns } = adoptPending(
            checkpoint([deleted, dependent], [{ type: "creating", resource: set("2") }]) as never,
        );
        expect(urns).to.deep.equal([old.urn]);
        const [{ created, ...first }, ...others] = result.deployment.resources as [{ created: string }, ...object[]];
        expect(created).to.be.a("string");
        expect([first, ...others]).to.deep.equal([{ ...wanted, outputs: {} }, dependent]);
    });

    it("of which only a deletion is left are looked for too: the engine wouldn't", () => {
        const { checkpoint: result, urns } = adoptPending(checkpoint([deleted, dependent], []) as never);
        expect(urns).to.deep.equal([old.urn]);
        expect(result.deployment.resources).to.deep.equal([{ ...old, pendingReplacement: false }, dependent]);
    });

    it("beside what they were to replace leave that as it is", () => {
        const elsewhere = resource(old.type, { metadata: { namespace: "n", name: "s" } });
        const pending = [{ type: "creating", resource: elsewhere }];
        const { checkpoint: result, urns } = adoptPending(checkpoint([old, dependent], pending) as never);
        expect(urns).to.deep.equal([]);
        expect(result.deployment.resources).to.deep.equal([old, dependent]);
    });
});

describe("what was begun and the state doesn't tell", () => {
    const [first, second] = [new Date("2026-01-01T10:00:00Z"), new Date("2026-01-01T11:00:00Z")];
    const state = checkpoint([resource("a", {})], []) as never;
    const urnOf = (type: string) => resource(type, {}).urn;

    it("is a creation whose resource isn't there, since its first beginning", () => {
        const begun = [
            { change: "create" as const, urn: urnOf("a"), at: first },
            { change: "create" as const, urn: urnOf("b"), at: first },
            { change: "create" as const, urn: urnOf("b"), at: second },
        ];
        expect(unsettled(state, begun, {}).lost).to.deep.equal({ [urnOf("b")]: first });
        const earlier = new Date(0);
        expect(unsettled(state, begun, { [urnOf("a")]: earlier, [urnOf("b")]: earlier }).lost).to.deep.equal({
            [urnOf("b")]: earlier,
        });
    });

    it("is a creation beside the older resource that it was to replace", () => {
        const made = (created: Date) =>
            checkpoint([{ ...resource("a", {}), created: created.toISOString() }], []) as never;
        const begun = [{ change: "create" as const, urn: urnOf("a"), at: second }];
        expect(unsettled(made(first), begun, {}).lost).to.deep.equal({ [urnOf("a")]: second });
        expect(unsettled(made(first), [], { [urnOf("a")]: second }).lost).to.deep.equal({ [urnOf("a")]: second });
        expect(unsettled(made(second), begun, {}).lost).to.deep.equal({});
    });

    it("is a deletion whose resource is still there", () => {
        const begun = ["a", "b"].map((type) => ({ change: "delete" as const, urn: urnOf(type), at: first }));
        expect(unsettled(state, begun, {})).to.deep.equal({ lost: {}, deleted: [urnOf("a")] });
    });
});
