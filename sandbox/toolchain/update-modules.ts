/**
 * Makes the go.mod and go.sum of the recipes below `modules/` anew, from the modules that `sources.ts` names:
 * `npm exec -- tsx sandbox/toolchain/update-modules.ts [source...]`. Needs Go and some minutes of downloads.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError, messageOf } from "../../cli/errors";
import { downloadModule, findGo, lastLines, recipeFolder, type Go } from "./go-build";
import { isOlder } from "./on-path";
import { run } from "./run";
import { sourceOf, sources, type GoModule, type RecipeSource, type SourceName } from "./sources";
import { builtToolNames, builtToolOf } from "./tools";
import { openWorkspace } from "./workspace";

type Environment = Readonly<Record<string, string>>;

interface Replacement {
    readonly Old: { readonly Path: string; readonly Version?: string };
    readonly New: { readonly Path: string; readonly Version?: string };
}

/** What `go mod edit -json` tells of a go.mod, as far as it is used here. */
interface GoMod {
    readonly Go: string;
    readonly Godebug?: readonly { readonly Key: string; readonly Value: string }[] | null;
    readonly Require?: readonly { readonly Path: string; readonly Version: string }[] | null;
    readonly Replace?: readonly Replacement[] | null;
    readonly Exclude?: readonly { readonly Path: string; readonly Version: string }[] | null;
}

/** Text of a recipe's go.mod, made from those of its modules (in the order of `source.modules`). */
export function recipeGoMod(name: string, source: RecipeSource, goMods: readonly GoMod[]): string {
    const go = goMods.map((mod) => mod.Go).reduce((a, b) => (isOlder(a, b) ? b : a));
    const [main] = goMods;
    const line = (module: GoModule): string => `${module.path} ${module.version}`;
    const replacements = goMods
        .flatMap((mod) => mod.Replace ?? [])
        // A neighbour folder has no version; its modules are served, and required in the version that fits.
        .filter(({ New }) => New.Version !== undefined)
        .map(({ Old, New }) => `${[Old.Path, Old.Version ?? ""].join(" ").trim()} => ${New.Path} ${New.Version ?? ""}`);
    const real = (version: string): string => (version === "v0.0.0" ? (source.staging ?? version) : version);
    const held = (main?.Require ?? [])
        .filter(({ Path }) => source.hold?.test(Path) === true)
        .map(({ Path, Version }) => `${Path} => ${Path} ${real(Version)}`);
    const standIns = Object.entries(source.standIns ?? {}).map(([module, folder]) => `${module} => ${folder}`);
    const excludes = goMods.flatMap((mod) => mod.Exclude ?? []).map(({ Path, Version }) => `${Path} ${Version}`);
    return [
        "// Made by update-modules.ts.",
        `module perch.invalid/toolchain/${name}`,
        `go ${go}`,
        ...(main?.Godebug ?? []).map(({ Key, Value }) => `godebug ${Key}=${Value}`),
        block("require", [...source.modules, ...(source.extra ?? [])].map(line)),
        block("exclude", excludes),
        block("replace", [...replacements, ...held, ...standIns]),
    ]
        .filter((part) => part !== "")
        .join("\n\n")
        .concat("\n");
}

function block(keyword: string, lines: readonly string[]): string {
    const unique = [...new Set(lines)].sort();
    return unique.length === 0 ? "" : `${keyword} (\n${unique.map((line) => `\t${line}\n`).join("")})`;
}

async function updateRecipe(name: SourceName, source: RecipeSource, go: Go): Promise<void> {
    const goMods: GoMod[] = [];
    let sums = "";
    for (const module of source.modules) {
        const folder = await downloadModule(go, module);
        const file = path.join(folder, "go.mod");
        goMods.push(JSON.parse(await goOutput(go, ["mod", "edit", "-json", file], {})) as GoMod);
        sums += fs.readFileSync(path.join(folder, "go.sum"), "utf8");
    }
    const folder = recipeFolder(name);
    const sumFile = path.join(folder, "go.sum");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "go.mod"), recipeGoMod(name, source, goMods));
    // First everything is got and verified: by the sums that the modules themselves carry, which are verified with
    // them, else by the checksum database. It doesn't know every module.
    fs.writeFileSync(sumFile, sums);
    await listPackages(name, source, go, source.unlisted === undefined ? {} : { GONOSUMDB: source.unlisted });
    // Then the sums of just what the programs are made of are taken down, from what is verified and there.
    const verified = new Set(fs.readFileSync(sumFile, "utf8").split("\n"));
    fs.writeFileSync(sumFile, "");
    await listPackages(name, source, go, { GONOSUMDB: "*", GOPROXY: "off" });
    const stray = fs
        .readFileSync(sumFile, "utf8")
        .split("\n")
        .find((line) => !verified.has(line));
    if (stray !== undefined) {
        throw new UserError(`${sumFile}: this line hasn't been verified: ${stray}`);
    }
}

/** Lists what a source's programs are made of; Go adds to go.mod and go.sum what that takes. */
async function listPackages(name: SourceName, source: RecipeSource, go: Go, env: Environment): Promise<void> {
    const packages = builtToolNames.map((tool) => builtToolOf(tool).build).filter((build) => build.source === name);
    const tags = source.tags === undefined ? [] : ["-tags", source.tags.join(",")];
    const args = ["list", "-mod=mod", "-deps", ...tags, ...packages.map((build) => build.package)];
    for (const arch of ["amd64", "arm64"]) {
        await goOutput(go, ["-C", recipeFolder(name), ...args], { GOOS: "linux", GOARCH: arch, ...env });
    }
}

async function goOutput(go: Go, args: readonly string[], env: Environment): Promise<string> {
    const { ok, stdout, stderr } = await run(go.program, args, { env: { ...go.environment, ...env } });
    if (!ok) {
        throw new UserError(`go ${args.join(" ")} failed:\n${lastLines(stderr)}`);
    }
    return stdout;
}

async function main(wanted: readonly string[]): Promise<void> {
    const unknown = wanted.find((name) => !Object.hasOwn(sources, name));
    if (unknown !== undefined) {
        throw new UserError(`No source is called "${unknown}"; there are: ${Object.keys(sources).join(", ")}.`);
    }
    const workspace = await openWorkspace();
    try {
        const go = await findGo(workspace.folder, "the recipes' modules");
        for (const name of Object.keys(sources) as SourceName[]) {
            const source = sourceOf(name);
            if (source.how === "recipe" && (wanted.length === 0 || wanted.includes(name))) {
                process.stdout.write(`${name}\n`);
                await updateRecipe(name, source, go);
            }
        }
    } finally {
        await workspace.remove();
    }
}

if (require.main === module) {
    main(process.argv.slice(2)).catch((error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exitCode = 1;
    });
}
