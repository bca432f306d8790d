import { expect } from "chai";
import { mergeStackFile, parseStackFile } from "../../../sandbox/engine/stack-config";

const merged = (base: object, before: object, current: object) =>
    mergeStackFile(base as Record<string, unknown>, before as Record<string, unknown>, {
        config: current as Record<string, unknown>,
        encryptionsalt: "v1:x",
    });

describe("the stack file of a run", () => {
    it("follows the committed file and the sandbox where the user changed nothing", () => {
        const result = merged({ a: 2, port: 5 }, { a: 1, port: 4 }, { a: 1, port: 4 });
        expect(result).to.deep.equal({ config: { a: 2, port: 5 }, encryptionsalt: "v1:x" });
    });

    it("keeps what the user set, encrypted values too", () => {
        const result = merged({ a: 2 }, { a: 1 }, { a: 9, "perch:smtpPassword": { secure: "v1:..." }, own: true });
        expect(result.config).to.deep.equal({ a: 9, "perch:smtpPassword": { secure: "v1:..." }, own: true });
    });

    it("keeps what the user removed away, and drops what the committed file dropped", () => {
        expect(merged({ a: 1, b: 1 }, { a: 1, b: 1 }, { a: 1 }).config).to.deep.equal({ a: 1 });
        expect(merged({ a: 1 }, { a: 1, b: 1 }, { a: 1, b: 1 }).config).to.deep.equal({ a: 1 });
    });

    it("is refused by name when it is no YAML", () => {
        expect(parseStackFile("", "f.yaml").config).to.deep.equal({});
        expect(() => parseStackFile("a: [", "f.yaml")).to.throw("f.yaml is no stack file");
    });
});
