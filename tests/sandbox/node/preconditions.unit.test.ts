import { expect } from "chai";
import { type MachineFacts, problemsOf } from "../../../sandbox/node/preconditions";
import { runDir } from "../../../sandbox/paths";

const suitable: MachineFacts = {
    platform: "linux",
    uid: 0,
    missingPrograms: [],
    missingControllers: [],
    failedTrials: [],
    availableMemory: 8 * 2 ** 30,
    freeDisk: 50 * 2 ** 30,
};

function problems(facts: Partial<MachineFacts>): string[] {
    return problemsOf({ ...suitable, ...facts });
}

describe("what a machine needs for a real node", () => {
    it("is there on a suitable one", () => {
        expect(problems({})).eql([]);
    });

    it("is Linux: nothing else is looked at elsewhere", () => {
        expect(problems({ platform: "darwin", uid: 501 })).eql(["it runs darwin, and containers need Linux"]);
    });

    it("is told all at once, each with its reason", () => {
        expect(
            problems({
                uid: 1000,
                missingPrograms: ["ip"],
                missingControllers: ["memory", "pids"],
                failedTrials: ["overlay file systems: unknown filesystem type 'overlay'"],
                availableMemory: 2.5 * 2 ** 30,
                freeDisk: 2 ** 30,
            }),
        ).eql([
            "you aren't root, who alone may make namespaces, cgroups and mounts",
            "programs are missing: ip (package iproute2 (Fedora: iproute))",
            "cgroup controllers are missing: memory, pids",
            "it doesn't allow overlay file systems: unknown filesystem type 'overlay'",
            "2.5 GiB of memory are available, 4.0 GiB are needed",
            `1.0 GiB of disk are free below ${runDir}, 5.0 GiB are needed`,
        ]);
    });
});
