import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { engineFiles } from "../../../sandbox/engine/home";
import { type Checkpoint, runChange } from "../../../sandbox/engine/recovery";
import { inRunDir } from "../../../sandbox/paths";
import { type JournalEntry, readLost } from "../../../sandbox/plugins/provider/journal";

const folder = inRunDir("fake-engine");
const [program, state, calls, ailing] = ["pulumi", "state.json", "calls", "ailing"].map((name) =>
    path.join(folder, name),
) as [string, string, string, string];

/** In place of the engine: it keeps a state, and notes what it was asked to change. While it ails, it reads nothing. */
const engine = `#!/bin/sh
echo "$*" >> ${calls}
case "$1 $2" in
    "stack export") cat ${state} ;;
    "stack import") cat > ${state} ;;
    refresh*) test ! -e ${ailing} ;;
esac
`;

const service = {
    urn: "urn:service",
    type: "kubernetes:core/v1:Service",
    inputs: { metadata: { namespace: "m", name: "s" } },
};

function write(resources: object[], pending: object[]): void {
    fs.writeFileSync(state, JSON.stringify({ version: 3, deployment: { resources, pending_operations: pending } }));
}

const resources = () => (JSON.parse(fs.readFileSync(state, "utf8")) as Checkpoint).deployment.resources;

/** The commands since the last look, but for those that only read the state, and without the options of all of them. */
function changes(): string[] {
    const lines = fs.readFileSync(calls, "utf8").replaceAll(" --non-interactive --color never", "").trim().split("\n");
    fs.rmSync(calls);
    return lines.filter((line) => line !== "stack export");
}

describe("a run of the engine after one that was cut off", () => {
    const reports: string[] = [];
    const up = () => runChange({ program, env: process.env }, ["up"], (message) => reports.push(message));
    const refresh = `refresh --yes --skip-preview --target ${service.urn}`;

    beforeEach(() => {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(program, engine, { mode: 0o700 });
        reports.length = 0;
    });
    afterEach(() => {
        for (const place of [folder, engineFiles.journal, engineFiles.unread]) {
            fs.rmSync(place, { recursive: true, force: true });
        }
    });

    it("reads first what became of that, and says so", async () => {
        write([], [{ type: "creating", resource: service }]);
        expect(await up()).to.equal(0);
        expect(changes()).to.deep.equal(["stack import", refresh, "up"]);
        expect(resources().map(({ urn, id }) => [urn, id])).to.deep.equal([[service.urn, "m/s"]]);
        expect(reports).to.deep.equal(["an earlier run was cut off within 1 operation: reading what became of it"]);
        expect(await up()).to.equal(0);
        expect(changes()).to.deep.equal(["up"]);
    });

    it("reads it also when the reading was cut off itself", async () => {
        write([], [{ type: "creating", resource: service }]);
        fs.writeFileSync(ailing, "");
        for (const first of ["stack import", undefined]) {
            const refused = await up().catch((error: unknown) => String(error));
            expect(refused).to.contain(`"pulumi ${refresh}" failed`);
            expect(changes()).to.deep.equal([...(first === undefined ? [] : [first]), refresh]);
        }
        fs.rmSync(ailing);
        expect(await up()).to.equal(0);
        expect(changes()).to.deep.equal([refresh, "up"]);
        expect(fs.existsSync(engineFiles.unread)).to.equal(false);
    });

    it("doesn't ask for what the state hasn't any more", async () => {
        write([], []);
        fs.mkdirSync(engineFiles.home, { recursive: true });
        fs.writeFileSync(engineFiles.unread, JSON.stringify([service.urn]));
        expect(await up()).to.equal(0);
        expect(changes()).to.deep.equal(["up"]);
        expect(fs.existsSync(engineFiles.unread)).to.equal(false);
        expect(reports).to.deep.equal([]);
    });

    it("hands on to the plugins what only their journal tells", async () => {
        write([{ ...service, created: "2026-01-01T00:00:00Z" }], []);
        const entry: JournalEntry = { change: "create", urn: service.urn, at: new Date("2026-01-02T00:00:00Z") };
        fs.mkdirSync(engineFiles.journal, { recursive: true });
        fs.writeFileSync(path.join(engineFiles.journal, "begun.jsonl"), JSON.stringify(entry));
        fs.appendFileSync(program, 'test "$1" != up\n');
        expect(await up()).to.equal(1);
        expect(changes()).to.deep.equal(["up"]);
        expect(readLost(engineFiles.journal)).to.deep.equal({ [service.urn]: entry.at });
    });
});
