import * as fs from "node:fs";
import * as path from "node:path";
import { toolOf } from "../toolchain";
import type { PulumiCli } from "../../cli/pulumi";
import { binFolder, engineFiles, engineVariables, makeHome, placeCli } from "./home";
import { releaseStaleLocks } from "./locks";
import { ensureOfficialPlugins, linkOfficialPlugins } from "./official-plugins";
import { installPlugins, languageHost, resourcePlugins } from "./plugins";
import { ensureSecrets, ensureStack, type SecretConfig } from "./stack";
import { type ConfigValues, STACK, writeStackConfig } from "./stack-config";
import { mendState } from "./state";

/** What the engine of the sandbox is made from. */
export interface EngineOptions {
    /** Path of the Pulumi CLI. */
    pulumi: string;
    /** Values that the sandbox lays over those of the committed stack file, by full key. */
    config: ConfigValues;
    /** Secrets of the stack file, by full key. */
    secrets: SecretConfig;
    /** Where the cluster and the S3 API are, as their clients read it. */
    variables: Readonly<Record<string, string>>;
    report: (message: string) => void;
}

/** The engine, ready for `pulumi up`. */
export interface Engine extends PulumiCli {
    /** Names of the plugins that the sandbox's own stand in for. */
    standIns: string[];
}

/**
 * Variables under which `pulumi` finds the sandbox's state, plugins and stack.
 * @param variables where the cluster and the S3 API are
 */
export function engineEnv(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    return { ...process.env, ...engineVariables(toolOf("pulumi").version, STACK), ...variables };
}

/** The CLI of a sandbox that was up once; `undefined`: there was none. Where cluster and S3 API are isn't known to it. */
export function existingCli(): PulumiCli | undefined {
    const program = path.join(binFolder(toolOf("pulumi").version), "pulumi");
    return fs.existsSync(program) && fs.existsSync(engineFiles.stackConfig)
        ? { program, env: engineEnv({}) }
        : undefined;
}

/** Makes what `pulumi` needs, as far as it isn't there: home, plugins, stack, stack file, secrets. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
    const { version } = toolOf("pulumi");
    const folder = binFolder(version);
    makeHome();
    placeCli(options.pulumi, folder);
    const ownHost = path.join(path.dirname(fs.realpathSync(options.pulumi)), languageHost.executable);
    const official = await ensureOfficialPlugins(options.pulumi, resourcePlugins, options.report);
    const standIns = resourcePlugins.filter((plugin) => !official.includes(plugin));
    linkOfficialPlugins(engineFiles.home, official);
    if (fs.existsSync(ownHost)) {
        fs.copyFileSync(ownHost, path.join(folder, languageHost.executable));
    }
    await installPlugins(engineFiles.home, standIns, fs.existsSync(ownHost) ? undefined : folder);
    writeStackConfig(options.config);
    releaseStaleLocks();
    mendState(options.report);
    const cli: PulumiCli = { program: path.join(folder, "pulumi"), env: engineEnv(options.variables) };
    await ensureStack(cli);
    await ensureSecrets(cli, options.secrets);
    return { ...cli, standIns: standIns.map(({ name }) => name) };
}
