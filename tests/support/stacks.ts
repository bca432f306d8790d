import { Monitoring } from "../../components/monitoring";
import type { Settings } from "../../config/load";
import { profileNames } from "../../config/profiles";
import { profileReceiverSecrets } from "../../config/profiles/secrets";
import { answered, settingsOf, stackFile } from "./config";
import { deploy, type Deployed } from "./mocks";

/** What every stack file has to say. */
export const required = { cluster: { name: "test" }, grafana: { host: "grafana.example.com" } };

/** The CRDs are the same everywhere and large: who wants them reads them from their files. */
export const given = { metrics: { operator: { crds: "existing" } } };

const keys = ["s3AccessKey", "s3SecretKey", "smtpPassword"];

/** Settings of a stack; in another namespace than its own where one is named. */
export type StackSettings = (namespace?: string) => Settings;

function stackOf(stack: string, values: Record<string, unknown>, secrets: readonly string[]): StackSettings {
    const known = new Map<string | undefined, Settings>();
    return (namespace) => {
        const platform = {
            ...(values.platform as object | undefined),
            ...(namespace === undefined ? {} : { namespace }),
        };
        const metrics = { ...(values.metrics as object | undefined), ...given.metrics };
        const settings = known.get(namespace) ?? settingsOf({ ...values, metrics, platform }, secrets, stack);
        known.set(namespace, settings);
        return settings;
    };
}

/** Every stack file of the project and every profile. */
export const stacks: Record<string, StackSettings> = {
    dev: stackOf("dev", stackFile("dev"), []),
    prod: stackOf("prod", stackFile("prod"), []),
    local: stackOf("local", stackFile("local"), keys),
    ...Object.fromEntries(
        profileNames.map((profile) => [
            `profile ${profile}`,
            stackOf(profile, answered({ profile, ...required }), [...keys, ...profileReceiverSecrets(profile)]),
        ]),
    ),
};

const deployed = new WeakMap<Settings, Map<string, Promise<Deployed<Monitoring>>>>();

/** Registers the whole program under the mocks, once for the same settings and name: nobody may change what comes back. */
export function deployStack(settings: Settings, name = settings.stack): Promise<Deployed<Monitoring>> {
    const known = deployed.get(settings) ?? new Map<string, Promise<Deployed<Monitoring>>>();
    const result =
        known.get(name) ?? deploy((opts) => new Monitoring(name, { settings, crdsProvider: undefined as never }, opts));
    deployed.set(settings, known.set(name, result));
    return result;
}
