import * as path from "node:path";
import { UserError, hasCode } from "../../cli/errors";
import { cacheDir } from "../paths";
import { freeBytes } from "../processes/files";
import { diskFull, outgrows, requireDisk } from "./disk";
import { DownloadFailed, Downloader } from "./download";
import { buildSource, dropCaches, findGo, type Go } from "./go-build";
import { Apt } from "./debian";
import { findOnPath } from "./on-path";
import { unpackProgram } from "./packaged-program";
import { consoleReporter, type Reporter } from "./reporter";
import { sourceOf, type SourceName } from "./sources";
import { findStored, keyOf, store, whileAllLocked } from "./store";
import {
    builtToolOf,
    isBuilt,
    toolNames,
    toolOf,
    type BuiltToolName,
    type PackagedToolName,
    type ToolName,
} from "./tools";
import { openWorkspace, type Workspace } from "./workspace";

export interface EnsureOptions {
    /** @default a live list on a terminal, plain lines elsewhere; nothing is reported when all tools are there */
    readonly reporter?: Reporter;
    /**
     * `pinned` passes over PATH, where a program may be of a neighbouring version and need the machine's libraries;
     * `build` over official downloads too: for proving the recipes, and for who trusts only sources.
     * @default "anywhere"
     */
    readonly from?: "anywhere" | "pinned" | "build";
    /**
     * Where 40 GB are free, all builds of the run share what is compiled until its end, in place of at most 10 GB:
     * less work for a run that builds many tools.
     * @default false
     */
    readonly shareBuilds?: boolean;
    /** @default one that Ctrl-C and TERM abort while tools are being got */
    readonly signal?: AbortSignal;
}

/**
 * Sees to it that tools are there, and says where: on PATH in a suitable version, else in the user's cache, else as the
 * official download, else built with Go. What it gets stays in the cache.
 * @returns the absolute path of each tool
 * @throws UserError when one can't be had; those finished by then are kept
 */
export async function ensureTools<Name extends ToolName>(
    names: readonly Name[],
    options: EnsureOptions = {},
): Promise<Record<Name, string>> {
    const { from = "anywhere" } = options;
    const places = new Map<ToolName, string>();
    await Promise.all(
        names.map(async (name) => {
            const place = (from === "anywhere" ? await findOnPath(name) : undefined) ?? findStored(name);
            if (place !== undefined) {
                places.set(name, place);
            }
        }),
    );
    // The table's order, in which they are needed first.
    const missing = toolNames.filter((name) => (names as readonly ToolName[]).includes(name) && !places.has(name));
    if (missing.length > 0) {
        await untilInterrupted(options.signal, async (signal) => {
            const run = new Acquisition(options.reporter ?? consoleReporter(), signal, options.shareBuilds === true);
            for (const [name, place] of await run.get(missing, from === "build")) {
                places.set(name, place);
            }
        });
    }
    return Object.fromEntries(places) as Record<Name, string>;
}

/** Runs `work` with a signal that Ctrl-C aborts, so that it ends by cleaning up after itself. */
async function untilInterrupted(given: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<void>) {
    if (given !== undefined) {
        return work(given);
    }
    const interruption = new AbortController();
    const interrupt = (): void => {
        interruption.abort(new UserError("Stopped. Finished tools are kept: the next run goes on from there."));
    };
    process.once("SIGINT", interrupt);
    process.once("SIGTERM", interrupt);
    try {
        await work(interruption.signal);
    } finally {
        process.off("SIGINT", interrupt);
        process.off("SIGTERM", interrupt);
    }
}

/** One run that gets missing tools: shares a workspace, and what it learns about the network. */
class Acquisition {
    private readonly downloader = new Downloader();
    private readonly places = new Map<ToolName, string>();

    constructor(
        private readonly reporter: Reporter,
        private readonly signal: AbortSignal,
        private readonly shareBuilds: boolean,
    ) {}

    async get(missing: readonly ToolName[], buildOnly: boolean): Promise<ReadonlyMap<ToolName, string>> {
        const workspace = await openWorkspace();
        let failure: unknown;
        try {
            this.reporter.begin(missing.map((name) => ({ name, version: toolOf(name).version })));
            const built = missing.filter(isBuilt);
            const refused = buildOnly ? ["not wanted"] : await this.downloadAll(built, workspace);
            await this.unpackAll(
                missing.filter((name) => !isBuilt(name)),
                workspace,
            );
            const left = built.filter((name) => !this.places.has(name));
            if (left.length > 0) {
                await this.buildAll(left, refused, workspace);
            }
            return this.places;
        } catch (error) {
            failure = hasCode(error, "ENOSPC") ? diskFull(missing.join(", ")) : error;
            throw failure;
        } finally {
            await workspace.remove();
            await this.reporter.end(failure);
        }
    }

