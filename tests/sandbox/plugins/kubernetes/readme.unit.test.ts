import { expect } from "chai";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { tableRows } from "./readme-table";

describe("README.md of the Kubernetes stand-in", () => {
    const file = path.resolve(__dirname, "../../../../sandbox/plugins/kubernetes/README.md");
    const compact = (line: string): string => line.replaceAll(/ +/g, " ").trim();

    it("has exactly the rows of table.ts, with their replace-on-change fields and wait rules", () => {
        const lines = readFileSync(file, "utf8").split("\n").map(compact);
        expect(lines.filter((line) => /^\| (\w[\w.]*\/)?v\d\w* [A-Z]/.test(line))).to.deep.equal(tableRows());
    });
});
