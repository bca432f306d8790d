import { expect } from "chai";
import { incapacitiesOf, type MachineFacts, shortagesOf } from "../../../sandbox/node/preconditions";
import { runDir } from "../../../sandbox/paths";

const suitable: MachineFacts = {
    platform: "linux",
    uid: 0,
    missingPrograms: [],
    missingControllers: [],
    failedTrials: [],
};

const gib = 2 ** 30;

function incapacities(facts: Partial<MachineFacts>): string[] {
    return incapacitiesOf({ ...suitable, ...facts });
}

describe("what a machine must be able to do for a real node", () => {
    it("a suitable one can", () => {
        expect(incapacities({})).eql([]);
    });

    it("is to run Linux: nothing else is looked at elsewhere", () => {
        expect(incapacities({ platform: "darwin", uid: 501 })).eql(["it runs darwin, and containers need Linux"]);
    });

    it("is told all at once, each with its reason", () => {
        expect(
            incapacities({
                uid: 1000,
                missingPrograms: ["ip"],
                missingControllers: ["memory", "pids"],
                failedTrials: ["overlay file systems in memory: unknown filesystem type 'overlay'"],
            }),
        ).eql([
            "you aren't root, who alone may make namespaces, cgroups and mounts",
            "programs are missing: ip (package iproute2 (Fedora: iproute))",
            "cgroup controllers are missing: memory, pids",
            "it doesn't allow overlay file systems in memory: unknown filesystem type 'overlay'",
        ]);
    });
});

describe("the room that the start of a real node takes", () => {
    it("is there with as much as is needed", () => {
        expect(shortagesOf({ availableMemory: 4 * gib, freeDisk: 5 * gib })).eql([]);
    });

    it("is told of memory and disk, each with what there is", () => {
        expect(shortagesOf({ availableMemory: 2.5 * gib, freeDisk: gib })).eql([
            "2.5 GiB of memory are available, 4.0 GiB are needed",
            `1.0 GiB of disk are free below ${runDir}, 5.0 GiB are needed`,
        ]);
    });
});
