import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { projectRoot } from "../../../sandbox/paths";
import { makeRunFolder, requireAccess, requireOwnRunFolder } from "../../../sandbox/processes";

describe("A run folder may be removed", () => {
    let parent: string;
    let folder: string;

    beforeEach(() => {
        parent = fs.mkdtempSync(path.join(os.tmpdir(), "perch-run-folder-"));
        folder = path.join(parent, "run");
    });

    afterEach(() => {
        fs.rmSync(parent, { recursive: true });
    });

    function put(...names: string[]): void {
        fs.mkdirSync(folder, { recursive: true });
        for (const name of names) {
            fs.writeFileSync(path.join(folder, name), "");
        }
    }

    it("when the sandbox has made it, whatever is in it", () => {
        makeRunFolder(folder);
        expect(fs.statSync(folder).mode & 0o777).equals(0o700);
        put("anything");
        requireOwnRunFolder(folder);
    });

    it("when it was there, but empty", () => {
        put();
        makeRunFolder(folder);
        put("anything");
        requireOwnRunFolder(folder);
    });

    it("when an earlier version made it", () => {
        put("Pulumi.local.yaml", "logs", "ports.json", "sandbox.lock", "sandbox.holder.json", "trial-Ab3xYz");
        put("target.json", "target.json.4711.tmp");
        makeRunFolder(folder);
        requireOwnRunFolder(folder);
    });

    it("not when there is something else, also after a run: that is told with some of it", () => {
        put("a.jpg", "b.jpg", "c.jpg", "d.jpg", "logs");
        makeRunFolder(folder);
        put("target.json");
        expect(() => {
            requireOwnRunFolder(folder);
        })
            .throws(UserError)
            .with.property("message")
            .that.matches(/^Nothing is removed: .*\(a\.jpg, b\.jpg, c\.jpg and 1 more\).*"make down"/);
    });
});

describe("A run folder can be used", () => {
    /** Of who has nothing. */
    const nobody = 65_534;
    let parent: string;

    beforeEach(() => {
        parent = fs.mkdtempSync(path.join(os.tmpdir(), "perch-run-folder-"));
    });

    afterEach(() => {
        fs.rmSync(parent, { recursive: true });
    });

    /** A folder of one user with a file of another's, closed to all others. */
    function make(name: string, folderOwner: number, fileOwner: number): string {
        const folder = path.join(parent, name);
        const file = path.join(folder, "ports.json");
        fs.mkdirSync(folder, { mode: 0o700 });
        fs.writeFileSync(file, "{}", { mode: 0o600 });
        fs.chownSync(file, fileOwner, fileOwner);
        fs.chownSync(folder, folderOwner, folderOwner);
        return folder;
    }

    it("by who made it, and where there is none", () => {
        requireAccess("status", path.join(parent, "not", "there"));
        requireAccess("status", make("own", process.getuid?.() ?? 0, process.getuid?.() ?? 0));
    });

    it("by nobody else: that is told with whose it is and what to do", function () {
        if (process.getuid?.() !== 0) {
            // Takes root to be another user.
            this.skip();
        }
        fs.chmodSync(parent, 0o755);
        const folders = [
            make("own", nobody, nobody),
            make("roots", 0, 0),
            make("partly-roots", nobody, 0),
            make("others", 12_345, 12_345),
            path.join(make("closed", 12_345, 12_345), "within"),
        ];
        // Node gives up another user only for good.
        const program = `
            const { requireAccess } = require("./sandbox/processes/run-folder.ts");
            process.setgroups([]);
            process.setgid(${nobody});
            process.setuid(${nobody});
            const told = ${JSON.stringify(folders)}.map((folder) => {
                try {
                    return requireAccess("status", folder) ?? "";
                } catch ({ name, message }) {
                    return name + ": " + message;
                }
            });
            process.stdout.write(JSON.stringify(told));`;
        const printed = execFileSync(process.execPath, ["--import", "tsx", "--eval", program], {
            cwd: projectRoot,
            encoding: "utf8",
        });
        const [own, roots = "", partlyRoots, others = "", within] = JSON.parse(printed) as string[];
        expect(own).equals("");
        expect(roots).matches(
            /^UserError: The sandbox in \S+ was started by root, whose \S+roots is: .*"sudo make status"/,
        );
        expect(partlyRoots).contains("was started by root").and.contains(path.join("partly-roots", "ports.json"));
        expect(others).matches(
            /^UserError: The sandbox in \S+ is another user's, .*\(uid 12345\).* PERCH_SANDBOX_DIR /,
        );
        expect(within).contains("(who that is can't be seen)");
    });
}).timeout(30_000);
