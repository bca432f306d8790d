import { expect } from "chai";
import { adoptPending, idOfPending } from "../../../sandbox/engine/recovery";

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
