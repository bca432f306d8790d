import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { UserError } from "../cli/errors";
import { resourceCount } from "./engine";
import { runDir } from "./paths";
import { readIfExists, readJsonIfValid, writePrivateFileIfChanged } from "./processes";

/** How pods of the sandbox's own cluster run: `simulated` ones have no containers, `real` ones run on a node of this machine. */
export const podsKinds = ["simulated", "real"] as const;

export type PodsKind = (typeof podsKinds)[number];

const targetSchema = z.discriminatedUnion("kind", [
    /** The sandbox's own cluster, by how its pods run. */
    z.object({ kind: z.enum(podsKinds) }),
    /** A cluster of the user's. */
    z.object({
        kind: z.literal("own"),
        /** UID of its namespace kube-system, which no other cluster has and which lasts as long as the cluster. */
        clusterUid: z.string(),
        /** Of the kubeconfig, for messages only: contexts are renamed, and say nothing of which cluster it is. */
        context: z.string(),
        server: z.string(),
    }),
]);

/** Where the sandbox deploys its stack. */
export type Target = z.output<typeof targetSchema>;

export type TargetKind = Target["kind"];

/** A cluster of the user's as a target. */
export type OwnTarget = Extract<Target, { kind: "own" }>;

/** In which words a command asks for it. */
const asking: Readonly<Record<TargetKind, { what: string; up: string }>> = {
    simulated: { what: "PODS=simulated", up: "make up PODS=simulated" },
    real: { what: "PODS=real", up: "make up PODS=real" },
    own: { what: "SANDBOX=kubeconfig", up: "SANDBOX=kubeconfig make up" },
};

/** The target for a message, e.g. `your cluster of context "k3s" (https://10.0.0.1:6443)`. */
export function describeTarget(target: Target): string {
    switch (target.kind) {
        case "simulated":
            return "its own cluster with simulated pods";
        case "real":
            return "its own cluster with real pods";
        case "own":
            return `your cluster of context "${target.context}" (${target.server})`;
    }
}

/**
 * What the environment and the command line ask for; `undefined`: nothing.
 * @throws UserError for an unknown value of SANDBOX, and for one that the pods contradict
 */
export function askedTarget(pods?: PodsKind, env: NodeJS.ProcessEnv = process.env): TargetKind | undefined {
    const { SANDBOX: given = "" } = env;
    if (given === "") {
        return pods;
    }
    if (given !== "kubeconfig") {
        throw new UserError(
            `SANDBOX=${given} isn't known: leave it unset for the embedded cluster, or set SANDBOX=kubeconfig for your own.`,
        );
    }
    if (pods !== undefined) {
        throw new UserError("With SANDBOX=kubeconfig the pods are those of your cluster: leave PODS unset.");
    }
    return "own";
}

function filesIn(folder: string): { target: string; earlier: string } {
    return {
        target: path.join(folder, "target.json"),
        // An earlier version wrote the kind of pods only, and only for the sandbox's own cluster.
        earlier: path.join(folder, "pods"),
    };
}

/**
 * The target that was written down last.
 * @throws UserError when it can't be read: the stack may be anywhere then
 */
export function readTarget(folder = runDir): Target | undefined {
    const { target: file, earlier } = filesIn(folder);
    if (readIfExists(file) === undefined) {
        const pods = readIfExists(earlier)?.trim();
        const kind = podsKinds.find((known) => known === pods);
        return kind === undefined ? undefined : { kind };
    }
    const read = targetSchema.safeParse(readJsonIfValid(file));
    if (!read.success) {
        throw new UserError(
            `${file} doesn't say where the sandbox deploys: another version of Perch wrote it, or it is damaged. ` +
                'Use that version, or remove the sandbox with "make clean"; in a cluster of your own the stack would stay.',
        );
    }
    return read.data;
}

/** Remembers it for all commands, until the stack is destroyed. */
export function keepTarget(target: Target, folder = runDir): void {
    const { target: file, earlier } = filesIn(folder);
    writePrivateFileIfChanged(file, `${JSON.stringify(target)}\n`);
    fs.rmSync(earlier, { force: true });
}

/** The next `make up` chooses anew. */
export function forgetTarget(folder = runDir): void {
    for (const file of Object.values(filesIn(folder))) {
        fs.rmSync(file, { force: true });
    }
}

/**
 * Of the target that was written down, whether it binds: the sandbox's own cluster does while its data are there, a cluster
 * of the user's only while there is something of the stack in it. A preview, or a failed start, hasn't chosen it for good.
 * @param resources how many the state of the stack has
 */
export function bindingTarget(written: Target | undefined, resources: number): Target | undefined {
    return written?.kind === "own" && resources === 0 ? undefined : written;
}

/** Where the stack is; `undefined`: nowhere yet, or not any more. @throws UserError when that can't be read */
export function keptTarget(): Target | undefined {
    return bindingTarget(readTarget(), resourceCount());
}

/**
 * The kept target, for a command that asks for one or for none.
 * @throws UserError when it asks for another one
 */
export function agreedTarget(asked: TargetKind | undefined, kept: Target | undefined): Target | undefined {
    if (asked !== undefined && kept !== undefined && asked !== kept.kind) {
        const { what, up } = asking[asked];
        throw new UserError(
            `This sandbox deploys to ${describeTarget(kept)}, and ${what} asks for another place, where its stack can't move. ` +
                `Go on without ${what}, or take the stack down first ("make down"), then "${up}".`,
        );
    }
    return kept;
}

/**
 * The kind of target that a command works on: that of the kept one, else what it asks for, else simulated pods.
 * @param resources how many the state of the stack has
 * @throws UserError when it asks for another one than is kept, and when there is a stack but nothing says where
 */
export function chooseKind(asked: TargetKind | undefined, kept: Target | undefined, resources: number): TargetKind {
    const chosen = agreedTarget(asked, kept)?.kind ?? asked;
    if (chosen === undefined && resources > 0) {
        throw new UserError(
            `The sandbox's stack has ${resources} resources, but an earlier version of Perch didn't write down where. ` +
                `Say it once: ${asking.own.what} if they are in your own cluster, of the current context; ` +
                `${asking.simulated.what} or ${asking.real.what} if they are in the sandbox's.`,
        );
    }
    return chosen ?? "simulated";
}

/**
 * Checks that the cluster of the current context is the one that the stack is in.
 * @throws UserError when it is another one
 */
export function requireSameCluster(kept: OwnTarget, current: OwnTarget): void {
    if (kept.clusterUid !== current.clusterUid) {
        throw new UserError(
            `The sandbox's stack is in ${describeTarget(kept)}, and the current context "${current.context}" ` +
                `(${current.server}) is another cluster, which is left alone. Go back by "kubectl config use-context" or ` +
                'KUBECONFIG; if the stack\'s cluster is gone for good, "make clean" forgets it.',
        );
    }
}
