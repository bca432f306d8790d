import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { cacheFolderOf, defaultRunDir, projectRoot, runDir, runFolderOf } from "../../sandbox/paths";

describe("the folders of the sandbox", () => {
    it("are where the variables say", () => {
        expect(runFolderOf({ PERCH_SANDBOX_DIR: "/srv/second" })).equals("/srv/second");
        expect(runFolderOf({ PERCH_SANDBOX_DIR: "second" })).equals(path.resolve("second"));
        expect(cacheFolderOf({ XDG_CACHE_HOME: "/srv/cache" })).equals("/srv/cache/perch");
    });

    it("are in the checkout and at home without them, and with empty ones", () => {
        for (const empty of [{}, { PERCH_SANDBOX_DIR: "", XDG_CACHE_HOME: "" }]) {
            expect(runFolderOf(empty)).equals(path.join(projectRoot, ".sandbox"));
            expect(cacheFolderOf(empty)).equals(path.join(os.homedir(), ".cache", "perch"));
        }
    });

    it("aren't the checkout's own in a test: a stack may be up there", () => {
        expect(runDir).not.equals(defaultRunDir);
    });

    it("aren't relative to wherever a process runs: such a cache folder is ignored, as the specification says", () => {
        expect(cacheFolderOf({ XDG_CACHE_HOME: "cache" })).equals(cacheFolderOf({}));
    });
});
