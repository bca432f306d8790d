import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "./run";
import { toolOf, type ToolName } from "./tools";

/**
 * The first `x.y.z` in what a program says about its version.
 * @returns `undefined` when there is none
 */
export function parseVersion(output: string): string | undefined {
    return /(?<![\d.])v?(\d+\.\d+\.\d+)(?![\d.])/.exec(output)?.[1];
}

/** Whether a program of the user's own may stand for the pinned one: same major and minor version. */
export function isSuitable(found: string, pinned: string): boolean {
    const series = (version: string): string => version.split(".").slice(0, 2).join(".");
    return series(found) === series(pinned);
}

/** The version that a program prints; `undefined` when it doesn't start, hangs or prints none. */
export async function versionOf(program: string, versionArgs: readonly string[]): Promise<string | undefined> {
    // Pulumi's CLI looks for updates of itself otherwise.
    const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { ok, stdout, stderr } = await run(program, versionArgs, { timeout: 20_000, env });
    return ok ? parseVersion(stdout + stderr) : undefined;
}

/**
 * Absolute path of the tool when a suitable one is on PATH. The folder of npm's commands is passed over: `pulumi` is
 * a wrapper there that starts a download of its own.
 */
export async function findOnPath(name: ToolName, searchPath = process.env.PATH ?? ""): Promise<string | undefined> {
    const tool = toolOf(name);
    for (const folder of searchPath.split(path.delimiter)) {
        const candidate = path.resolve(folder, name);
        if (folder === "" || folder.includes(path.join("node_modules", ".bin")) || !isProgram(candidate)) {
            continue;
        }
        const found = await versionOf(candidate, tool.versionArgs);
        if (found !== undefined && isSuitable(found, tool.version)) {
            return candidate;
        }
    }
    return undefined;
}

export function isProgram(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}
