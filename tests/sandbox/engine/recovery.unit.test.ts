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
        expect(result.deployment.resources).to.deep.equal([bucket, { ...service, id: "m/s", outputs: {} }]);
        expect(result.deployment.manifest).to.deep.equal({});
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

    it("is a deletion whose resource is still there", () => {
        const begun = ["a", "b"].map((type) => ({ change: "delete" as const, urn: urnOf(type), at: first }));
        expect(unsettled(state, begun, {})).to.deep.equal({ lost: {}, deleted: [urnOf("a")] });
    });
});
