import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { requireFreeSpace } from "../../../sandbox/processes";

describe("Free space on a folder's disk", () => {
    let parent: string;
    let folder: string;

    beforeEach(() => {
        parent = fs.mkdtempSync(path.join(os.tmpdir(), "perch-free-space-"));
        folder = path.join(parent, "not", "there");
    });

    afterEach(() => {
        fs.rmSync(parent, { recursive: true });
    });

    it("is enough: the folder is there then, for this user alone", () => {
        requireFreeSpace(folder, 1);
        expect(fs.statSync(folder).mode & 0o777).to.equal(0o700);
    });

    it("isn't enough: that is told with the folder, what is free and what is needed", () => {
        const { bavail, bsize } = fs.statfsSync(parent);
        const needed = 2 ** 60;
        let message = "";
        try {
            requireFreeSpace(folder, needed);
        } catch (error) {
            expect(error).to.be.instanceOf(UserError);
            ({ message } = error as UserError);
        }
        const [, where, free, wanted, hint] =
            /^Not enough disk space in (\S+): (\d+) MiB are free, (\d+) MiB are needed\. (.*)$/.exec(message) ?? [];
        expect([where, wanted, hint]).to.deep.equal([
            folder,
            String(needed / 2 ** 20),
            "Free some space and run the command again.",
        ]);
        // Others write to this disk, too.
        expect(Number(free)).to.be.closeTo((bavail * bsize) / 2 ** 20, 4096);
    });
});
