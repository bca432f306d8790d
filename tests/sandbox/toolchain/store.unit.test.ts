import { EventEmitter, once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { freeBytes } from "../../../sandbox/processes/files";
import { diskFull, outgrows, requireDisk } from "../../../sandbox/toolchain/disk";
import { draftOf, findStored, store, storedPath, whileAllLocked } from "../../../sandbox/toolchain/store";
import { activeWorkspaces, openWorkspace } from "../../../sandbox/toolchain/workspace";

const never = new AbortController().signal;
const nothing = (): void => undefined;

describe("toolchain: the cache of finished tools", () => {
    let cache: string;

    beforeEach(() => {
        cache = fs.mkdtempSync(path.join(os.tmpdir(), "perch-store-"));
    });

    afterEach(() => {
        fs.rmSync(cache, { recursive: true });
    });

    function made(name: string): string {
        const file = path.join(cache, name);
        fs.writeFileSync(file, "#!/bin/sh\n");
        return file;
    }

    it("keeps a program under its name and version, with what belongs beside it", () => {
        const place = store("etcd", [made("etcd"), made("helper")], cache);
        expect(place).to.equal(storedPath("etcd", cache));
        expect(findStored("etcd", cache)).to.equal(place);
        expect(fs.readdirSync(path.dirname(place))).to.deep.equal(["etcd", "helper"]);
    });

    it("leaves nothing that looks finished when it is stopped half way", () => {
        const absent = path.join(cache, "absent");
        expect(() => store("etcd", [made("etcd"), absent], cache)).to.throw("ENOENT");
        expect(findStored("etcd", cache)).to.equal(undefined);
        expect(fs.readdirSync(cache)).to.deep.equal([]);
    });

    it("takes no draft, and nothing that can't be run, for a tool", () => {
        const draft = `${path.dirname(storedPath("etcd", cache))}.1.draft`;
        fs.mkdirSync(draft);
        fs.writeFileSync(path.join(draft, "etcd"), "half");
        expect(findStored("etcd", cache)).to.equal(undefined);
        fs.mkdirSync(path.dirname(storedPath("etcd", cache)));
        fs.writeFileSync(storedPath("etcd", cache), "not a program", { mode: 0o644 });
        expect(findStored("etcd", cache)).to.equal(undefined);
        expect(store("etcd", [made("etcd")], cache)).to.equal(findStored("etcd", cache));
    });

    it("removes the drafts of runs that were killed when it makes one, but nothing of other tools", () => {
        const target = path.dirname(storedPath("etcd", cache));
        const others = [`${target}.1.2.draft`, `${target}-rc.1.draft`, `${target}.1.drafts`];
        for (const folder of [`${target}.1.draft`, `${target}.4711.draft`, ...others]) {
            fs.mkdirSync(path.join(folder, "bin"), { recursive: true });
        }
        expect(draftOf(target)).to.equal(`${target}.${process.pid}.draft`);
        expect(fs.readdirSync(cache)).to.have.members(others.map((folder) => path.basename(folder)));
        fs.mkdirSync(`${target}.1.draft`);
        store("etcd", [made("etcd")], cache);
        expect(fs.existsSync(`${target}.1.draft`)).to.equal(false);
    });

    it("lets one run make a tool while the other waits", async () => {
        const steps: string[] = [];
        const events = new EventEmitter();
        const [begun, waited] = [once(events, "begun"), once(events, "waited")];
        const first = async (): Promise<void> => {
            steps.push("first begins");
            events.emit("begun");
            await waited;
            steps.push("first ends");
        };
        const second = (): Promise<void> => {
            steps.push("second begins", "second ends");
            return Promise.resolve();
        };
        const wait = () => {
            steps.push("second waits");
            events.emit("waited");
        };
        const atWork = whileAllLocked(["a", "b"], nothing, never, first, cache);
        await begun;
        await Promise.all([atWork, whileAllLocked(["b"], wait, never, second, cache)]);
        expect(steps).to.deep.equal(["first begins", "second waits", "first ends", "second begins", "second ends"]);
    });

    it("frees the locks after a failure, and stops waiting when told to", async () => {
        const failing = whileAllLocked(["a"], nothing, never, () => Promise.reject(new Error("failed")), cache);
        expect(await failing.catch((error: unknown) => (error as Error).message)).to.equal("failed");
        const stop = new AbortController();
        const outcome = await whileAllLocked(
            ["a"],
            nothing,
            never,
            () =>
                whileAllLocked(
                    ["a"],
                    () => {
                        stop.abort(new Error("stopped"));
                    },
                    stop.signal,
                    () => Promise.resolve("never"),
                    cache,
                ).catch((error: unknown) => (error as Error).message),
            cache,
        );
        expect(outcome).to.equal("stopped");
    });

    it("removes its workspace, and sweeps up those whose run was killed but not those at work", async () => {
        const killed = path.join(cache, "run-999999999-boot_1-abcdef");
        fs.mkdirSync(path.join(killed, "compiled"), { recursive: true });
        const first = await openWorkspace(cache);
        const second = await openWorkspace(cache);
        expect(fs.readdirSync(cache).map((entry) => path.join(cache, entry))).to.have.members([
            first.folder,
            second.folder,
        ]);
        expect(activeWorkspaces(cache)).to.have.members([first.folder, second.folder]);
        await first.remove();
        await second.remove();
        expect(activeWorkspaces(cache)).to.deep.equal([]);
        expect(fs.readdirSync(cache)).to.deep.equal([]);
    });

    it("says what doesn't fit, where, how much is needed and free, and what to do", () => {
        expect(() => {
            requireDisk("pulumi, etcd", 5e9, "/cache", 2.14e9);
        }).to.throw(/building pulumi, etcd takes up to 5\.0 GB below \/cache.*2\.1 GB are free.*XDG_CACHE_HOME/);
        expect(() => {
            requireDisk("etcd", 5e9, "/cache", 5e9);
        }).not.to.throw();
        expect(diskFull("etcd", "/cache").message).to.match(
            /disk filled up while etcd.*below \/cache.*run the command again/,
        );
    });

    it("gives up what builds could share at 10 GB; where sharing is wanted and 40 GB are free, only there", () => {
        const run = { freeAtStart: 100e9, free: 94e9, needed: 5e9, shareBuilds: false };
        expect(outgrows({ ...run, free: 95e9 })).to.equal(false);
        expect(outgrows(run)).to.equal(true);
        expect(outgrows({ ...run, shareBuilds: true })).to.equal(false);
        expect(outgrows({ ...run, free: 64e9, shareBuilds: true })).to.equal(true);
        expect(outgrows({ ...run, freeAtStart: 39e9, free: 33e9, shareBuilds: true }), "too little disk").to.equal(
            true,
        );
        expect(outgrows({ ...run, freeAtStart: 40e9, free: 4e9, shareBuilds: true }), "full").to.equal(true);
    });

    it("measures the disk of a folder that isn't there yet", () => {
        expect(freeBytes(path.join(cache, "a", "b"))).to.be.greaterThan(0);
    });
});
