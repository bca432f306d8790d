import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { inCache } from "../paths";
import { readJsonIfValid, writePrivateFile } from "../processes";
import { pluginFolder, type ResourcePlugin } from "./plugins";

/** How long the download server may take to send the smallest of the plugins. */
const answerMs = 20_000;

/** How long one of the large ones may take. */
const downloadMs = 15 * 60_000;

/** How long a refusal is believed before it is asked again. */
const memoryMs = 24 * 3_600_000;

const memorySchema = z.object({ askedAt: z.number() });

/** The PULUMI_HOME into which official plugins are downloaded, for all checkouts of the user. */
const sharedHome = inCache("pulumi");
const memoryFile = path.join(sharedHome, "unreachable.json");

const run = promisify(execFile);

function isInstalled(plugin: ResourcePlugin): boolean {
    const folder = path.join(sharedHome, "plugins", pluginFolder(plugin));
    // The CLI puts a file beside a plugin that it hasn't unpacked to the end.
    return fs.existsSync(path.join(folder, plugin.executable)) && !fs.existsSync(`${folder}.partial`);
}

function wasRefused(): boolean {
    const memory = memorySchema.safeParse(readJsonIfValid(memoryFile));
    return memory.success && Date.now() - memory.data.askedAt < memoryMs;
}

async function download(program: string, plugin: ResourcePlugin, timeout: number): Promise<boolean> {
    try {
        const env = { ...process.env, PULUMI_HOME: sharedHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
        await run(program, ["plugin", "install", "resource", plugin.name, plugin.version], { env, timeout });
        return isInstalled(plugin);
    } catch {
        return false;
    }
}

/**
 * Gets the official plugins where that works: the stand-ins take the place of the rest. Which it was is remembered for a
 * day. `PERCH_PLUGINS=stand-in` keeps to the stand-ins.
 * @returns the plugins that are there
 */
export async function ensureOfficialPlugins(
    program: string,
    wanted: readonly ResourcePlugin[],
    report: (message: string) => void,
): Promise<ResourcePlugin[]> {
    if (process.env.PERCH_PLUGINS === "stand-in") {
        return [];
    }
    const missing = wanted.filter((plugin) => !isInstalled(plugin));
    // The smallest first: it tells soon whether the server answers at all.
    const [first, ...others] = missing.sort((a, b) => Number(b.name === "random") - Number(a.name === "random"));
    if (first !== undefined && !wasRefused()) {
        report("Asking for the official Pulumi plugins");
        let reachable = await download(program, first, answerMs);
        for (const plugin of reachable ? others : []) {
            report(`Downloading the official plugin ${plugin.name} ${plugin.version}`);
            reachable = (await download(program, plugin, downloadMs)) && reachable;
        }
        if (!reachable) {
            writePrivateFile(memoryFile, JSON.stringify({ askedAt: Date.now() }));
        }
    }
    return wanted.filter(isInstalled);
}

/** Makes official plugins part of a PULUMI_HOME: the engine doesn't follow a link in place of a plugin's folder. */
export function linkOfficialPlugins(home: string, plugins: readonly ResourcePlugin[], shared = sharedHome): void {
    for (const plugin of plugins) {
        const [from, to] = [shared, home].map((place) => path.join(place, "plugins", pluginFolder(plugin))) as [
            string,
            string,
        ];
        fs.rmSync(to, { recursive: true, force: true });
        fs.mkdirSync(to, { recursive: true, mode: 0o700 });
        for (const name of fs.readdirSync(from)) {
            fs.symlinkSync(path.join(from, name), path.join(to, name));
        }
    }
}
