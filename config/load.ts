import * as pulumi from "@pulumi/pulumi";
import { merge } from "./merge";
import { nearest, oneOf } from "./nearest";
import { platforms, type PlatformName } from "./platforms";
import { problemsOf, report, shown, unknownKey, type Problem } from "./problems";
import { DEFAULT_PROFILE, profileNames, profiles, type Profile, type ProfileName } from "./profiles";
import { rules } from "./rules";
import {
    areaNames,
    isReceiverSecretKey,
    isRemoteWriteSecretKey,
    secretValueKeys,
    settingsSchema,
    type AreaSettings,
    type SecretValueKey,
} from "./schema";
import { isPlainObject, outline, withDefaultKinds, type Field, type ObjectOutline } from "./schema/outline";
import { givenSecretKeys, secretProblems } from "./secret-check";
import { looksSecret } from "./secret-names";
import { sizesFor, sizingOf, type Sizes, type Sizing } from "./sizing";
import { NAMESPACE, stackConfig, type ConfigSource } from "./source";
import { resolveImages, type Images } from "./versions";

/** Secrets that the stack file gives, each only where it does. */
export type SecretValues = Readonly<Partial<Record<SecretValueKey, pulumi.Output<string>>>>;

/** Everything that the program needs to know about a stack. */
export interface Settings extends Omit<AreaSettings, "images"> {
    /** Profile that the defaults come from. */
    readonly profile: ProfileName;
    /** Name of the Pulumi stack, such as `prod`. */
    readonly stack: string;
    /** Every image, pinned or from `perch:images`. */
    readonly images: Images;
    readonly secretValues: SecretValues;
    /** What the profile's document has and this stack lacks, in words. */
    readonly absent: readonly string[];
    /** What follows from `perch:load`, where that is given. */
    readonly sizing: Sizing | undefined;
}

type Area = keyof AreaSettings;

const root = outline(settingsSchema) as ObjectOutline;

/** The key that names the profile; the only one beside areas and secrets. */
const PROFILE = "profile";

/** What a stack file says for each area, parsed from the text that the engine hands over. */
function parseAreas(source: ConfigSource, problems: Problem[]): Record<string, unknown> {
    const areas: Record<string, unknown> = {};
    for (const area of areaNames) {
        const text = source.get(area);
        if (text === undefined || source.isEncrypted(area)) {
            continue;
        }
        const scalar = root.fields.get(area)?.outline.is === "value";
        const value = parseJson(text);
        if (scalar ? isPlainObject(value) : !isPlainObject(value) && value !== null) {
            const given = looksSecret(area) ? "text" : shown(value ?? text);
            const expected = scalar ? "true or false" : `an object: fields below ${NAMESPACE}:${area}`;
            problems.push({ path: area, message: `got ${given}; expected ${expected}` });
        } else {
            areas[area] = value ?? text;
        }
    }
    return areas;
}

/** The value that a text stands for; the text itself where it isn't JSON. */
function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

function chooseProfile(source: ConfigSource, problems: Problem[]): ProfileName {
    const given = source.get(PROFILE);
    const found = profileNames.find((name) => name === (given ?? DEFAULT_PROFILE));
    if (found !== undefined || given === undefined) {
        return found ?? DEFAULT_PROFILE;
    }
    const near = nearest(given, profileNames);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    problems.push({
        path: PROFILE,
        message: `there is no profile ${shown(given)}; expected ${oneOf(profileNames)}${hint}`,
    });
    // The rest is checked against the profile that was meant, so that no message follows from this mistake.
    return profileNames.find((name) => name === near) ?? DEFAULT_PROFILE;
}

function unknownTopLevelKeys(source: ConfigSource): Problem[] {
    const known = [...areaNames, PROFILE, ...secretValueKeys];
    const value: Field = {
        outline: { is: "value", type: "string", values: [] },
        description: undefined,
        required: false,
        defaultValue: undefined,
    };
    const withAll: ObjectOutline = {
        is: "object",
        fields: new Map(known.map((key) => [key, root.fields.get(key) ?? value])),
    };
    return (
        source
            .keys()
            // Which secrets of receivers and remote writes there are depends on those: rules/secrets.ts.
            .filter((key) => !known.includes(key) && !isReceiverSecretKey(key) && !isRemoteWriteSecretKey(key))
            .sort()
            .map((key) => unknownKey(withAll, undefined, [], key))
    );
}

/** Platform below profile below what follows from the load below stack file. */
function mergeLayers(
    profile: Profile,
    sizes: Sizes,
    areas: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
    // A required area that is absent lacks its required fields: those are what a message should name.
    const start = merge(merge({ cluster: {} }, profile.settings), sizes);
    const own = merge(withDefaultKinds(root, start), areas) as Record<string, unknown>;
    const { cluster } = own;
    const name = isPlainObject(cluster) ? cluster.platform : undefined;
    const platform = typeof name === "string" && name in platforms ? (name as PlatformName) : "generic";
    return withDefaultKinds(root, merge(withDefaultKinds(root, platforms[platform].settings), own)) as Record<
        string,
        unknown
    >;
}

