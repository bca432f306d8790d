import { expect } from "chai";
import { adoptAutoname, autoname, uniqueName } from "../../../../sandbox/plugins/kubernetes/naming";
import { type PlainMap, pluck } from "../../../../sandbox/plugins/kubernetes/objects";
import { readCheckpoint, toInputs, toObject, writeCheckpoint } from "../../../../sandbox/plugins/kubernetes/values";
import { Secret, UNKNOWN } from "../../../../sandbox/plugins/provider/types";

describe("values of the Kubernetes stand-in", () => {
    it("P17: data and stringData of a Secret are secret in the state, whatever the inputs said", () => {
        const live = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { a: "Yg==" } };
        const inputs = { ...live, stringData: { b: "c" } };
        const state = writeCheckpoint({ inputs, live, initialApiVersion: "v1", fieldManager: "m" }, {});
        expect(state.data).to.deep.equal(new Secret({ a: "Yg==" }));
        expect(state.__inputs)
            .to.have.property("stringData")
            .that.deep.equals(new Secret({ b: "c" }));
        expect(JSON.stringify(state)).not.to.contain("Yg==");
    });

    it("what is secret in the inputs is secret in the outputs: maps by key, lists as a whole", () => {
        const from = { spec: { token: new Secret("t"), plain: "p", list: ["a", new Secret("b")] } };
        const live = { spec: { token: "t", plain: "p", list: ["a", "b"], added: 1 } };
        const state = writeCheckpoint({ inputs: live, live, initialApiVersion: "v1", fieldManager: "m" }, from);
        expect(state.spec).to.deep.equal({
            token: new Secret("t"),
            plain: "p",
            list: new Secret(["a", "b"]),
            added: 1,
        });
        expect(toInputs({ a: "x" }, { a: new Secret("x") })).to.deep.equal({ a: new Secret("x") });
    });

    it("a state is read back as it was written, schema extensions with their dashes", () => {
        const inputs: PlainMap = { spec: { "x-kubernetes-list-type": "map" } };
        const live: PlainMap = { kind: "CustomResourceDefinition", ...inputs };
        const state = writeCheckpoint({ inputs, live, initialApiVersion: "v1", fieldManager: "m" }, {});
        expect(state.spec).to.deep.equal({ x_kubernetes_list_type: "map" });
        expect(readCheckpoint(state)).to.deep.equal({ inputs, live, initialApiVersion: "v1", fieldManager: "m" });
    });

    it("strips secrets and keeps unknowns", () => {
        expect(toObject({ a: new Secret({ b: UNKNOWN }), c: [new Secret(1)] })).to.deep.equal({
            a: { b: UNKNOWN },
            c: [1],
        });
    });

    it("P14: names an object after its resource, keeps that name, and respects a given one", () => {
        const object: PlainMap = { metadata: {} };
        autoname(object, "web", new Uint8Array());
        const name = pluck(object, "metadata", "name");
        expect(name).to.match(/^web-[0-9a-f]{8}$/);
        expect(pluck(object, "metadata", "annotations")).to.deep.equal({ "pulumi.com/autonamed": "true" });
        const next: PlainMap = {};
        adoptAutoname(next, object);
        expect(next).to.deep.equal(object);
        const named: PlainMap = { metadata: { name: "mine" } };
        autoname(named, "web", new Uint8Array());
        expect(named).to.deep.equal({ metadata: { name: "mine" } });
        const unknown: PlainMap = { metadata: { name: UNKNOWN } };
        autoname(unknown, "web", new Uint8Array());
        expect(unknown).to.deep.equal({ metadata: { name: UNKNOWN } });
    });

    it("the same seed gives the same name", () => {
        const seed = new Uint8Array([1, 2, 3]);
        expect(uniqueName("a-", seed)).to.equal(uniqueName("a-", seed));
        expect(uniqueName("a-", seed)).not.to.equal(uniqueName("a-", new Uint8Array([4])));
    });
});
