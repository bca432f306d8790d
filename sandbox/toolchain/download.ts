import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { unzipSync } from "fflate";
import { hasCode, rootMessageOf } from "../../cli/errors";
import { run } from "./run";
import type { Arch, Release } from "./releases";

/** How long a server may take to answer, and how long a transfer may stand still. Milliseconds. */
const timeLimits = { answer: 8_000, silence: 30_000 };

/** Why an official download wasn't used. Not an error of the user's: there is another way to the program. */
export class DownloadFailed extends Error {
    override readonly name = "DownloadFailed";
}

/** Downloads official builds; keeps in mind for its lifetime which hosts can't be reached, so that each is tried once. */
export class Downloader {
    private readonly unreachable = new Map<string, string>();
    /** Verified downloads by address: some releases hold several programs in one archive. */
    private readonly files = new Map<string, Promise<string>>();

    constructor(
        private readonly machine: { os: string; arch: Arch } = { os: process.platform, arch: goArch() },
        private readonly limits = timeLimits,
    ) {}

    /**
     * Gets a release and checks its published SHA-256 sum.
     * @param folder for the download, which stays there for other programs of it, and what is taken out of it
     * @returns the files, the program first
     * @throws DownloadFailed when it can't be had or isn't what was published
     */
    async fetchRelease(release: Release, name: string, folder: string, signal?: AbortSignal): Promise<string[]> {
        const fill = (text: string): string => fillIn(text, this.machine, release.arch);
        const url = fill(release.url);
        const checksums = release.checksums === undefined ? undefined : fill(release.checksums);
        fs.mkdirSync(folder, { recursive: true });
        const known = this.files.get(url) ?? this.fetchFile(url, checksums, folder, signal);
        this.files.set(url, known);
        const file = await known;
        if (release.members === undefined) {
            const program = path.join(folder, name);
            fs.renameSync(file, program);
            return [program];
        }
        const members = release.members.map(fill);
        const files = await unpack(file, members, path.join(folder, "unpacked"));
        const [first = ""] = files;
        const program = path.join(path.dirname(first), name);
        fs.renameSync(first, program);
        return [program, ...files.slice(1)];
    }

    private async fetchFile(url: string, checksums: string | undefined, folder: string, signal?: AbortSignal) {
        const file = path.join(folder, path.basename(new URL(url).pathname));
        // The list first: it is small, and where it can't be had, the program need not be tried.
        const published = checksums === undefined ? undefined : await this.text(checksums, signal);
        await this.save(url, file, signal);
        if (published !== undefined) {
            await verify(file, published, url);
        }
        return file;
    }

    private async text(url: string, signal?: AbortSignal): Promise<string> {
        const response = await this.request(url, signal);
        return response.text();
    }

    private async save(url: string, file: string, signal?: AbortSignal): Promise<void> {
        const response = await this.request(url, signal);
        if (response.body === null) {
            throw new DownloadFailed(`${url} is empty`);
        }
        const stall = new AbortController();
        const timer = setTimeout(() => {
            stall.abort(new DownloadFailed(`${url}: nothing came for ${this.limits.silence / 1000} s`));
        }, this.limits.silence);
        try {
            const source = Readable.fromWeb(response.body);
            source.on("data", () => timer.refresh());
            await pipeline(source, fs.createWriteStream(file), { signal: anySignal(stall.signal, signal) });
        } catch (error) {
            fs.rmSync(file, { force: true });
            signal?.throwIfAborted();
            // A full disk isn't the network's fault: a build would meet it too.
            if (hasCode(error, "ENOSPC")) {
                throw error;
            }
            throw stall.signal.aborted ? stall.signal.reason : new DownloadFailed(`${url}: ${rootMessageOf(error)}`);
        } finally {
            clearTimeout(timer);
        }
    }

    private async request(url: string, signal?: AbortSignal): Promise<Response> {
        const { host } = new URL(url);
        const known = this.unreachable.get(host);
        if (known !== undefined) {
            throw new DownloadFailed(known);
        }
        const answer = new AbortController();
        const timer = setTimeout(() => {
            answer.abort(new Error(`no answer in ${this.limits.answer / 1000} s`));
        }, this.limits.answer);
        let response: Response;
        try {
            response = await fetch(url, { signal: anySignal(answer.signal, signal) });
        } catch (error) {
            signal?.throwIfAborted();
            const problem = `${host} can't be reached (${rootMessageOf(error)})`;
            this.unreachable.set(host, problem);
            throw new DownloadFailed(problem);
        } finally {
            clearTimeout(timer);
        }
        if (!response.ok) {
            await response.body?.cancel();
            throw new DownloadFailed(`${url} answers ${response.status}`);
        }
        return response;
    }
}

/** `{os}` and `{arch}` of a release's addresses, filled in. */
export function fillIn(
    text: string,
    machine: { os: string; arch: Arch },
    names: Readonly<Record<Arch, string>> = { amd64: "amd64", arm64: "arm64" },
): string {
    return text.replaceAll("{os}", machine.os).replaceAll("{arch}", names[machine.arch]);
}

/**
 * The SHA-256 sum of a file in what was published about it: a sum alone, or lines of sum and file name.
 * @returns `undefined` when there is none for this file
 */
export function findChecksum(published: string, file: string): string | undefined {
    const lines = published.split("\n").map((line) => line.trim().split(/\s+\*?/));
    const own = lines.find(([, name]) => name !== undefined && path.basename(name) === file);
    const alone = lines.length > 0 && lines[0]?.length === 1 ? lines[0] : undefined;
    const sum = (own ?? alone)?.[0]?.toLowerCase();
    return sum !== undefined && /^[0-9a-f]{64}$/.test(sum) ? sum : undefined;
}

async function verify(file: string, published: string, url: string): Promise<void> {
    const expected = findChecksum(published, path.basename(file));
    if (expected === undefined) {
        throw new DownloadFailed(`no checksum is published for ${url}`);
    }
    const hash = crypto.createHash("sha256");
    await pipeline(fs.createReadStream(file), hash);
    const actual = hash.digest("hex");
    if (actual !== expected) {
        fs.rmSync(file);
        throw new DownloadFailed(`${url} has the wrong checksum: ${actual}, published is ${expected}; it isn't used`);
    }
}

/** Takes some members out of an archive. Returns their places, in the order of `members`. */
async function unpack(archive: string, members: readonly string[], folder: string): Promise<string[]> {
    fs.mkdirSync(folder, { recursive: true });
    try {
        if (archive.endsWith(".zip")) {
            unzip(archive, members, folder);
        } else {
            const { ok, stderr } = await run("tar", ["-xf", archive, "-C", folder, ...members]);
            if (!ok) {
                throw new Error(stderr);
            }
        }
    } catch (error) {
        throw new DownloadFailed(
            `can't take ${members.join(", ")} out of ${path.basename(archive)}: ${rootMessageOf(error)}`,
        );
    }
    return members.map((member) => path.join(folder, member));
}

function unzip(archive: string, members: readonly string[], folder: string): void {
    const content = unzipSync(fs.readFileSync(archive), { filter: (entry) => members.includes(entry.name) });
    for (const member of members) {
        const data = content[member];
        if (data === undefined) {
            throw new Error(`${member} isn't in it`);
        }
        const file = path.join(folder, member);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, data);
    }
}

function anySignal(own: AbortSignal, given: AbortSignal | undefined): AbortSignal {
    return given === undefined ? own : AbortSignal.any([own, given]);
}

function goArch(): Arch {
    return process.arch === "arm64" ? "arm64" : "amd64";
}
