/**
 * `make up` on a small disk that gets full in the middle of it and has room again for the next; prints what became of both. The run
 * folder is the disk's own, in a mount namespace of this process.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { resourceCount } from "../../../sandbox/engine";
import { engineFiles } from "../../../sandbox/engine/home";
import { stateFile } from "../../../sandbox/engine/state";
import { projectRoot } from "../../../sandbox/paths";
import { fill, free } from "../../support/small-disk";
import { MakeUp, type Run } from "./make-up";

const execute = promisify(execFile);

/** So many changes on, the state is some megabytes, of which a part still finds room. */
const changesBefore = 110;
const profile = "kup6s";
const refillEveryMs = 50;

async function sandbox(...args: string[]): Promise<string> {
    const file = path.join(projectRoot, "sandbox", "cli.ts");
    const { stdout } = await execute(process.execPath, ["--import", "tsx", file, ...args], {
        cwd: projectRoot,
        maxBuffer: 2 ** 26,
    });
    return stdout;
}

/** Ends a run by a disk that is full from the middle of it on, whatever its processes give back. */
async function cutOff(): Promise<Run> {
    // With etcd's disk full the API server may not answer: its plugin needn't wait long for that.
    const run = new MakeUp(profile, { PERCH_SANDBOX_TIMEOUT_MS: "20000" });
    await run.hasBegun(changesBefore);
    while (run.runs) {
        fill(Math.floor(fs.statSync(stateFile()).size / 2));
        await sleep(refillEveryMs);
    }
    return run.end();
}

async function main(): Promise<void> {
    try {
        const first = await cutOff();
        const known = resourceCount();
        free();
        const second = await new MakeUp(profile).end();
        const preview = await sandbox("preview", "--profile", profile);
        const down = await sandbox("down");
        process.stdout.write(
            JSON.stringify({ first, known, second, preview, down, journal: fs.existsSync(engineFiles.journal) }),
        );
    } finally {
        free();
        await sandbox("clean");
    }
}

void main();
