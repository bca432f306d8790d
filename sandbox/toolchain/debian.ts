import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { UserError, messageOf } from "../../cli/errors";
import { inCache } from "../paths";
import { readJsonIfValid } from "../processes/files";
import { diskFull, requireDisk } from "./disk";
import { run } from "./run";
import { whileAllLocked } from "./store";
import { openWorkspace } from "./workspace";

/** Disk that package lists and a handful of packages take, packed and unpacked. Bytes. */
const neededBytes = 500e6;

/** What apt needs to know of packages that are there already: all of the machine's, or none. */
export type PackageBase = "machine" | "nothing";

/** Packages and all that they depend on, unpacked into one folder; no script of theirs has run. */
export interface UnpackedPackages {
    readonly folder: string;
    /** Version of each package in it. */
    readonly versions: Readonly<Record<string, string>>;
}

/** Parts of packages that no program reads. */
const prunedFolders = ["doc", "man", "info", "locale", "lintian", "bug", "doc-base"];

/**
 * Packages of the machine's distribution, got by its own apt with its sources, keys and proxy, but with a state of its
 * own in a folder: nothing of the machine's package management is changed, and nothing is installed. What is got is
 * signed, as apt demands of every source.
 */
export class Apt {
    private constructor(
        private readonly folder: string,
        private readonly signal: AbortSignal,
    ) {}

    /**
     * Gets the lists of packages.
     * @param folder for the state, the lists and the packages
     * @param wanted what is to be got, for the message
     * @param sources files of apt's sources
     */
    static async open(
        folder: string,
        wanted: string,
        signal: AbortSignal,
        sources: readonly string[] = ownSources(),
    ): Promise<Apt> {
        const dump = await run("apt-config", ["dump"], { env: plain });
        if (!dump.ok) {
            throw new UserError(
                `${wanted}: neither on PATH nor to be had here, since this machine has no apt-get to take it from a ` +
                    "Debian package with. Install it with your package manager.",
            );
        }
        requireDisk(wanted, neededBytes, folder);
        for (const part of ["state/lists/partial", "cache/archives/partial", "sources", "log"]) {
            fs.mkdirSync(path.join(folder, part), { recursive: true });
        }
        for (const file of sources) {
            fs.symlinkSync(file, path.join(folder, "sources", path.basename(file)));
        }
        fs.writeFileSync(path.join(folder, "none"), "");
        fs.writeFileSync(path.join(folder, "apt.conf"), configuration(folder, dump.stdout));
        const apt = new Apt(folder, signal);
        await apt.get(["update"], `the lists of packages, for ${wanted}`);
        return apt;
    }

    /** Downloads packages with what they depend on beyond the base, and unpacks them all into one folder. */
    async unpack(names: readonly string[], base: PackageBase, folder: string): Promise<UnpackedPackages> {
        const archives = path.join(this.folder, "cache", "archives");
        const status = base === "nothing" ? [`-oDir::State::status=${path.join(this.folder, "none")}`] : [];
        await this.get([...status, "install", "--download-only", "--yes", "--reinstall", ...names], names.join(", "));
        const files = fs.readdirSync(archives).filter((file) => file.endsWith(".deb"));
        fs.mkdirSync(folder, { recursive: true });
        for (const file of files.sort()) {
            const { ok, stderr } = await run("dpkg-deb", ["--extract", path.join(archives, file), folder], {
                env: plain,
                signal: this.signal,
            });
            this.signal.throwIfAborted();
            if (!ok) {
                throw failure(`Can't unpack ${file}`, stderr);
            }
            fs.rmSync(path.join(archives, file));
        }
        for (const part of prunedFolders) {
            fs.rmSync(path.join(folder, "usr", "share", part), { recursive: true, force: true });
        }
        mergeUsr(folder);
        return { folder, versions: Object.fromEntries(files.map(versionOfArchive)) };
    }

    private async get(args: readonly string[], what: string): Promise<void> {
        const { ok, stderr } = await run("apt-get", ["--quiet", ...args], {
            env: { ...plain, APT_CONFIG: path.join(this.folder, "apt.conf") },
            signal: this.signal,
        });
        this.signal.throwIfAborted();
        if (!ok) {
            throw failure(`Can't get ${what} with apt-get`, stderr);
        }
    }
}

