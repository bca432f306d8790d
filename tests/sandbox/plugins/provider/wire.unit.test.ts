import { expect } from "chai";
import * as fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
    type PropertyValue,
    Secret,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_SENTINEL,
} from "../../../../sandbox/plugins/provider/types";
import { decodeProperties, encodeProperties } from "../../../../sandbox/plugins/provider/wire";

const key = fc.string({ minLength: 1 }).filter((name) => name !== SIGNATURE_KEY && name !== "__proto__");
const { value } = fc.letrec<{ value: PropertyValue }>((tie) => ({
    value: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
        fc.string(),
        fc.constant(UNKNOWN),
        tie("value").map((inner) => new Secret(inner)),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
}));

describe("the wire form of properties", () => {
    it("carries every value both ways", () => {
        fc.assert(
            fc.property(fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }), (map) => {
                const struct = Struct.deserializeBinary(encodeProperties(map).serializeBinary());
                expect(decodeProperties(struct)).to.deep.equal(map);
            }),
        );
    });

    it("marks secrets and unknowns as the engine does", () => {
        const struct = encodeProperties({ password: new Secret("x"), later: UNKNOWN });
        expect(struct.toJavaScript()).to.deep.equal({
            password: { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: "x" },
            later: UNKNOWN_SENTINEL,
        });
    });

    it("takes nothing for an empty map", () => {
        expect(decodeProperties(undefined)).to.deep.equal({});
    });
});
