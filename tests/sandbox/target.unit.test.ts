import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../cli/errors";
import { resourceCount } from "../../sandbox/engine";
import {
    agreedTarget,
    askedTarget,
    bindingTarget,
    chooseKind,
    forgetTarget,
    keepTarget,
    type OwnTarget,
    readTarget,
    requireSameCluster,
    type Target,
    type TargetKind,
} from "../../sandbox/target";

const own: OwnTarget = { kind: "own", clusterUid: "uid-1", context: "k3s", server: "https://10.0.0.1:6443" };
const targets: readonly Target[] = [{ kind: "simulated" }, { kind: "real" }, own];

/** Every kind that can be asked for, with the words for it. */
const asked: readonly (readonly [TargetKind, string, string])[] = [
    ["simulated", "PODS=simulated", "make up PODS=simulated"],
    ["real", "PODS=real", "make up PODS=real"],
    ["own", "SANDBOX=kubeconfig", "SANDBOX=kubeconfig make up"],
];

function refusal(work: () => unknown): string {
    try {
        return `none: ${JSON.stringify(work())}`;
    } catch (error) {
        return error instanceof UserError ? error.message : `not for the user: ${String(error)}`;
    }
}

describe("what a command asks for", () => {
    it("is a cluster of the user's, or a kind of pods, or nothing", () => {
        expect(askedTarget(undefined, {})).equals(undefined);
        expect(askedTarget(undefined, { SANDBOX: "" })).equals(undefined);
        expect(askedTarget("real", {})).equals("real");
        expect(askedTarget("simulated", {})).equals("simulated");
        expect(askedTarget(undefined, { SANDBOX: "kubeconfig" })).equals("own");
    });

    it("is one of these, and not two at once", () => {
        expect(refusal(() => askedTarget(undefined, { SANDBOX: "k3d" }))).equals(
            "SANDBOX=k3d isn't known: leave it unset for the embedded cluster, or set SANDBOX=kubeconfig for your own.",
        );
        for (const pods of ["simulated", "real"] as const) {
            expect(refusal(() => askedTarget(pods, { SANDBOX: "kubeconfig" }))).equals(
                "With SANDBOX=kubeconfig the pods are those of your cluster: leave PODS unset.",
            );
        }
    });
});

describe("where the sandbox deploys", () => {
    it("is chosen by the first command: as asked for, else simulated pods", () => {
        expect(chooseKind(undefined, undefined, 0)).equals("simulated");
        expect(asked.map(([kind]) => chooseKind(kind, undefined, 0))).eql(asked.map(([kind]) => kind));
    });

    it("is followed by each later command that asks for nothing, or for the same", () => {
        for (const kept of targets) {
            expect(chooseKind(undefined, kept, 57)).equals(kept.kind);
            expect(chooseKind(kept.kind, kept, 57)).equals(kept.kind);
            expect(agreedTarget(undefined, kept)).equals(kept);
        }
    });

    it("isn't left for another place: each contradiction says what is where, what was asked, and what to do", () => {
        const places = {
            simulated: "its own cluster with simulated pods",
            real: "its own cluster with real pods",
            own: 'your cluster of context "k3s" (https://10.0.0.1:6443)',
        };
        const contradictions = targets.flatMap((kept) =>
            asked.filter(([kind]) => kind !== kept.kind).map(([kind, what, up]) => ({ kept, kind, what, up })),
        );
        expect(contradictions).length(6);
        for (const { kept, kind, what, up } of contradictions) {
            const message =
                `This sandbox deploys to ${places[kept.kind]}, and ${what} asks for another place, where its stack can't move. ` +
                `Go on without ${what}, or take the stack down first ("make down"), then "${up}".`;
            expect(refusal(() => agreedTarget(kind, kept))).equals(message);
            expect(refusal(() => chooseKind(kind, kept, 57))).equals(message);
        }
    });

    it("must be said for a stack of which nothing was written down", () => {
        expect(refusal(() => chooseKind(undefined, undefined, 57))).equals(
            "The sandbox's stack has 57 resources, but an earlier version of Perch didn't write down where. " +
                "Say it once: SANDBOX=kubeconfig if they are in your own cluster, of the current context; " +
                "PODS=simulated or PODS=real if they are in the sandbox's.",
        );
        expect(asked.map(([kind]) => chooseKind(kind, undefined, 57))).eql(asked.map(([kind]) => kind));
    });

    it("isn't a cluster of the user's in which nothing is: a preview there doesn't choose it for the next make up", () => {
        expect(bindingTarget(own, 0)).equals(undefined);
        expect(bindingTarget(own, 1)).equals(own);
        expect(bindingTarget({ kind: "simulated" }, 0)).eql({ kind: "simulated" });
        expect(bindingTarget({ kind: "real" }, 0)).eql({ kind: "real" });
    });

    it("is that cluster, whatever its context is called, and no other one", () => {
        requireSameCluster(own, { ...own, context: "renamed", server: "https://127.0.0.1:6443" });
        const other: OwnTarget = { ...own, clusterUid: "uid-2" };
        expect(
            refusal(() => {
                requireSameCluster(own, { ...other, context: "prod", server: "https://prod" });
            }),
        ).equals(
            'The sandbox\'s stack is in your cluster of context "k3s" (https://10.0.0.1:6443), and the current context "prod" ' +
                '(https://prod) is another cluster, which is left alone. Go back by "kubectl config use-context" or ' +
                'KUBECONFIG; if the stack\'s cluster is gone for good, "make clean" forgets it.',
        );
        // One that was made anew under its old name.
        expect(
            refusal(() => {
                requireSameCluster(own, other);
            }),
        ).contains("is another cluster");
    });
});

