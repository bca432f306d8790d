import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../cli/errors";
import type { Apt } from "./debian";
import { isOlder, versionOf } from "./on-path";
import { storedPath } from "./store";
import { packagedToolOf, type PackagedToolName } from "./tools";

/**
 * Takes a program out of its package, to run beside the machine's own libraries.
 * @param folder for what is unpacked
 * @returns the program, under the tool's name, and what must lie beside it
 * @throws UserError when it doesn't run here or is too old
 */
export async function unpackProgram(name: PackagedToolName, apt: Apt, folder: string): Promise<string[]> {
    const { debian, versionArgs, version } = packagedToolOf(name);
    const root = path.join(folder, "root");
    const { versions } = await apt.unpack([debian.package], "machine", root);
    const program = path.join(root, debian.program);
    const draft = path.join(folder, name);
    let files = [draft];
    if ((await versionOf(program, versionArgs)) !== undefined) {
        fs.renameSync(program, draft);
    } else {
        if (debian.startsItself === true) {
            throw new UserError(
                `${name} needs libraries that this machine lacks: install it with "apt-get install ${debian.package}".`,
            );
        }
        fs.writeFileSync(draft, wrapper(root, debian.program), { mode: 0o755 });
        files = [draft, root];
    }
    const found = await versionOf(draft, versionArgs);
    if (found === undefined || isOlder(found, version)) {
        const is = found ?? "one that doesn't run here";
        throw new UserError(
            `${name} ${version} or newer is needed, and the package ${debian.package} ` +
                `${versions[debian.package] ?? ""} of this distribution has ${is}: put a newer one on PATH.`,
        );
    }
    if (files.includes(root)) {
        fs.writeFileSync(draft, wrapper(path.join(path.dirname(storedPath(name)), "root"), debian.program));
    }
    return files;
}

/** Starts a program with the libraries that were unpacked with it. */
function wrapper(root: string, program: string): string {
    const architecture = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
    const folders = ["usr/lib", "lib"].map((folder) => path.join(root, folder, architecture));
    return `#!/bin/sh\nLD_LIBRARY_PATH='${folders.join(":")}' exec '${path.join(root, program)}' "$@"\n`;
}
