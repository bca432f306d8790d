import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../../cli/errors";
import { endProcess, identify, markerVariable } from "../processes/process-table";
import { diskFull } from "./disk";
import { isOlder, versionOf } from "./on-path";
import { run } from "./run";
import { sourceOf, type GoModule, type SourceName } from "./sources";
import { builtToolOf, type BuiltToolName } from "./tools";
import { buildMarker } from "./workspace";

/** The oldest Go that builds every source: the highest `go` line among their go.mod files. */
const oldestGo = "1.26.5";
/** From this version on Go gets a newer Go by itself, from where it gets modules. */
const selfUpdatingGo = "1.21.0";

/** A Go command that is fit to build the sources. */
export interface Go {
    readonly program: string;
    readonly environment: Readonly<Record<string, string>>;
}

/**
 * Looks for Go and prepares its environment.
 * @param folder where its caches and drafts go; nothing is written elsewhere
 * @param wanted what is to be built, for the message
 */
export async function findGo(folder: string, wanted: string): Promise<Go> {
    const found = await run("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } });
    const advice =
        `Get it from https://go.dev/dl or your distribution (any Go from ${selfUpdatingGo} fetches the newer one itself), ` +
        `or put ${wanted} on PATH.`;
    if (!found.ok) {
        throw new UserError(
            `${wanted} can't be downloaded from here and would be built, but there is no "go" on PATH: ` +
                `Go ${oldestGo} or newer is needed. ${advice}`,
        );
    }
    const version = goVersion(found.stdout);
    if (version === undefined || isOlder(version, selfUpdatingGo)) {
        throw new UserError(
            `${wanted} can't be downloaded from here and would be built, but "go" on PATH is ${found.stdout.trim()}: ` +
                `Go ${oldestGo} or newer is needed. ${advice}`,
        );
    }
    return { program: "go", environment: goEnvironment(folder, isOlder(version, oldestGo)) };
}

/** `1.26.8` of `go1.26.8`, `1.27.0` of `go1.27rc1`. */
export function goVersion(output: string): string | undefined {
    const [, major, minor, patch] = /\bgo(\d+)\.(\d+)(?:\.(\d+))?/.exec(output) ?? [];
    return major === undefined || minor === undefined ? undefined : `${major}.${minor}.${patch ?? "0"}`;
}

function goEnvironment(folder: string, needsNewer: boolean): Record<string, string> {
    const temporary = path.join(folder, "tmp");
    fs.mkdirSync(temporary, { recursive: true });
    return {
        GOPATH: path.join(folder, "go"),
        GOMODCACHE: path.join(folder, "modules"),
        GOCACHE: path.join(folder, "compiled"),
        GOTMPDIR: temporary,
        // Not the user's own flags; and a module cache that can be removed like any folder.
        GOFLAGS: "-modcacherw",
        GOWORK: "off",
        // No C compiler is needed on the machine, and the program runs on any Linux.
        CGO_ENABLED: "0",
        GOTELEMETRY: "off",
        ...(needsNewer ? { GOTOOLCHAIN: `go${oldestGo}+auto` } : { GOTOOLCHAIN: "local" }),
    };
}

/** Frees what the builds of a run have left so far, for the price that later ones don't profit from it. */
export async function dropCaches(go: Go): Promise<void> {
    for (const folder of [go.environment.GOMODCACHE, go.environment.GOCACHE]) {
        if (folder !== undefined) {
            await fs.promises.rm(folder, { recursive: true, force: true, maxRetries: 3 });
        }
    }
}

/** One run of the compiler for programs of one source. */
export interface BuildOptions {
    readonly go: Go;
    readonly folder: string;
    readonly names: readonly BuiltToolName[];
    readonly signal?: AbortSignal;
    /** Called with each program as soon as it is complete. */
    readonly onBuilt: (name: BuiltToolName, file: string) => void;
    /** What the compiler is at, for a progress line. */
    readonly onProgress: (message: string) => void;
}

/** Builds programs of one source. Those that were complete when it fails or is interrupted have been reported. */
export async function buildSource(source: SourceName, options: BuildOptions): Promise<void> {
    const { names, folder } = options;
    const output = path.join(folder, "programs", source);
    fs.mkdirSync(output, { recursive: true });
    const directory = await moduleDirectory(source, options);
    const waiting = new Set(names);
    const collect = async (): Promise<void> => {
        for (const name of waiting) {
            const tool = builtToolOf(name);
            const file = path.join(output, programName(tool.build.package));
            if (fs.existsSync(file) && (await versionOf(file, tool.versionArgs)) === tool.version) {
                waiting.delete(name);
                const named = path.join(output, name);
                fs.renameSync(file, named);
                options.onBuilt(name, named);
            }
        }
    };
    const stopCollecting = every(1_000, collect);
    try {
        await runGo(options, ["-C", directory, ...buildArguments(source, names, output)]);
    } finally {
        await stopCollecting();
        await collect();
    }
    if (waiting.size > 0) {
        const wrong = [...waiting].map((name) => `${name} ${builtToolOf(name).version}`).join(", ");
        throw new UserError(`The build of ${wrong} gave programs that don't print this version: the recipe is wrong.`);
    }
}

/** Arguments of `go build` for some tools of a source. */
export function buildArguments(source: SourceName, names: readonly BuiltToolName[], output: string): string[] {
    const { tags, variables } = sourceOf(source);
    const set = Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`);
    return [
        "build",
        "-v",
        "-mod=readonly",
        "-buildvcs=false",
        "-trimpath",
        ...(tags === undefined ? [] : ["-tags", tags.join(",")]),
        "-ldflags",
        ["-s", "-w", ...set].join(" "),
        "-o",
        // The slash makes it a folder also for a single program.
        `${output}/`,
        ...names.map((name) => builtToolOf(name).build.package),
    ];
}

/** The file name that Go gives a program: the last part of its path that isn't a major version. */
export function programName(packagePath: string): string {
    return packagePath.split("/").findLast((part) => !/^v\d+$/.test(part)) ?? packagePath;
}

/** The folder in which Go is to build: our recipe or program, the module itself, or a copy of it with what it lacks. */
async function moduleDirectory(name: SourceName, options: BuildOptions): Promise<string> {
    const source = sourceOf(name);
    if (source.how !== "module") {
        return recipeFolder(name);
    }
    const original = await downloadModule(options.go, source.module, options.signal);
    if (source.files === undefined) {
        return original;
    }
    const copy = path.join(options.folder, "sources", name);
    // The module cache is shared by the builds of a run and must stay as its checksums say.
    await fs.promises.cp(original, copy, { recursive: true });
    for (const [file, content] of Object.entries(source.files)) {
        fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
        fs.writeFileSync(path.join(copy, file), content);
    }
    return copy;
}

/** Where the go.mod and go.sum of a recipe are kept, or a program of ours. */
export function recipeFolder(source: SourceName): string {
    return path.join(__dirname, "modules", source);
}

/** Gets a module with Go, its checksum verified, and returns its folder in the module cache. */
export async function downloadModule(go: Go, module: GoModule, signal?: AbortSignal): Promise<string> {
    const result = await run(go.program, ["mod", "download", "-json", `${module.path}@${module.version}`], {
        env: go.environment,
        // Not within a module, whose requirements would have a say.
        cwd: go.environment.GOTMPDIR,
        signal,
    });
    signal?.throwIfAborted();
    const answer = (result.stdout === "" ? {} : JSON.parse(result.stdout)) as { Dir?: string; Error?: string };
    if (answer.Dir === undefined) {
        throw new UserError(
            `Can't get the Go module ${module.path} ${module.version}: ` +
                `${answer.Error ?? lastLines(result.stderr)}. Check the network and the GOPROXY setting ("go env GOPROXY").`,
        );
    }
    return answer.Dir;
}

