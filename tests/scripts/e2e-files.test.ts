import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { z } from "zod";

const root = path.resolve(__dirname, "..", "..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read("package.json")));

const workflow = z
    .object({
        jobs: z.object({ e2e: z.object({ strategy: z.object({ matrix: z.object({ part: z.array(z.string()) }) }) }) }),
    })
    .parse(parse(read(".github/workflows/ci.yaml")));

describe("The e2e files", () => {
    it("run in CI, each once: in npm run e2e, which .ci/run starts, or in a part of the workflow's job", () => {
        const lanes = (scripts.e2e ?? "").split(" ").flatMap((word) => /^npm:(e2e:.*)$/.exec(word)?.[1] ?? []);
        expect(lanes).to.not.deep.equal([]);
        const inLanes = lanes.map((lane) => /tests\/e2e\/(\S+)\.test\.ts$/.exec(scripts[lane] ?? "")?.[1] ?? lane);
        const files = readdirSync(path.join(root, "tests", "e2e")).flatMap(
            (file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? [],
        );
        expect([...inLanes, ...workflow.jobs.e2e.strategy.matrix.part].sort()).to.deep.equal(files.sort());
    });
});
