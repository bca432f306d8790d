import * as fs from "node:fs";
import * as path from "node:path";
import { UserError, messageOf } from "../../cli/errors";
import { inCache } from "../paths";
import { freeBytes } from "../processes/files";
import { endProcess, findMarked, identify, isAlive } from "../processes/process-table";

/** A folder for the length of one run: the compiler's caches, drafts, downloads. Gone afterwards, however the run ends. */
export interface Workspace {
    readonly folder: string;
    /** Bytes that were free when it was empty, and what killed runs had left was gone. */
    readonly freeAtStart: number;
    remove(): Promise<void>;
}

/** Marks the compiler's processes as those of a workspace, for when it has to be ended by somebody else. */
export function buildMarker(folder: string): string {
    return `build:${folder}`;
}

/** Makes a {@link Workspace} and sweeps up those of runs that were killed. */
export async function openWorkspace(parent = inCache("work")): Promise<Workspace> {
    try {
        fs.mkdirSync(parent, { recursive: true });
    } catch (error) {
        throw new UserError(
            `Can't make ${parent}: ${messageOf(error)}. ` +
                "Tools are kept there; set XDG_CACHE_HOME to a folder that you can write to.",
        );
    }
    await Promise.all(workspaces(parent, false).map(removeFolder));
    const started = identify(process.pid)?.started ?? "";
    // The name says whose it is, so that there is no moment at which a folder has no owner.
    const folder = fs.mkdtempSync(path.join(parent, `run-${process.pid}-${started.replace("/", "_")}-`));
    return { folder, freeAtStart: freeBytes(folder), remove: () => removeFolder(folder) };
}

/** Workspaces of runs that are at work now. */
export function activeWorkspaces(parent = inCache("work")): string[] {
    return fs.existsSync(parent) ? workspaces(parent, true) : [];
}

function workspaces(parent: string, active: boolean): string[] {
    return fs
        .readdirSync(parent)
        .filter((entry) => {
            const [, pid, started = ""] = /^run-(\d+)-(.*)-[^-]*$/.exec(entry) ?? [];
            return (pid !== undefined && isAlive({ pid: Number(pid), started: started.replace("_", "/") })) === active;
        })
        .map((entry) => path.join(parent, entry));
}

async function removeFolder(folder: string): Promise<void> {
    // The compiler outlives a run that was killed, and would go on writing there.
    for (const { identity } of findMarked(buildMarker(folder))) {
        await endProcess(identity, 1_000);
    }
    await fs.promises.rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