    /** @returns why tools couldn't be downloaded, each reason once */
    private async downloadAll(names: readonly BuiltToolName[], workspace: Workspace): Promise<readonly string[]> {
        const reasons = new Set<string>();
        await Promise.all(
            names.map(async (name) => {
                try {
                    await this.whileMissing([name], () => this.download(name, workspace));
                } catch (error) {
                    if (!(error instanceof DownloadFailed)) {
                        throw error;
                    }
                    reasons.add(error.message);
                }
            }),
        );
        this.signal.throwIfAborted();
        return [...reasons];
    }

    private async download(name: BuiltToolName, workspace: Workspace): Promise<void> {
        const { release } = builtToolOf(name);
        if (release === undefined) {
            throw new DownloadFailed(`${name} is published as an image only`);
        }
        this.reporter.progress(name, "downloading the official build");
        const folder = path.join(workspace.folder, "downloads", name);
        this.finish(name, await this.downloader.fetchRelease(release, name, folder, this.signal), "downloaded");
    }

    private async unpackAll(names: readonly PackagedToolName[], workspace: Workspace): Promise<void> {
        if (names.length === 0) {
            return;
        }
        await this.whileMissing(names, async (left) => {
            const apt = await Apt.open(path.join(workspace.folder, "apt"), left.join(", "), this.signal);
            for (const name of left) {
                this.reporter.progress(name, "unpacking its Debian package");
                const files = await unpackProgram(name, apt, path.join(workspace.folder, "packages", name));
                this.finish(name, files, "unpacked from its Debian package");
            }
        });
    }

    private async buildAll(
        names: readonly BuiltToolName[],
        refused: readonly string[],
        workspace: Workspace,
    ): Promise<void> {
        const go = await findGo(workspace.folder, names.join(", "));
        const minutes = Math.max(1, Math.round(secondsOf(names) / 60));
        const wantedSources = inBuildOrder(names);
        const disk = Math.max(...wantedSources.map((source) => sourceOf(source).diskGb));
        this.reporter.note(
            `No official download: ${refused.join("; ")}. ` +
                `Building ${names.join(", ")} from Go modules: about ${minutes} min on two cores, ` +
                `up to ${disk} GB below ${cacheDir} while it runs.`,
        );
        for (const source of wantedSources) {
            await this.build(source, membersOf(source, names), go, workspace);
        }
    }

    private build(source: SourceName, names: readonly BuiltToolName[], go: Go, workspace: Workspace): Promise<void> {
        return this.whileMissing(names, async (left) => {
            const needed = sourceOf(source).diskGb * 1e9;
            const free = freeBytes(workspace.folder);
            if (outgrows({ free, needed, freeAtStart: workspace.freeAtStart, shareBuilds: this.shareBuilds })) {
                await dropCaches(go);
            }
            requireDisk(left.join(", "), needed);
            const begin = Date.now();
            await buildSource(source, {
                go,
                names: left,
                folder: workspace.folder,
                signal: this.signal,
                onProgress: (message) => {
                    // One line for all: the compiler works on them together.
                    const [next] = left.filter((name) => !this.places.has(name));
                    if (next !== undefined) {
                        this.reporter.progress(next, `building: ${message}`);
                    }
                },
                onBuilt: (name, file) => {
                    this.finish(name, [file], `built in ${Math.round((Date.now() - begin) / 1000)} s`);
                },
            });
        });
    }

    /** Does the work for those tools that no other run has got by the time that all locks are held. */
    private async whileMissing<Name extends ToolName>(
        names: readonly Name[],
        work: (left: readonly Name[]) => Promise<void>,
    ): Promise<void> {
        const keys = names.map(keyOf);
        const onWait = (): void => {
            for (const name of names) {
                this.reporter.progress(name, "waiting for another run, which is getting it");
            }
        };
        await whileAllLocked(keys, onWait, this.signal, async () => {
            const left = names.filter((name) => {
                const place = findStored(name);
                if (place !== undefined) {
                    this.places.set(name, place);
                    this.reporter.finish(name, "got by another run");
                }
                return place === undefined;
            });
            if (left.length > 0) {
                await work(left);
            }
        });
    }

    private finish(name: ToolName, files: readonly string[], how: string): void {
        this.places.set(name, store(name, files));
        this.reporter.finish(name, how);
    }
}

/** One run of the compiler per source, the longest first: what is left over when time runs out is then the least. */
export function inBuildOrder(names: readonly BuiltToolName[]): SourceName[] {
    const wanted = [...new Set(names.map((name) => builtToolOf(name).build.source))];
    const seconds = (source: SourceName): number => secondsOf(membersOf(source, names));
    return wanted.sort((a, b) => seconds(b) - seconds(a));
}

function membersOf(source: SourceName, names: readonly BuiltToolName[]): BuiltToolName[] {
    return names.filter((name) => builtToolOf(name).build.source === source);
}

function secondsOf(names: readonly BuiltToolName[]): number {
    return names.reduce((total, name) => total + builtToolOf(name).build.seconds, 0);
}
