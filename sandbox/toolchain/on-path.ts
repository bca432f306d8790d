import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "./run";
import { isBuilt, toolOf, type ToolName, type VersionSource } from "./tools";

/**
 * The first `x.y.z` in what a program says about its version.
 * @returns `undefined` when there is none
 */
export function parseVersion(output: string): string | undefined {
    return /(?<![\d.])v?(\d+\.\d+\.\d+)(?![\d.])/.exec(output)?.[1];
}

/** Whether version `a` comes before version `b`, both `x.y.z`. */
export function isOlder(a: string, b: string): boolean {
    return a.localeCompare(b, "en", { numeric: true }) < 0;
}

/**
 * Whether a program of the user's own in this version will do: the same major and minor version as the pinned one, for
 * those that distributions choose the version of any from the oldest on.
 */
export function isSuitable(name: ToolName, found: string): boolean {
    const { version } = toolOf(name);
    const series = (text: string): string => text.split(".").slice(0, 2).join(".");
    return isBuilt(name) ? series(found) === series(version) : !isOlder(found, version);
}

/** The version that a program prints or carries; `undefined` when it doesn't start, hangs or has none. */
export async function versionOf(program: string, source: VersionSource): Promise<string | undefined> {
    if ("module" in source) {
        return moduleVersionIn(await fs.promises.readFile(program), source.module);
    }
    // Pulumi's CLI looks for updates of itself otherwise.
    const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { ok, stdout, stderr } = await run(program, source, { timeout: 20_000, env });
    return ok ? parseVersion(stdout + stderr) : undefined;
}

/** The version of a module among those that Go lists in a program made of them. */
export function moduleVersionIn(program: Buffer, module: string): string | undefined {
    const begin = `\t${module}\tv`;
    const at = program.indexOf(begin);
    return at < 0 ? undefined : parseVersion(program.toString("latin1", at + begin.length, at + begin.length + 20));
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
        if (found !== undefined && isSuitable(name, found)) {
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