describe("in the run folder", () => {
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-target-test-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("each target is read as it was kept, until it is forgotten", () => {
        expect(readTarget(folder)).equals(undefined);
        for (const target of targets) {
            keepTarget(target, folder);
            expect(readTarget(folder)).eql(target);
        }
        forgetTarget(folder);
        expect(readTarget(folder)).equals(undefined);
        expect(fs.readdirSync(folder)).eql([]);
    });

    it("an earlier version's kind of pods counts, until a target is kept or forgotten", () => {
        const earlier = path.join(folder, "pods");
        for (const kind of ["simulated", "real"] as const) {
            fs.writeFileSync(earlier, `${kind}\n`);
            expect(readTarget(folder)).eql({ kind });
        }
        keepTarget({ kind: "real" }, folder);
        expect(fs.readdirSync(folder)).eql(["target.json"]);
        fs.writeFileSync(earlier, "simulated\n");
        forgetTarget(folder);
        expect(fs.readdirSync(folder)).eql([]);
    });

    it("a target that can't be read is an error, not none", () => {
        const file = path.join(folder, "target.json");
        for (const text of ["", "{", '{"kind":"elsewhere"}', '{"kind":"own"}']) {
            fs.writeFileSync(file, text);
            expect(
                refusal(() => readTarget(folder)),
                text,
            ).match(/^\/.*target\.json doesn't say where the sandbox deploys: /);
        }
    });

    it("the state tells how many resources the stack has; one that can't be read is an error, not none", () => {
        const file = path.join(folder, "local.json");
        const count = (latest: unknown): number => {
            fs.writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { stack: "s", latest } }));
            return resourceCount(file);
        };
        expect(resourceCount(file)).equals(0);
        expect(count(undefined)).equals(0);
        // As destroy leaves it.
        expect(count({ manifest: {} })).equals(0);
        expect(count({ manifest: {}, resources: [{ urn: "a" }, { urn: "b" }] })).equals(2);
        for (const text of ["", "{", '{"version":3}', '{"checkpoint":{"latest":{"resources":5}}}']) {
            fs.writeFileSync(file, text);
            expect(
                refusal(() => resourceCount(file)),
                text,
            ).match(/can't be read, so nobody knows what is deployed/);
        }
    });
});
