import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { projectRoot } from "../../sandbox/paths";
import { nodeTools } from "../../sandbox/real-node";
import type { PodsKind } from "../../sandbox/target";
import { freeBytes } from "../../sandbox/processes/files";
import { run } from "./command";
import { figureLine, goals, plainLine, secondsOf } from "./figures";

/** Between two looks at the disk. Milliseconds. */
const pollMs = 500;

/** Whatever could lead to what the machine has already: caches, settings, the packages of this checkout. */
const leading =
    /^(XDG_|GO(PATH|CACHE|MODCACHE|BIN|TMPDIR)$|PERCH_|PULUMI_|KUBECONFIG$|SANDBOX$|NODE_(OPTIONS|PATH)$|INIT_CWD$|npm_)/;

/** Where packages come from stays, as a machine has it. */
const registries = /^npm_config_(registry|.*proxy)$/;

/** The environment of a user who has just come: an empty home, and nothing of this process's checkout. */
export function coldEnvironment(env: NodeJS.ProcessEnv, home: string, temporary: string): NodeJS.ProcessEnv {
    const kept = Object.entries(env).filter(([name]) => registries.test(name) || !leading.test(name));
    const search = (env.PATH ?? "").split(path.delimiter).filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
    return { ...Object.fromEntries(kept), HOME: home, TMPDIR: temporary, PATH: search.join(path.delimiter) };
}

/** The most that the disk of a folder loses to some work; what others write there counts, too. */
async function peakOf(folder: string, work: () => Promise<unknown>): Promise<number> {
    const before = freeBytes(folder);
    let least = before;
    const timer = setInterval(() => (least = Math.min(least, freeBytes(folder))), pollMs);
    try {
        await work();
    } finally {
        clearInterval(timer);
    }
    return before - least;
}

async function sizeOf(place: string): Promise<number> {
    if (!fs.existsSync(place)) {
        return 0;
    }
    const [size] = (await run("du", ["--summarize", "--block-size=1", place], os.tmpdir())).split("\t");
    return Number(size);
}

/** What a newcomer waits for, in a clean clone of what is committed, with an empty home. */
export async function coldFigures(pods: PodsKind, print: (line: string) => void): Promise<void> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-cold-"));
    const clone = path.join(folder, "perch");
    const home = path.join(folder, "home");
    const temporary = path.join(folder, "tmp");
    for (const place of [home, temporary]) {
        fs.mkdirSync(place);
    }
    const env = coldEnvironment(process.env, home, temporary);
    const make = (...args: string[]) => run("make", args, clone, env);
    try {
        await run("git", ["clone", "--quiet", "--no-hardlinks", projectRoot, clone], folder);
        const committed = await sizeOf(folder);
        let seconds = 0;
        const peak = await peakOf(folder, async () => (seconds = await secondsOf(() => make("up"))));
        print(figureLine(goals.coldUp, seconds));
        print(figureLine(goals.coldPeak, peak));
        print(figureLine(goals.coldKept, (await sizeOf(folder)) - committed));
        for (const [what, place] of [
            ["of that: tools", path.join(home, ".cache", "perch")],
            ["of that: packages", path.join(clone, "node_modules")],
            ["of that: state of the run", path.join(clone, ".sandbox")],
        ] as const) {
            print(plainLine(what, "GB", await sizeOf(place)));
        }
        if (pods === "real") {
            await make("down");
            const tools = () => run("npm", ["run", "sandbox", "--", "tools", ...nodeTools], clone, env);
            print(plainLine("the programs of a real node", "min", await secondsOf(tools)));
            print(figureLine(goals.coldImages, await secondsOf(() => make("up", "PODS=real"))));
        }
    } finally {
        if (fs.existsSync(path.join(clone, "node_modules"))) {
            await make("clean");
        }
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
