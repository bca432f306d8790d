import { expect } from "chai";
import { applyIgnoreChanges, forcesPatch, takeOver } from "../../../../sandbox/plugins/kubernetes/field-managers";
import type { PlainMap } from "../../../../sandbox/plugins/kubernetes/objects";

const entry = (manager: string, operation: string, fieldsV1: PlainMap = {}, subresource?: string): PlainMap => ({
    manager,
    operation,
    fieldsV1,
    ...(subresource === undefined ? {} : { subresource }),
});
const live = (...managedFields: PlainMap[]): PlainMap => ({ metadata: { managedFields } });

describe("field managers of the Kubernetes stand-in", () => {
    it("takes over what a plain create and kubectl set, and nothing else", () => {
        const fields = [
            entry("pulumi-kubernetes", "Update", { "f:spec": { "f:a": {} } }),
            entry("kubectl-edit", "Update", { "f:spec": { "f:b": {} } }),
            entry("kubectl", "Update", {}, "scale"),
            entry("helm", "Update"),
            entry("pulumi-kubernetes-old", "Apply"),
        ];
        expect(takeOver(fields, "mine")).to.deep.equal([
            entry("kubectl", "Update", {}, "scale"),
            entry("helm", "Update"),
            entry("pulumi-kubernetes-old", "Apply"),
            entry("mine", "Apply", { "f:spec": { "f:a": {}, "f:b": {} } }),
        ]);
    });

    it("has nothing to do once it is the manager", () => {
        expect(takeOver([entry("mine", "Apply"), entry("helm", "Update")], "mine")).to.equal(undefined);
    });

    it("forces when told to, and in previews where a real update would put managers right before", () => {
        const forced = { metadata: { annotations: { "pulumi.com/patchForce": "true" } } };
        const foreign = live(entry("helm", "Update"));
        const created = live(entry("pulumi-kubernetes", "Update"));
        expect(forcesPatch(forced, foreign, false, false)).to.equal(true);
        expect(forcesPatch({}, foreign, true, false)).to.equal(true);
        expect(forcesPatch({}, foreign, false, true)).to.equal(false);
        expect(forcesPatch({}, created, false, true)).to.equal(true);
        expect(forcesPatch({}, created, false, false)).to.equal(false);
        expect(forcesPatch({}, undefined, false, true)).to.equal(true);
        expect(forcesPatch({}, live(), false, false)).to.equal(true);
    });

    it("ignoreChanges: leaves out what another owns alone, sends the live value of what we own", () => {
        const object = {
            ...live(
                entry("hpa", "Update", { "f:spec": { "f:replicas": {} } }),
                entry("mine", "Apply", { "f:spec": { "f:paused": {} } }),
            ),
            spec: { replicas: 5, paused: true },
        };
        const inputs = { spec: { replicas: 1, paused: false, other: 1 } };
        applyIgnoreChanges(inputs, object, "mine", ["spec.replicas", "spec.paused", "spec.absent"]);
        expect(inputs).to.deep.equal({ spec: { paused: true, other: 1 } });
    });
});
