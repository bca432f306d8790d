import { expect } from "chai";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { projectRoot } from "../../../sandbox/paths";

describe("make, on a machine without Node", () => {
    it("says what is missing and how to get it", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-makefile-test-"));
        try {
            for (const file of ["Makefile", "package-lock.json"]) {
                fs.copyFileSync(path.join(projectRoot, file), path.join(folder, file));
            }
            const bin = path.join(folder, "bin");
            fs.mkdirSync(bin);
            fs.symlinkSync("/bin/sh", path.join(bin, "sh"));
            const { stdout } = spawnSync("sh", ["-c", "command -v make"], { encoding: "utf8" });
            const env = { PATH: bin };
            const { status, stderr } = spawnSync(stdout.trim(), ["up"], { cwd: folder, env, encoding: "utf8" });
            expect(status).to.equal(2);
            expect(stderr).to.match(/needs Node \d+ or newer with npm.*https:/s);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });
});

describe("make, in a checkout whose path has a question mark", () => {
    it("says so: the TypeScript loader would find no program there", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-makefile-test?-"));
        try {
            fs.copyFileSync(path.join(projectRoot, "Makefile"), path.join(folder, "Makefile"));
            const { status, stderr } = spawnSync("make", ["help"], { cwd: folder, encoding: "utf8" });
            expect(status).to.equal(2);
            expect(stderr).to.contain(`The path of the checkout, ${folder}, has a question mark in it`);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });
});
