import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as kubernetesVersion } from "@pulumi/kubernetes/package.json";
import { version as randomVersion } from "@pulumi/random/package.json";
import { version as tlsVersion } from "@pulumi/tls/package.json";
import * as fs from "node:fs";
import * as path from "node:path";
import { inRunDir } from "../paths";
import { readIfExists, writePrivateFile } from "../processes";
import { ensureBundle } from "./bundles";

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

/** Bundles plugins. @returns the bundle of each */
async function bundlePlugins(sources: readonly PluginSource[]): Promise<Map<PluginSource, string>> {
    const bundles = new Map(
        sources.map((source) => [source, inRunDir("pulumi", "bundles", `${source.folder}.cjs`)] as const),
    );
    await Promise.all(
        [...bundles].map(([{ folder }, bundle]) =>
            ensureBundle(path.join("sandbox", "plugins", folder, "main.ts"), bundle),
        ),
    );
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
        const program = path.join(target, source.executable);
        if (fs.lstatSync(program, { throwIfNoEntry: false })?.isSymbolicLink()) {
            // The official plugin was here. What it links to is there for all checkouts.
            fs.rmSync(target, { recursive: true });
        }
        writeExecutable(program, content);
    }
}

/** Name of a resource plugin's folder below `plugins/`. */
export function pluginFolder({ name, version }: Pick<ResourcePlugin, "name" | "version">): string {
    return `resource-${name}-v${version}`;
}
