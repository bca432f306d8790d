import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { loadSettings, type Settings } from "../../config/load";
import type { ProfileName } from "../../config/profiles";
import { profileReceiverSecrets } from "../../config/profiles/secrets";
import type { ConfigSource } from "../../config/source";
import { answered, configSource, settingsOf } from "../support/config";

/** What a stack file holds below `perch:`, as YAML gives it. */
export type StackFile = Readonly<Record<string, unknown>>;

/** What every stack must say beside whether there is a dead man's switch: {@link answered}. */
export const required = { cluster: { name: "test" }, grafana: { host: "grafana.example.com" } } as const;

/** Secrets that the parts of some document need and that no committed stack file can bring along. */
export const neededSecrets = ["s3AccessKey", "s3SecretKey", "smtpPassword"] as const;

/** Settings of a stack file with every secret that its parts may need. */
export function settingsFrom(file: StackFile, stack = "test"): Settings {
    return settingsOf(answered(file), neededSecrets, stack);
}

/** Settings of a profile with the answers that every stack must give. */
export function profileSettings(profile: ProfileName, overrides: StackFile = {}): Settings {
    const secrets = [...neededSecrets, ...profileReceiverSecrets(profile)];
    return settingsOf(answered({ profile, ...required, ...overrides }), secrets);
}

/** As the engine hands a stack file over, some of its keys encrypted. */
export function sourceOf(file: StackFile, encrypted: readonly string[] = []): ConfigSource {
    const source = configSource(file);
    return {
        ...source,
        getSecret: (key) => {
            const value = source.get(key);
            return value === undefined ? undefined : pulumi.secret(value);
        },
        isEncrypted: (key) => encrypted.includes(key),
    };
}

/** Lines of the message that refuses `file` on top of the required answers, without the first; none if it is taken. */
export function problemsOf(file: StackFile, encrypted: readonly string[] = []): string[] {
    try {
        loadSettings(sourceOf(answered({ ...required, ...file }), encrypted), "prod");
    } catch (error) {
        expect(pulumi.RunError.isInstance(error), String(error)).to.be.true;
        return (error as Error).message.split("\n  - ").slice(1);
    }
    return [];
}
