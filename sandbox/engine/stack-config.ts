import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { UserError, messageOf } from "../../cli/errors";
import { projectRoot } from "../paths";
import { readIfExists, readJsonIfValid, writePrivateFile, writePrivateFileIfChanged } from "../processes";
import { engineFiles } from "./home";

/** Name of the sandbox's stack. */
export const STACK = "local";

/** The committed stack file of the sandbox. */
export const committedConfig = path.join(projectRoot, `Pulumi.${STACK}.yaml`);

const stackFileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).default({}) });

/** A stack file: `config` by full key, such as `perch:metrics`, and the engine's own fields. */
export type StackFile = z.output<typeof stackFileSchema>;

/** Values of stack configuration by full key. */
export type ConfigValues = Readonly<Record<string, unknown>>;

/** Parses a stack file. @throws UserError naming the file and the place */
export function parseStackFile(text: string, file: string): StackFile {
    try {
        return stackFileSchema.parse(parse(text) ?? {});
    } catch (error) {
        throw new UserError(`${file} is no stack file: ${messageOf(error)}`);
    }
}

/**
 * What the stack file of this run has to say.
 * @param base what the committed file and the sandbox say now
 * @param before what they said when the run's file was written last
 * @param current the run's file; what the user has set or removed there since is kept
 */
export function mergeStackFile(base: ConfigValues, before: ConfigValues, current: StackFile): StackFile {
    const config: Record<string, unknown> = { ...base };
    for (const key of new Set([...Object.keys(before), ...Object.keys(current.config)])) {
        if (JSON.stringify(current.config[key]) === JSON.stringify(before[key])) {
            continue;
        }
        if (current.config[key] === undefined) {
            Reflect.deleteProperty(config, key);
        } else {
            config[key] = current.config[key];
        }
    }
    return { ...current, config };
}

/** Merges stack configuration, key by key at any depth; anything else in `over` takes the place of what is in `under`. */
export function overlay(under: ConfigValues, over: ConfigValues): ConfigValues {
    return overlaid(under, over) as ConfigValues;
}

function overlaid(under: unknown, over: unknown): unknown {
    const isMap = (value: unknown): value is Record<string, unknown> =>
        typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isMap(under) || !isMap(over)) {
        return over;
    }
    const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
    return Object.fromEntries(
        [...keys].map((key) => [key, key in over ? overlaid(under[key], over[key]) : under[key]]),
    );
}

/**
 * Writes the stack file of this run: the committed one, with the sandbox's own values laid over it, and with what the
 * user has changed in it (`pulumi config set` in `make shell`).
 */
export function writeStackConfig(values: ConfigValues): void {
    const committed = parseStackFile(fs.readFileSync(committedConfig, "utf8"), committedConfig);
    const base = overlay(committed.config, values);
    const baseFile = path.join(engineFiles.home, "stack-config.base.json");
    const before = z.record(z.string(), z.unknown()).safeParse(readJsonIfValid(baseFile));
    const current = readIfExists(engineFiles.stackConfig);
    const merged =
        current === undefined
            ? { config: base }
            : mergeStackFile(base, before.data ?? {}, parseStackFile(current, engineFiles.stackConfig));
    writePrivateFileIfChanged(engineFiles.stackConfig, stringify(merged));
    writePrivateFile(baseFile, JSON.stringify(base));
}

/** Keys of the run's stack file whose values are encrypted. */
export function encryptedKeys(): string[] {
    const text = readIfExists(engineFiles.stackConfig);
    const { config } = text === undefined ? { config: {} } : parseStackFile(text, engineFiles.stackConfig);
    return Object.entries(config).flatMap(([key, value]) =>
        typeof value === "object" && value !== null && "secure" in value ? [key] : [],
    );
}
