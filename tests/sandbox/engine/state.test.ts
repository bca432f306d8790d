import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { engineFiles } from "../../../sandbox/engine/home";
import { keepingState, keepState, mendState, resourceCount, stateFile } from "../../../sandbox/engine/state";
import { eventually } from "../support/platform";

const whole = (...urns: string[]): string =>
    JSON.stringify({ version: 3, checkpoint: { latest: { resources: urns.map((urn) => ({ urn })) } } });

/** As the engine's file backend does it: another file takes the place of the old one. */
function replace(text: string): void {
    const draft = `${stateFile()}.next`;
    fs.mkdirSync(path.dirname(draft), { recursive: true });
    fs.writeFileSync(draft, text);
    fs.renameSync(draft, stateFile());
}

const torn = whole("a", "b", "c").slice(0, 60);

describe("the state of a run", () => {
    const reports: string[] = [];
    const mend = () => mendState((message) => reports.push(message));

    beforeEach(() => {
        fs.mkdirSync(engineFiles.home, { recursive: true });
        reports.length = 0;
    });
    afterEach(() => {
        for (const file of [engineFiles.keptState, stateFile()]) {
            fs.rmSync(file, { force: true });
        }
    });

    it("goes back to the newest whole one when a full disk has torn it, and counts as that until then", async () => {
        replace(whole("a"));
        await keepingState(async () => {
            replace(whole("a", "b"));
            await eventually(() => {
                expect(fs.readFileSync(engineFiles.keptState, "utf8")).to.equal(whole("a", "b"));
                return Promise.resolve();
            }, 10);
            replace(torn);
            keepState();
        });
        expect(resourceCount()).to.equal(2);
        expect(mend()).to.equal(true);
        expect(fs.readFileSync(stateFile(), "utf8")).to.equal(whole("a", "b"));
        expect(reports).to.have.lengthOf(1);
        expect(reports[0]).to.match(/gone back to that of \d\d:\d\d:\d\d$/);
    });

    it("stays as it is when it is whole, and nothing is kept after the run", async () => {
        replace(whole("a"));
        await keepingState(() => {
            replace(whole("a", "b"));
            return Promise.resolve();
        });
        expect(mend()).to.equal(false);
        expect(fs.readFileSync(stateFile(), "utf8")).to.equal(whole("a", "b"));
        expect(fs.existsSync(engineFiles.keptState)).to.equal(false);
        expect(reports).to.deep.equal([]);
    });

    it("that is torn when a run begins, or that is gone, isn't made up from what is kept", () => {
        replace(torn);
        keepState();
        expect(mend()).to.equal(false);
        expect(() => resourceCount()).to.throw("can't be read, so nobody knows what is deployed");
        replace(whole("a"));
        keepState();
        fs.rmSync(stateFile());
        expect(mend()).to.equal(false);
        expect(resourceCount()).to.equal(0);
    });

    it("lets the run go on when it can't be kept", async () => {
        replace(whole("a"));
        const ended = await keepingState(async () => {
            fs.rmSync(engineFiles.keptState);
            // Nothing can be put in its place.
            fs.mkdirSync(path.join(engineFiles.keptState, "in-the-way"), { recursive: true });
            replace(whole("a", "b"));
            await sleep(1_500);
            return "ended";
        });
        expect(ended).to.equal("ended");
        fs.rmSync(engineFiles.keptState, { recursive: true });
        expect(fs.readdirSync(engineFiles.home).filter((name) => name.endsWith(".draft"))).to.deep.equal([]);
    });

    it("takes no room of the disk while it is kept", () => {
        replace(whole("a"));
        keepState();
        expect(fs.statSync(engineFiles.keptState).ino).to.equal(fs.statSync(stateFile()).ino);
    });
});
