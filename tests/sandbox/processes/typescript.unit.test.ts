import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { typescriptProgram } from "../../../sandbox/processes";

describe("a program in TypeScript", () => {
    it("is run with the loader's URL: a path isn't one in a checkout with # or % in its path", () => {
        const [flag, loader = "", ...rest] = typescriptProgram("/a#b/main.ts", "an argument");
        expect(flag).equals("--import");
        expect(loader).matches(/^file:\/\//);
        expect(fileURLToPath(loader)).equals(require.resolve("tsx"));
        expect(rest).eql(["/a#b/main.ts", "an argument"]);
    });
});
