import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { makeRunFolder, requireOwnRunFolder } from "../../../sandbox/processes";

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