/** Messages in English, and no questions. */
const plain = { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" } as const;

function failure(what: string, stderr: string): UserError {
    if (stderr.includes("No space left on device")) {
        return diskFull(what);
    }
    const lines = stderr.split("\n").filter((line) => line.startsWith("E:") || line.startsWith("dpkg-deb: error"));
    return new UserError(`${what}: ${lines.slice(-3).join(" ") || stderr.trim().slice(-300)}`);
}

/** The distribution's own sources: others that the machine has may be slow or away, and hold nothing that is wanted. */
function ownSources(): string[] {
    const folder = "/etc/apt/sources.list.d";
    const modern = ["debian.sources", "ubuntu.sources"].map((name) => path.join(folder, name)).filter(fs.existsSync);
    if (modern.length > 0) {
        return modern;
    }
    const classic = "/etc/apt/sources.list";
    if (fs.existsSync(classic)) {
        return [classic];
    }
    const others = fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
    return others.filter((file) => /\.(list|sources)$/.test(file));
}

/** Settings of the machine's own apt that say how it reaches its sources. */
const networkSetting = /^Acquire::(https?|Retries|ForceIPv[46]|Check-Valid-Until|Check-Date)\b.* ".*";$/;

/**
 * Text of an apt.conf that stands in place of the machine's: of its settings only those of the network are taken over,
 * since others may run commands after an update.
 */
export function configuration(folder: string, machine: string): string {
    const settings: Record<string, string> = {
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": path.join(folder, "sources"),
        "Dir::State": path.join(folder, "state"),
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": path.join(folder, "cache"),
        "Dir::Log": path.join(folder, "log"),
        "Debug::NoLocking": "true",
        "APT::Install-Recommends": "false",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::Languages": "none",
        // The user that root's apt downloads as can't enter root's cache folder.
        ...(os.userInfo().uid === 0 ? { "APT::Sandbox::User": "root" } : {}),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
    const kept = machine.split("\n").filter((line) => networkSetting.test(line));
    return `${[...kept, ...lines].join("\n")}\n`;
}

/** Name and version in an archive's file name, `libssl3_3.0.22-1%7edeb12u2_amd64.deb`. */
export function versionOfArchive(file: string): [string, string] {
    const [name = "", version = ""] = file.split("_");
    return [name, decodeURIComponent(version)];
}

/** Programs name their loader by `/lib64`, which on newer distributions is a link that no package of these carries. */
function mergeUsr(root: string): void {
    for (const name of ["bin", "sbin", "lib", "lib64"]) {
        if (!fs.existsSync(path.join(root, name)) && fs.existsSync(path.join(root, "usr", name))) {
            fs.symlinkSync(`usr/${name}`, path.join(root, name));
        }
    }
}

const listFile = "packages.json";

/** Where packages are kept that hold all that they need, once they are there. Theirs is the machine's distribution. */
function storedFolder(names: readonly string[]): string {
    const release = fs.existsSync("/etc/os-release") ? fs.readFileSync("/etc/os-release", "utf8") : "";
    const field = (name: string): string => new RegExp(`^${name}="?([\\w.-]+)`, "m").exec(release)?.[1] ?? "";
    return inCache("debian", `${[...names].sort().join("+")}-${field("ID")}${field("VERSION_ID")}-${process.arch}`);
}

/** The packages, unpacked with all that they depend on, if they are in the cache. */
export function findPackages(names: readonly string[]): UnpackedPackages | undefined {
    const folder = storedFolder(names);
    const versions = readJsonIfValid(path.join(folder, listFile)) as Record<string, string> | undefined;
    return versions === undefined ? undefined : { folder: path.join(folder, "root"), versions };
}

/**
 * Sees to it that packages are in the user's cache, unpacked with all that they depend on, down to the C library.
 * @param report told what takes long
 */
export async function ensurePackages(
    names: readonly string[],
    report: (message: string) => void = () => undefined,
    signal: AbortSignal = new AbortController().signal,
): Promise<UnpackedPackages> {
    const found = findPackages(names);
    if (found !== undefined) {
        return found;
    }
    const target = storedFolder(names);
    const onWait = (): void => {
        report(`Another run gets ${names.join(", ")}: waiting for it.`);
    };
    return whileAllLocked([path.basename(target)], onWait, signal, async () => {
        if (findPackages(names) === undefined) {
            report(`Unpacking ${names.join(", ")} and what they need from packages of the distribution`);
            await fetchPackages(names, target, signal);
        }
        return findPackages(names) ?? missing(target);
    });
}

function missing(folder: string): never {
    throw new UserError(`${folder} vanished while it was made: run the command again.`);
}

async function fetchPackages(names: readonly string[], target: string, signal: AbortSignal): Promise<void> {
    const workspace = await openWorkspace();
    try {
        const apt = await Apt.open(path.join(workspace.folder, "apt"), names.join(", "), signal);
        const draft = path.join(workspace.folder, "packages");
        const { versions } = await apt.unpack(names, "nothing", path.join(draft, "root"));
        fs.writeFileSync(path.join(draft, listFile), `${JSON.stringify(versions, undefined, 2)}\n`);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.rmSync(target, { recursive: true, force: true });
        fs.renameSync(draft, target);
    } catch (error) {
        throw error instanceof UserError ? error : new UserError(`Can't unpack packages: ${messageOf(error)}`);
    } finally {
        await workspace.remove();
    }
}
