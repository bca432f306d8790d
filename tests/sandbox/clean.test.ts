import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { projectRoot } from "../../sandbox/paths";

describe("make clean", function () {
    this.timeout(60_000);

    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-clean-test-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    function clean(): { status: number | null; stdout: string; stderr: string } {
        return spawnSync(process.execPath, ["--import", "tsx", "sandbox/cli.ts", "clean"], {
            cwd: projectRoot,
            env: { ...process.env, PERCH_SANDBOX_DIR: folder },
            encoding: "utf8",
        });
    }

    it("removes the run folder", () => {
        fs.mkdirSync(path.join(folder, "logs"));
        expect(clean()).to.include({ status: 0, stdout: `Removed ${folder}\n` });
        expect(fs.existsSync(folder)).equals(false);
    });

    it("removes nothing from a folder that has other things too", () => {
        fs.writeFileSync(path.join(folder, "thesis.tex"), "");
        const { status, stderr } = clean();
        expect(status).equals(1);
        expect(stderr).matches(/^Nothing is removed: .*\(thesis\.tex\).*\n$/);
        expect(fs.readdirSync(folder)).eql(["thesis.tex"]);
    });
});
