import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
    begunEarlier,
    clearJournal,
    journalVariable,
    noteBegun,
    readBegun,
    readLost,
    settleJournal,
} from "../../../../sandbox/plugins/provider/journal";
import { ProviderError } from "../../../../sandbox/plugins/provider/types";

describe("the journal of the plugins", () => {
    let folder: string;

    beforeEach(() => {
        folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "perch-journal-test-")), "journal");
        process.env[journalVariable] = folder;
    });
    afterEach(() => {
        Reflect.deleteProperty(process.env, journalVariable);
        fs.rmSync(path.dirname(folder), { recursive: true });
    });

    it("tells what was begun, but for a line that a full disk cut off", () => {
        noteBegun("create", "urn:a");
        noteBegun("delete", "urn:b");
        fs.appendFileSync(path.join(folder, "begun.jsonl"), '{"change":"create","urn":"urn:c');
        noteBegun("create", "urn:d");
        expect(readBegun(folder).map(({ change, urn }) => `${change} ${urn}`)).to.deep.equal([
            "create urn:a",
            "delete urn:b",
            "create urn:d",
        ]);
    });

    it("hands lost creations to the next run, and begins anew", () => {
        const at = new Date("2026-01-01T10:00:00Z");
        noteBegun("create", "urn:a");
        settleJournal(folder, { "urn:a": at });
        expect(begunEarlier("urn:a")).to.deep.equal(at);
        expect(begunEarlier("urn:b")).to.equal(undefined);
        expect(readBegun(folder)).to.deep.equal([]);
        clearJournal(folder);
        expect(readLost(folder)).to.deep.equal({});
    });

    it("keeps a change from being begun that can't be noted", () => {
        fs.writeFileSync(folder, "a file in place of the folder");
        expect(() => {
            noteBegun("create", "urn:a");
        }).to.throw(ProviderError, folder);
    });

    it("is none without its variable", () => {
        Reflect.deleteProperty(process.env, journalVariable);
        noteBegun("create", "urn:a");
        expect(fs.existsSync(folder)).to.equal(false);
        expect(begunEarlier("urn:a")).to.equal(undefined);
    });
});
