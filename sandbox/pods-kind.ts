import * as fs from "node:fs";
import { UserError } from "../cli/errors";
import { inRunDir } from "./paths";
import { readIfExists, writePrivateFileIfChanged } from "./processes";

/** How pods run: `simulated` ones have no containers, `real` ones run on a node of this machine. */
export const podsKinds = ["simulated", "real"] as const;

export type PodsKind = (typeof podsKinds)[number];

const file = inRunDir("pods");

/** How the pods of the sandbox run that is up; `undefined`: none is. */
export function keptPodsKind(): PodsKind | undefined {
    const kept = readIfExists(file)?.trim();
    return podsKinds.find((kind) => kind === kept);
}

/**
 * How pods shall run: as asked for, else as they do already, else simulated.
 * @throws UserError when they run in another way than asked for
 */
export function choosePodsKind(asked: PodsKind | undefined): PodsKind {
    const kept = keptPodsKind();
    if (asked !== undefined && kept !== undefined && asked !== kept) {
        throw new UserError(
            `The sandbox is up with PODS=${kept}: what is deployed there can't move to PODS=${asked}. ` +
                `Take it down first ("make down", or "make clean" without its data), then "make up PODS=${asked}".`,
        );
    }
    return asked ?? kept ?? "simulated";
}

/** Remembers it until the sandbox is taken down. */
export function keepPodsKind(kind: PodsKind): void {
    writePrivateFileIfChanged(file, `${kind}\n`);
}

/** The next `make up` chooses anew. */
export function forgetPodsKind(): void {
    fs.rmSync(file, { force: true });
}
