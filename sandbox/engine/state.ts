import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { hasCode, UserError } from "../../cli/errors";
import { projectRoot } from "../paths";
import { linkOrCopy, readIfExists, readJsonIfValid } from "../processes";
import { engineFiles } from "./home";
import { STACK } from "./stack-config";

/** How often a run's state is looked at, for the newest whole one. */
const keepEveryMs = 1_000;

/** The program's `Pulumi.yaml`. */
export const projectFile = path.join(projectRoot, "Pulumi.yaml");

/** Where the file backend of the engine keeps the state of the stack. */
export function stateFile(): string {
    const project = /^name:\s*(\S+)/m.exec(fs.readFileSync(projectFile, "utf8"))?.[1] ?? "perch";
    return path.join(engineFiles.state, ".pulumi", "stacks", project, `${STACK}.json`);
}

/** The state as the engine writes it; `latest` is absent before the first run. */
const stateSchema = z.object({
    checkpoint: z.object({ latest: z.object({ resources: z.array(z.unknown()).default([]) }).nullish() }),
});

/** The resources in a file of the state; `undefined`: it isn't there, or is torn. */
function resourcesIn(file: string): unknown[] | undefined {
    const state = stateSchema.safeParse(readJsonIfValid(file));
    return state.success ? (state.data.checkpoint.latest?.resources ?? []) : undefined;
}

/**
 * How many resources the stack has; 0 when there is no stack. Read without the engine, which may be of another version by now.
 * @throws UserError when the state can't be read: that isn't the same as none
 */
export function resourceCount(file = stateFile(), kept: string = engineFiles.keptState): number {
    if (readIfExists(file) === undefined) {
        return 0;
    }
    const resources = resourcesIn(file) ?? resourcesIn(kept);
    if (resources === undefined) {
        throw new UserError(
            `The state of the stack in ${file} can't be read, so nobody knows what is deployed. ` +
                `The engine keeps the one before it as ${path.basename(file)}.bak beside it.`,
        );
    }
    return resources.length;
}

/**
 * Keeps the state as it is, if it is whole. The engine's file backend means to replace it in one step, but on a full disk it puts
 * what it could write in its place, and in its backup's (`Bucket.WriteAll` of gocloud.dev closes a writer that has failed).
 * What is kept is a second name of the same file, so it takes no room.
 */
export function keepState(): void {
    const file = stateFile();
    const draft = `${engineFiles.keptState}.${process.pid}.draft`;
    const current = fs.statSync(file, { throwIfNoEntry: false });
    const kept = fs.statSync(engineFiles.keptState, { throwIfNoEntry: false });
    if (current === undefined || current.ino === kept?.ino) {
        return;
    }
    try {
        fs.rmSync(draft, { force: true });
        linkOrCopy(file, draft);
        if (resourcesIn(draft) !== undefined) {
            fs.renameSync(draft, engineFiles.keptState);
        }
    } catch (error) {
        // The one before stays kept; without one the run that follows says itself that the disk is full.
        if (!hasCode(error, "ENOSPC")) {
            throw error;
        }
    } finally {
        fs.rmSync(draft, { force: true });
    }
}

/** Does some work that changes the state, and keeps the newest whole one meanwhile. */
export async function keepingState<Result>(work: () => Promise<Result>): Promise<Result> {
    keepState();
    const timer = setInterval(() => {
        try {
            keepState();
        } catch {
            // The one before stays kept. Thrown from here, it would end this process and leave the engine alone.
        }
    }, keepEveryMs);
    try {
        return await work();
    } finally {
        clearInterval(timer);
    }
}

/**
 * Goes back to the kept state where a run has left a torn one, and keeps none any more. What the run did since, the journal of the
 * plugins tells.
 * @param report told when it went back
 * @returns whether it did
 */
export function mendState(report: (message: string) => void): boolean {
    const file = stateFile();
    const kept = fs.statSync(engineFiles.keptState, { throwIfNoEntry: false });
    const isTorn = kept !== undefined && fs.existsSync(file) && resourcesIn(file) === undefined;
    if (isTorn) {
        fs.renameSync(engineFiles.keptState, file);
        const time = kept.mtime.toTimeString().slice(0, 8);
        report(`the engine couldn't write the state of the stack whole: gone back to that of ${time}`);
    }
    fs.rmSync(engineFiles.keptState, { force: true });
    return isTorn;
}
