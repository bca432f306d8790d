import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { programOf, type RenderedTool } from "./tools";

const run = promisify(execFile);

/** What {@link check} may be told beside the program and its files. */
export interface CheckOptions {
    /** Variables beside those of this process.  @default none */
    env?: Record<string, string>;
}

/** Writes files below a folder, with the folders that their names have. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
        const file = path.join(folder, name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, text);
    }
}

/** Does something with a folder of its own, which goes afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "perch-rendered-"));
    try {
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/**
 * Writes files into a folder of their own, runs a program there and removes the folder.
 *
 * @param files content by file name, relative to the folder
 * @returns what the program printed
 * @throws Error with the program's own words when it doesn't accept the files
 */
export async function check(
    tool: RenderedTool,
    args: readonly string[],
    files: Readonly<Record<string, string>>,
    { env = {} }: CheckOptions = {},
): Promise<string> {
    const binary = await programOf(tool);
    return inFolder(async (folder) => {
        await writeFiles(folder, files);
        try {
            const { stdout, stderr } = await run(binary, args, { cwd: folder, env: { ...process.env, ...env } });
            return stdout + stderr;
        } catch (error) {
            const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
            throw new Error(`${tool} ${args.join(" ")}:\n${stdout}${stderr}`, { cause: error });
        }
    });
}

/** Why something was refused; "accepted" when it wasn't, so that a check that can't fail is noticed. */
export function refusal(checked: Promise<unknown>): Promise<string> {
    return checked.then(
        () => "accepted",
        (error: unknown) => (error as Error).message,
    );
}
