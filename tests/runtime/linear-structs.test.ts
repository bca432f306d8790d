import { createRequire } from "node:module";
import { expect } from "chai";
import * as fc from "fast-check";
import { type JavaScriptValue, ListValue, NullValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { readCrd } from "../../components/metrics/crd-files";
import { useLinearStructs, useOwnStructs } from "../../runtime/linear-structs";

type WireObject = Record<string, JavaScriptValue>;

/** Any that UTF-8 has; fast-check's own take a second to make. */
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff })).map(
    (code) => String.fromCodePoint(code),
    // By this fast-check finds texts that are known for trouble among those that it can make; -1 is none of the codes.
    (text) => {
        const code = typeof text === "string" ? (text.codePointAt(0) ?? -1) : -1;
        return code >= 0 && String.fromCodePoint(code) === text ? code : -1;
    },
);
const key = fc.string({ unit: "grapheme", maxLength: 5 }).filter((name) => name !== "__proto__");
const { value } = fc.letrec<{ value: JavaScriptValue }>((tie) => ({
    value: fc.oneof(
        { depthSize: "medium" },
        fc.constant(null),
        fc.boolean(),
        fc.double(),
        fc.string({ unit: codePoint }),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
}));
const object = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });

/** Runs with google-protobuf's own implementation. */
function byOwn<T>(work: () => T): T {
    useOwnStructs();
    try {
        return work();
    } finally {
        useLinearStructs();
    }
}

/** A message that holds a Struct, as they come over the wire. */
function inMessage(struct: Struct): Uint8Array {
    const request = new RegisterResourceRequest();
    request.setType("kubernetes:core/v1:ConfigMap");
    request.setObject(struct);
    request.setCustom(true);
    return request.serializeBinary();
}

const ofMessage = (bytes: Uint8Array): Struct => {
    const struct = RegisterResourceRequest.deserializeBinary(bytes).getObject();
    if (struct === undefined) {
        throw new Error("The message holds no Struct.");
    }
    return struct;
};

describe("Structs at linear cost", () => {
    before(useLinearStructs);

    it("are written byte for byte as by google-protobuf", () => {
        fc.assert(
            fc.property(object, (map) => {
                const expected = byOwn(() => inMessage(Struct.fromJavaScript(map)));
                expect(Buffer.from(inMessage(Struct.fromJavaScript(map))).equals(expected)).to.equal(true);
            }),
        );
    });

    it("are read as by google-protobuf", () => {
        fc.assert(
            fc.property(object, (map) => {
                const bytes = byOwn(() => inMessage(Struct.fromJavaScript(map)));
                const expected = byOwn(() => ofMessage(bytes).toJavaScript());
                expect(ofMessage(bytes).toJavaScript()).to.deep.equal(expected);
            }),
        );
    });

    it("have their keys in the same order, whatever the one on the wire is", () => {
        const entry = (name: string): Buffer => {
            const bytes = Struct.fromJavaScript({ [name]: { b: 1, a: 2 } }).serializeBinary();
            return Buffer.from(bytes);
        };
        const bytes = Buffer.concat(["b", "c", "a"].map(entry));
        const read = (): string => JSON.stringify(Struct.deserializeBinary(bytes).toJavaScript());
        expect(read()).to.equal('{"a":{"a":2,"b":1},"b":{"a":2,"b":1},"c":{"a":2,"b":1}}');
        expect(byOwn(read)).to.equal(read());
    });

    it("pass on what they were read from", () => {
        fc.assert(
            fc.property(object, (map) => {
                const bytes = inMessage(Struct.fromJavaScript(map));
                expect(Buffer.from(inMessage(ofMessage(bytes))).equals(bytes)).to.equal(true);
            }),
        );
    });

    it("give their messages to whoever asks for them, and keep what is changed there", () => {
        const struct = Struct.fromJavaScript({ kept: [1, { deep: "x" }], changed: "before" });
        expect(struct.getFieldsMap().get("kept")?.getListValue()?.getValuesList()).to.have.length(2);
        struct.getFieldsMap().set("changed", Value.fromJavaScript("after"));
        struct.getFieldsMap().set("added", Value.fromJavaScript({ nested: null }));
        const expected = { kept: [1, { deep: "x" }], changed: "after", added: { nested: null } };
        expect(struct.toJavaScript()).to.deep.equal(expected);
        expect(ofMessage(inMessage(struct)).toJavaScript()).to.deep.equal(expected);
    });

    it("take messages that were put together by hand", () => {
        const struct = new Struct();
        struct.getFieldsMap().set("list", new Value().setListValue(ListValue.fromJavaScript(["a", { b: 1 }])));
        struct.getFieldsMap().set("none", new Value().setNullValue(NullValue.NULL_VALUE));
        expect(ofMessage(inMessage(struct)).toJavaScript()).to.deep.equal({ list: ["a", { b: 1 }], none: null });
    });

    it("keep the value of the time when they were made", () => {
        const map = { list: ["before"] };
        const struct = Struct.fromJavaScript(map);
        map.list.push("after");
        expect(struct.toJavaScript()).to.deep.equal({ list: ["before"] });
    });

    it("refuse what the wire has no form for, at once", () => {
        for (const odd of [undefined, () => 1, 1n, Symbol("s")]) {
            const map = { outer: [{ odd }] } as unknown as WireObject;
            expect(() => Struct.fromJavaScript(map)).to.throw(/can't hold a value of type/);
        }
        const nothing = new Struct();
        nothing.getFieldsMap().set("nothing", new Value());
        expect(() => ofMessage(inMessage(nothing)).toJavaScript()).to.throw("A Struct holds a value of no kind.");
    });

    it("carry a CRD both ways in a fraction of google-protobuf's time", () => {
        const definition = readCrd("thanosrulers") as unknown as WireObject;
        const timed = (): { result: WireObject; cpu: number } => {
            const before = process.cpuUsage();
            const result = ofMessage(inMessage(Struct.fromJavaScript(definition))).toJavaScript();
            return { result, cpu: process.cpuUsage(before).user };
        };
        const own = byOwn(timed);
        const linear = timed();
        expect(linear.result).to.deep.equal(own.result);
        // Measured: a ninth.
        expect(linear.cpu).to.be.below(own.cpu / 2);
    });

    it("are those of the SDK: there is one google-protobuf", () => {
        const sdk = createRequire(require.resolve("@pulumi/pulumi"));
        const name = "google-protobuf/google/protobuf/struct_pb";
        expect(sdk.resolve(name)).to.equal(require.resolve(name));
    });
});
