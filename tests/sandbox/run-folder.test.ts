import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { projectRoot } from "../../sandbox/paths";

/** Of who has nothing. */
const nobody = 65_534;

interface Result {
    status: number | null;
    stdout: string;
    stderr: string;
}

describe("the run folder", function () {
    this.timeout(120_000);

    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-run-folder-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    function make(command: string, uid = process.getuid?.() ?? 0): Result {
        return spawnSync(process.execPath, ["--import", "tsx", "sandbox/cli.ts", command], {
            cwd: projectRoot,
            env: { ...process.env, PERCH_SANDBOX_DIR: folder },
            encoding: "utf8",
            uid,
        });
    }

    it("is removed by make clean", () => {
        fs.mkdirSync(path.join(folder, "logs"));
        expect(make("clean")).to.include({ status: 0, stdout: `Removed ${folder}\n` });
        expect(fs.existsSync(folder)).equals(false);
    });

    it("stays as it is where it has other things too", () => {
        fs.writeFileSync(path.join(folder, "thesis.tex"), "");
        const { status, stderr } = make("clean");
        expect(status).equals(1);
        expect(stderr).matches(/^Nothing is removed: .*\(thesis\.tex\).*\n$/);
        expect(fs.readdirSync(folder)).eql(["thesis.tex"]);
    });

    it("of another user is told with whose it is, and nothing else is tried", function () {
        const cli = path.join(projectRoot, "sandbox", "cli.ts");
        if (process.getuid?.() !== 0 || spawnSync("test", ["-r", cli], { uid: nobody }).status !== 0) {
            // Takes root to be two users, and a checkout that both can read.
            this.skip();
        }
        fs.writeFileSync(path.join(folder, "ports.json"), "{}", { mode: 0o600 });
        const { status, stderr } = make("status", nobody);
        expect(status).equals(1);
        expect(stderr).matches(/^The sandbox in .* was started by root.*"sudo make status"\..*\n$/);
    });
});
