import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { ensureTools } from "../sandbox/toolchain";

const root = path.resolve(__dirname, "..");
const folders = [".github/workflows", "docs/workflows"];

/** Third-party actions must be pinned by commit: a tag can be moved under a running pipeline. */
const unpinned = /^\s*(?:- )?uses:\s+(?!\.\/)\S+@(?![0-9a-f]{40}\b)\S+/;

function unpinnedActions(file: string): string[] {
    return readFileSync(path.join(root, file), "utf8")
        .split("\n")
        .flatMap((line, index) =>
            unpinned.test(line) ? [`${file}:${index + 1}: pin the action by commit: ${line.trim()}`] : [],
        );
}

async function main(): Promise<void> {
    const { actionlint } = await ensureTools(["actionlint"]);
    const files = folders.flatMap((folder) =>
        readdirSync(path.join(root, folder)).map((file) => path.join(folder, file)),
    );
    const linted = spawnSync(actionlint, ["-no-color", ...files], { cwd: root, encoding: "utf8" });
    const problems = files.flatMap(unpinnedActions);
    process.stdout.write([linted.stdout, linted.stderr, ...problems.map((problem) => `${problem}\n`)].join(""));
    process.stdout.write(`${files.length} workflow files checked\n`);
    process.exitCode = linted.status === 0 && problems.length === 0 ? 0 : 1;
}

void main();
