import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { ensureBundle } from "../../../sandbox/engine/bundles";
import { projectRoot } from "../../../sandbox/paths";

describe("Bundles of the sandbox's programs", () => {
    let folder: string;
    let entry: string;
    let bundle: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-bundle-test-"));
        entry = path.relative(projectRoot, path.join(folder, "main.ts"));
        bundle = path.join(folder, "out", "main.cjs");
        fs.writeFileSync(path.join(folder, "main.ts"), 'import { word } from "./word";\nconsole.log(word);\n');
        fs.writeFileSync(path.join(folder, "word.ts"), 'export const word = "first";\n');
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    const output = () => execFileSync(process.execPath, [bundle], { encoding: "utf8" }).trim();

    it("are made anew when a file that they are made of has changed, wherever it is, and else not", async () => {
        await ensureBundle(entry, bundle);
        expect(output()).to.equal("first");
        const made = fs.statSync(bundle).mtimeMs;
        await ensureBundle(entry, bundle);
        expect(fs.statSync(bundle).mtimeMs).to.equal(made);
        fs.writeFileSync(path.join(folder, "word.ts"), 'export const word = "second";\n');
        await ensureBundle(entry, bundle);
        expect(output()).to.equal("second");
    });

    it("are made anew when they are gone, or what is noted of them can't be read", async () => {
        await ensureBundle(entry, bundle);
        fs.rmSync(bundle);
        await ensureBundle(entry, bundle);
        expect(output()).to.equal("first");
        fs.writeFileSync(bundle, "");
        fs.writeFileSync(`${bundle}.json`, '{"target": "no');
        await ensureBundle(entry, bundle);
        expect(output()).to.equal("first");
    });

    it("say what they can't be made of", async () => {
        fs.writeFileSync(path.join(folder, "word.ts"), "export const word = ;\n");
        const message = await ensureBundle(entry, bundle).then(
            () => "",
            (error: unknown) => String(error),
        );
        expect(message).to.match(/^UserError: Can't bundle .*main\.ts: .*word\.ts:1:/s);
    });
});