/** What the load of a stack asks for; nothing where it gives none, or what that depends on isn't well-formed. */
function sizesOf(layers: Readonly<Record<string, unknown>>): Sizes {
    if (layers.load === undefined) {
        return {};
    }
    const { load, cluster, metrics, longTerm, logs } = parse(layers, []);
    return load && cluster && metrics && longTerm && logs ? sizesFor(load, { cluster, metrics, longTerm, logs }) : {};
}

/** The areas that are well-formed; what is wrong with the others goes to `problems`. */
function parse(layers: Readonly<Record<string, unknown>>, problems: Problem[]): Partial<AreaSettings> {
    const parsed = areaNames.flatMap((area): [Area, unknown][] => {
        const result = settingsSchema.shape[area].safeParse(layers[area]);
        if (result.success) {
            return [[area, result.data]];
        }
        const issues = result.error.issues.map((issue) => ({ ...issue, path: [area, ...issue.path] }));
        problems.push(...problemsOf(issues, root, layers));
        return [];
    });
    return Object.fromEntries(parsed);
}

function secretValuesOf(source: ConfigSource): SecretValues {
    return Object.fromEntries(
        givenSecretKeys(source).flatMap((key) => {
            const value = source.getSecret(key);
            return value === undefined ? [] : [[key, value]];
        }),
    );
}

/** A secret in the stack file is meant to be used: it is the source where nothing else is said. */
function withSecretsInUse(areas: Readonly<Record<string, unknown>>, values: SecretValues): Record<string, unknown> {
    const implied = {
        ...(values.grafanaAdminPassword === undefined ? {} : { grafanaAdmin: { kind: "config" } }),
        ...(values.grafanaSecretKey === undefined ? {} : { grafanaSecretKey: { kind: "config" } }),
    };
    return { ...areas, secrets: merge(implied, areas.secrets ?? {}) };
}

/** The URL of a dead man's switch in the stack file is an answer to whether there is one. */
function withSwitchInUse(layers: Record<string, unknown>, values: SecretValues): Record<string, unknown> {
    const { alerting = { kind: "alertmanager" } } = layers;
    const unanswered =
        isPlainObject(alerting) && alerting.kind === "alertmanager" && alerting.deadMansSwitch === undefined;
    return values.deadMansSwitchUrl !== undefined && unanswered
        ? { ...layers, alerting: { ...alerting, deadMansSwitch: { kind: "heartbeat" } } }
        : layers;
}

/** What is missing of the profile's document: parts that aren't built, and values that are still examples. */
function absentOf(profile: Profile, areas: Readonly<Record<string, unknown>>): string[] {
    const examples = (profile.placeholders ?? []).filter((path) => {
        const given = path
            .split(".")
            .reduce<unknown>((value, key) => (isPlainObject(value) ? value[key] : undefined), areas);
        return given === undefined;
    });
    return [
        ...profile.absent,
        ...examples.map((path) => `real values of ${NAMESPACE}:${path}: those of the profile are examples`),
    ];
}

/**
 * Reads what the stack file says, puts it on top of its profile and checks the whole.
 *
 * @param source the configuration; by default that of the stack which is being deployed
 * @param stack name of the stack
 * @throws pulumi.RunError with every problem at once, before any resource is registered; shown without a stack trace
 */
export function loadSettings(source: ConfigSource = stackConfig(), stack: string = pulumi.getStack()): Settings {
    const problems: Problem[] = unknownTopLevelKeys(source);
    const profileName = chooseProfile(source, problems);
    const profile: Profile = profiles[profileName];
    const areas = parseAreas(source, problems);
    const secrets = secretProblems(source, root, areas, stack);
    const malformed = new Set([...problems, ...secrets].map(({ path }) => path));
    const secretValues = secretValuesOf(source);

    const found: Problem[] = [];
    const own = withSecretsInUse(areas, secretValues);
    const sizes = sizesOf(mergeLayers(profile, {}, own));
    const layers = mergeLayers(profile, sizes, own);
    const parsed = parse(withSwitchInUse(layers, secretValues), found);
    // A field that looks like a secret is unknown as well: once is enough.
    const told = new Set(secrets.map(({ path }) => path));
    problems.push(...secrets, ...found.filter(({ path }) => !told.has(path)));

    const { images: overrides, ...rest } = parsed;
    const settings = {
        ...rest,
        profile: profileName,
        stack,
        images: resolveImages(overrides),
        secretValues,
        absent: absentOf(profile, areas),
        sizing: undefined,
    } as Settings;
    const readable = (area: Area) => parsed[area] !== undefined && !malformed.has(area);
    problems.push(...rules.filter(({ needs }) => needs.every(readable)).flatMap(({ check }) => check(settings)));

    if (problems.length > 0) {
        throw new pulumi.RunError(report(stack, problems));
    }
    const { load } = settings;
    return { ...settings, sizing: load && sizingOf(load, sizes, settings) };
}
