import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { UserError, hasCode, messageOf } from "../../cli/errors";
import { inCache } from "../paths";
import { freeBytes } from "../processes/files";
import { draftOf, whileAllLocked } from "../toolchain/store";

/** The pinned packages of the server, with their hashes. */
const requirements = path.join(__dirname, "requirements.txt");

/** What the pinned packages ask for. */
const oldestPython = [3, 10] as const;

/** Space that the packages take, with some room for pip's work. */
const neededBytes = 500e6;

const probe = "import ensurepip, sys, venv; print(*sys.version_info[:3], sys.implementation.cache_tag, sys.executable)";

const run = promisify(execFile);

interface Python {
    command: string;
    /** Of version, implementation and place: packages made for one don't serve another. */
    identity: string;
}

function reasonOf(error: unknown): string {
    return error instanceof Error && "stderr" in error && typeof error.stderr === "string" && error.stderr !== ""
        ? error.stderr.trim().split("\n").slice(-3).join(" ")
        : messageOf(error);
}

async function findPython(): Promise<Python> {
    const seen: string[] = [];
    for (const command of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
        try {
            const { stdout } = await run(command, ["-c", probe]);
            const [major = 0, minor = 0] = stdout.split(" ").map(Number);
            if (major === oldestPython[0] && minor >= oldestPython[1]) {
                return { command, identity: stdout };
            }
            seen.push(`${command} is ${major}.${minor}`);
        } catch (error) {
            if (!hasCode(error, "ENOENT")) {
                seen.push(`${command}: ${reasonOf(error)}`);
            }
        }
    }
    throw new UserError(
        `The sandbox's S3 server needs Python ${oldestPython.join(".")} or later with venv. ` +
            `${seen.length === 0 ? "None is installed" : `Found: ${seen.join("; ")}`}. ` +
            `Install it: "apt-get install python3 python3-venv" on Debian and Ubuntu, "dnf install python3" on Fedora.`,
    );
}

function requireSpace(folder: string): void {
    if (freeBytes(folder) < neededBytes) {
        throw new UserError(
            `Not enough disk: the S3 server's packages take up to ${neededBytes / 1e6} MB below ${folder}. ` +
                `Free some, or set XDG_CACHE_HOME to a folder on a larger disk.`,
        );
    }
}

async function install(python: Python, folder: string, signal: AbortSignal): Promise<void> {
    // First: what killed runs left is room, too.
    const draft = draftOf(folder);
    requireSpace(path.dirname(folder));
    try {
        await run(python.command, ["-m", "venv", draft], { signal });
        const options = [
            "--quiet",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--no-deps",
            "--only-binary=:all:",
        ];
        await run(
            path.join(draft, "bin", "python"),
            ["-m", "pip", "install", ...options, "--require-hashes", "-r", requirements],
            { signal },
        );
        // Ends up there in one step: an interruption leaves nothing half-made.
        fs.rmSync(folder, { recursive: true, force: true });
        fs.renameSync(draft, folder);
    } catch (error) {
        signal.throwIfAborted();
        throw new UserError(`Can't install the S3 server's packages: ${reasonOf(error)}`);
    } finally {
        fs.rmSync(draft, { recursive: true, force: true });
    }
}

/**
 * The Python that has the server's packages; installs them into the user's cache when they aren't there.
 * @param report told once what takes long
 */
export async function ensurePython(report: (message: string) => void, signal: AbortSignal): Promise<string> {
    const python = await findPython();
    const key = createHash("sha256").update(python.identity).update(fs.readFileSync(requirements)).digest("hex");
    const folder = inCache("s3", key.slice(0, 16));
    const command = path.join(folder, "bin", "python");
    const onWait = (): void => {
        report("Another run installs the S3 server: waiting for it.");
    };
    if (!fs.existsSync(command)) {
        await whileAllLocked([`s3-${path.basename(folder)}`], onWait, signal, async () => {
            if (!fs.existsSync(command)) {
                report("Installing the S3 server's packages (about 20 s)");
                await install(python, folder, signal);
            }
        });
    }
    return command;
}
