import * as fs from "node:fs";
import * as path from "node:path";

/** `runtime.options` of Pulumi.yaml, as far as this host knows them. */
export interface RuntimeOptions {
    /** The program runs under ts-node of the SDK. @default true, as with the official host */
    typescript: boolean;
    /** Options for node, split at blanks. @default none */
    nodeargs: string[];
    /** Path of the tsconfig.json for ts-node. */
    tsconfig?: string;
}

/** One run of a program, as the engine asks for it. */
export interface ProgramRun {
    monitor: string;
    engine: string;
    organization: string;
    project: string;
    stack: string;
    /** Folder with Pulumi.yaml. */
    rootDirectory: string;
    /** Folder in which the program runs. */
    directory: string;
    /** What to run, below {@link directory}: `.` or a file. */
    entryPoint: string;
    parallel: number;
    dryRun: boolean;
    config: Record<string, string>;
    secretKeys: string[];
    arguments: string[];
    options: RuntimeOptions;
}

const knownOptions = ["typescript", "nodeargs", "tsconfig", "packagemanager", "production"];

/** Reads the runtime options. @throws Error naming an option that isn't known or has a wrong type */
export function parseOptions(raw: Record<string, unknown>): RuntimeOptions {
    for (const key of Object.keys(raw)) {
        if (!knownOptions.includes(key)) {
            throw new Error(
                `Pulumi.yaml: the runtime option "${key}" isn't known. Known ones: ${knownOptions.join(", ")}.`,
            );
        }
    }
    const { typescript = true, nodeargs = "", tsconfig } = raw;
    if (typeof typescript !== "boolean") {
        throw new Error(`Pulumi.yaml: the runtime option "typescript" must be true or false.`);
    }
    if (typeof nodeargs !== "string" || (tsconfig !== undefined && typeof tsconfig !== "string")) {
        throw new Error(`Pulumi.yaml: the runtime options "nodeargs" and "tsconfig" must be strings.`);
    }
    return { typescript, nodeargs: nodeargs.split(/\s+/).filter((word) => word !== ""), tsconfig };
}

/** Looks for `relative` in `directory` and every folder above it. */
export function findUpwards(directory: string, relative: string): string | undefined {
    const candidate = path.join(directory, relative);
    if (fs.existsSync(candidate)) {
        return candidate;
    }
    const parent = path.dirname(directory);
    return parent === directory ? undefined : findUpwards(parent, relative);
}

/** The project's own Node where it has one (npm package `node`), else the one that runs this host. */
export function nodeFor(directory: string): string {
    return findUpwards(directory, path.join("node_modules", ".bin", "node")) ?? process.execPath;
}

/**
 * The SDK's runner, resolved from the program: it must be the program's own copy of the SDK.
 * @throws Error when the program has no SDK installed
 */
export function runnerFor(directory: string): string {
    const runner = findUpwards(directory, path.join("node_modules", "@pulumi", "pulumi", "cmd", "run", "index.js"));
    if (runner === undefined) {
        throw new Error(`No @pulumi/pulumi is installed for the program in ${directory}. Run "npm ci" there.`);
    }
    return runner;
}

/** Arguments for node that run the program. */
export function commandLine(run: ProgramRun, runner: string): string[] {
    return [
        ...run.options.nodeargs,
        runner,
        `--monitor=${run.monitor}`,
        `--engine=${run.engine}`,
        `--organization=${run.organization}`,
        `--project=${run.project}`,
        `--root-directory=${run.rootDirectory}`,
        `--stack=${run.stack}`,
        `--pwd=${run.directory}`,
        `--parallel=${run.parallel}`,
        ...(run.dryRun ? ["--dry-run"] : []),
        run.entryPoint,
        ...run.arguments,
    ];
}

/** Environment of the program: the host's, and what the SDK's runner reads from it. */
export function environment(run: ProgramRun, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return {
        ...base,
        PULUMI_CONFIG: JSON.stringify(run.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(run.options.typescript),
        ...(run.options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: run.options.tsconfig }),
    };
}
