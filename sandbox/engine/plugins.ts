import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as kubernetesVersion } from "@pulumi/kubernetes/package.json";
import { version as randomVersion } from "@pulumi/random/package.json";
import { version as tlsVersion } from "@pulumi/tls/package.json";
import { build } from "esbuild";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError, messageOf } from "../../cli/errors";
import { inRunDir, projectRoot } from "../paths";
import { readIfExists, writePrivateFile } from "../processes";

/** A program that the engine starts, with its source below sandbox/plugins. */
export interface PluginSource {
    /** Folder below sandbox/plugins that holds `main.ts`. */
    folder: string;
    /** Name of the executable that the engine looks for. */
    executable: string;
}

/** A resource plugin. */
export interface ResourcePlugin extends PluginSource {
    name: string;
    /** Version of the npm SDK: the engine refuses an older plugin. */
    version: string;
}

/** The resource plugins that the program needs. */
export const resourcePlugins: readonly ResourcePlugin[] = Object.entries({
    aws: awsVersion,
    kubernetes: kubernetesVersion,
    random: randomVersion,
    tls: tlsVersion,
}).map(([name, version]) => ({ name, version, folder: name, executable: `pulumi-resource-${name}` }));

/** Runs the program for the engine. */
export const languageHost: PluginSource = { folder: "nodejs", executable: "pulumi-language-nodejs" };

/** Bundles are made for it; the launcher runs them with the Node that runs the sandbox. */
const NODE_TARGET = "node22";

function filesBelow(folder: string): string[] {
    return fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .sort();
}

/** Changes whenever a bundle could: all sources of plugins, what they share with the program, and the lock file for the packages. */
function sourcesHash(): string {
    const files = [
        ...filesBelow(path.join(projectRoot, "sandbox", "plugins")),
        ...filesBelow(path.join(projectRoot, "protobuf")),
        path.join(projectRoot, "package-lock.json"),
    ];
    const hash = createHash("sha256").update(NODE_TARGET);
    for (const file of files) {
        hash.update(file).update("\0").update(fs.readFileSync(file)).update("\0");
    }
    return hash.digest("hex");
}

function launcher(bundle: string, compileCache: string): string {
    const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
    return [
        "#!/bin/sh",
        `NODE_COMPILE_CACHE=${quoted(compileCache)} exec ${quoted(process.execPath)} ${quoted(bundle)} "$@"`,
        "",
    ].join("\n");
}

function writeExecutable(file: string, content: string): void {
    if (readIfExists(file) !== content) {
        writePrivateFile(file, content);
        fs.chmodSync(file, 0o700);
    }
}

/**
 * Bundles plugins, so that each starts in a fraction of the time that a TypeScript loader takes, and returns the bundle
 * of each. Nothing is done when the sources are those of last time.
 */
async function bundlePlugins(sources: readonly PluginSource[]): Promise<Map<PluginSource, string>> {
    const folder = inRunDir("pulumi", "bundles");
    const stampFile = path.join(folder, "sources.sha256");
    const stamp = sourcesHash();
    const bundles = new Map(sources.map((source) => [source, path.join(folder, `${source.folder}.cjs`)]));
    const current = readIfExists(stampFile) === stamp;
    const missing = sources.filter((source) => !current || !fs.existsSync(bundles.get(source) ?? ""));
    if (!current) {
        fs.rmSync(folder, { recursive: true, force: true });
    }
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
        await Promise.all(
            missing.map((source) =>
                build({
                    entryPoints: [path.join(projectRoot, "sandbox", "plugins", source.folder, "main.ts")],
                    outfile: bundles.get(source),
                    bundle: true,
                    platform: "node",
                    format: "cjs",
                    target: NODE_TARGET,
                    logLevel: "silent",
                }),
            ),
        );
    } catch (error) {
        throw new UserError(`Can't bundle the sandbox's plugins: ${messageOf(error)}`);
    }
    if (!current) {
        writePrivateFile(stampFile, stamp);
    }
    return bundles;
}

/**
 * Puts the sandbox's own plugins where the engine finds them.
 * @param home the PULUMI_HOME
 * @param resources stand-ins to install
 * @param hostFolder where to put the language host; absent: the CLI brings its own
 */
export async function installPlugins(
    home: string,
    resources: readonly ResourcePlugin[],
    hostFolder: string | undefined,
): Promise<void> {
    const sources = [...resources, ...(hostFolder === undefined ? [] : [languageHost])];
    const bundles = await bundlePlugins(sources);
    const compileCache = path.join(home, "compile-cache");
    for (const source of sources) {
        const content = launcher(bundles.get(source) ?? "", compileCache);
        const resource = resources.find(({ folder }) => folder === source.folder);
        const target =
            resource === undefined ? (hostFolder ?? home) : path.join(home, "plugins", pluginFolder(resource));
        if (fs.lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) {
            fs.rmSync(target);
        }
        writeExecutable(path.join(target, source.executable), content);
    }
}

/** Name of a resource plugin's folder below `plugins/`. */
export function pluginFolder({ name, version }: Pick<ResourcePlugin, "name" | "version">): string {
    return `resource-${name}-v${version}`;
}
