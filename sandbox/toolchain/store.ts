import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as lockfile from "proper-lockfile";
import { hasCode } from "../../cli/errors";
import { inCache } from "../paths";
import { isProgram } from "./on-path";
import { isBuilt, toolOf, type ToolName } from "./tools";

/** A holder that was killed is given up after this time; the shortest that spares a busy machine false alarms. */
const lockOptions = { stale: 10_000, update: 2_000, realpath: false } as const;

/** Where the finished program lies, once it is there. */
export function storedPath(name: ToolName, parent = inCache("bin")): string {
    return path.join(parent, keyOf(name), name);
}

/** What a tool is kept and locked under: of one that distributions choose the version of, there is only one. */
export function keyOf(name: ToolName): string {
    return isBuilt(name) ? `${name}-${toolOf(name).version}` : `${name}-debian`;
}

export function findStored(name: ToolName, parent?: string): string | undefined {
    const file = storedPath(name, parent);
    return isProgram(file) ? file : undefined;
}

/**
 * A place for what becomes the target in one step: beside it, since a rename is one step only within a disk. The drafts of runs that
 * were killed go, so whoever asks must hold the lock of the target.
 */
export function draftOf(target: string): string {
    const [parent, prefix] = [path.dirname(target), `${path.basename(target)}.`];
    fs.mkdirSync(parent, { recursive: true });
    for (const name of fs.readdirSync(parent)) {
        if (name.startsWith(prefix) && /^\d+\.draft$/.test(name.slice(prefix.length))) {
            fs.rmSync(path.join(parent, name), { recursive: true, force: true, maxRetries: 3 });
        }
    }
    return `${target}.${process.pid}.draft`;
}

/**
 * Makes programs part of the cache in one step, so that an interruption or a full disk leaves nothing half-made there.
 * The caller holds the lock of {@link keyOf}.
 * @param files the program, under its name, and what must lie beside it, on the cache's own disk; moved, not copied
 */
export function store(name: ToolName, files: readonly string[], parent?: string): string {
    const target = path.dirname(storedPath(name, parent));
    const draft = draftOf(target);
    fs.mkdirSync(draft);
    try {
        for (const file of files) {
            const place = path.join(draft, path.basename(file));
            fs.renameSync(file, place);
            fs.chmodSync(place, 0o755);
            flush(place);
        }
        // What lies there isn't a program, or the caller, who holds the lock, had found it.
        fs.rmSync(target, { recursive: true, force: true });
        fs.renameSync(draft, target);
    } catch (error) {
        fs.rmSync(draft, { recursive: true, force: true });
        throw error;
    }
    return storedPath(name, parent);
}

function flush(file: string): void {
    const handle = fs.openSync(file, "r");
    try {
        fs.fsyncSync(handle);
    } finally {
        fs.closeSync(handle);
    }
}

/**
 * Runs `work` while no other run, of this checkout or another, makes any of the same things.
 * @param keys what is made, e.g. `pulumi-3.259.0`; every run must name them in the same order
 * @param onWait called once, when somebody else is at it
 */
export async function whileAllLocked<T>(
    keys: readonly string[],
    onWait: () => void,
    signal: AbortSignal,
    work: () => Promise<T>,
    parent = inCache("locks"),
): Promise<T> {
    const releases: (() => Promise<void>)[] = [];
    try {
        for (const key of keys) {
            releases.push(await lock(path.join(parent, key), onWait, signal));
        }
        return await work();
    } finally {
        await Promise.all(releases.map((release) => release().catch(() => undefined)));
    }
}

async function lock(file: string, onWait: () => void, signal: AbortSignal): Promise<() => Promise<void>> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    let told = false;
    for (;;) {
        try {
            return await lockfile.lock(file, {
                ...lockOptions,
                // A machine that slept is no reason to end: what two runs make is the same, and is stored in one step.
                onCompromised: () => undefined,
            });
        } catch (error) {
            if (!hasCode(error, "ELOCKED")) {
                throw error;
            }
        }
        if (!told) {
            told = true;
            onWait();
        }
        await sleep(500, undefined, { signal }).catch(() => {
            signal.throwIfAborted();
        });
    }
}