async function runGo(options: BuildOptions, args: readonly string[]): Promise<void> {
    const { go, names, signal, onProgress } = options;
    let stop = (): void => undefined;
    let downloaded = 0;
    let compiled = 0;
    const result = await run(go.program, args, {
        env: { ...go.environment, [markerVariable]: buildMarker(options.folder) },
        // A group of its own: Go's children don't end with it when only Go itself is told to.
        detached: true,
        onStart: (child) => {
            const leader = child.pid === undefined ? undefined : identify(child.pid);
            stop = () => {
                if (leader !== undefined) {
                    void endProcess(leader, 2_000);
                }
            };
            signal?.addEventListener("abort", stop, { once: true });
            if (child.stderr !== null) {
                createInterface(child.stderr).on("line", (line) => {
                    downloaded += isDownload(line) ? 1 : 0;
                    compiled += isPackage(line) ? 1 : 0;
                    onProgress(`${downloaded} modules downloaded, ${compiled} packages compiled`);
                });
            }
        },
    });
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
    if (result.ok) {
        return;
    }
    if (result.stderr.includes("no space left on device")) {
        throw diskFull(names.join(", "));
    }
    throw new UserError(`Building ${names.join(", ")} with Go failed:\n${lastLines(result.stderr)}`);
}

/** What remains of Go's output when its progress is left out, at most the last ten lines. */
export function lastLines(output: string): string {
    const lines = output.split("\n").filter((line) => line !== "" && !isDownload(line) && !isPackage(line));
    return lines.slice(-10).join("\n");
}

const isDownload = (line: string): boolean => line.startsWith("go: downloading");
/** `go build -v` prints the path of each package that it compiles. */
const isPackage = (line: string): boolean => /^[\w./~-]+$/.test(line);

/**
 * Runs `work` again and again, never twice at once; the returned function stops that, waits for a run under way, and
 * throws what one of them threw.
 */
function every(milliseconds: number, work: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> | undefined;
    const failures: unknown[] = [];
    const timer = setInterval(() => {
        running ??= work()
            .catch((error: unknown) => {
                failures.push(error);
            })
            .finally(() => {
                running = undefined;
            });
    }, milliseconds);
    return async () => {
        clearInterval(timer);
        await running;
        if (failures.length > 0) {
            throw failures[0];
        }
    };
}
