import { bucketUses } from "../buckets";
import { heartbeatOf } from "../dead-mans-switch";
import { nearest, oneOf } from "../nearest";
import { wrong, type Problem } from "../problems";
import {
    isReceiverSecretKey,
    isRemoteWriteSecretKey,
    receiverSecretKey,
    receiverSecrets,
    remoteWriteSecretKey,
    remoteWriteSecrets,
    type AlertmanagerSettings,
    type MetricsSettings,
    type SecretsSettings,
    type SecretValueKey,
} from "../schema";
import { setSecretCommand } from "../secret-check";
import type { Settings } from "../load";
import { rule, when, type Rule } from "./rule";

/** A secret that something needs and that nobody gave. */
function missing(settings: Pick<Settings, "stack" | "secretValues">, key: SecretValueKey, why: string): Problem[] {
    return when(settings.secretValues[key] === undefined, () => ({
        path: key,
        message: `missing; ${why}; run: ${setSecretCommand(key, settings.stack)}`,
    }));
}

/** A secret in the stack file that another setting makes useless. */
function unused({ secretValues }: Pick<Settings, "secretValues">, key: SecretValueKey, why: string): Problem[] {
    return when(secretValues[key] !== undefined, () => ({
        path: key,
        message: `is given, but ${why}; remove one of them`,
    }));
}

/** Which key of the stack file belongs to which source of `secrets`. */
const grafanaSecrets = [
    ["grafanaAdmin", "grafanaAdminPassword"],
    ["grafanaSecretKey", "grafanaSecretKey"],
] as const;

/** Settings of one kind that have secrets of their own, by name: receivers, or remote writes. */
interface Named {
    /** Where their settings are: `alerting.receivers`. */
    readonly place: string;
    /** What one of them is called, and what it does not do without its secret. */
    readonly noun: string;
    readonly without: string;
    /** Where the Secrets of each come from, and the place of that. */
    readonly sources: Readonly<Record<string, { readonly kind: string }>>;
    readonly sourcesPlace: string;
    /** Keys of the stack file for the secrets of each. */
    readonly keys: ReadonlyMap<string, readonly SecretValueKey[]>;
    readonly isKey: (key: string) => boolean;
}

type Given = Pick<Settings, "stack" | "secretValues">;

/** What is missing of their secrets, and what stands in the stack file though another source is named. */
function sourceProblems(given: Given, named: Named): Problem[] {
    return [...named.keys].flatMap(([name, keys]) => {
        const source = named.sources[name]?.kind ?? "config";
        return keys.flatMap((key) =>
            source === "config"
                ? missing(given, key, `${named.place}.${name} ${named.without}`)
                : unused(given, key, `${named.sourcesPlace}.${name}.kind is ${source}`),
        );
    });
}

/** Secrets for what doesn't exist, or has nothing to hide under this name. */
function strays(
    { secretValues }: Given,
    { place, noun, sources, sourcesPlace, keys: byName, isKey }: Named,
): Problem[] {
    const known = [...byName].filter(([, keys]) => keys.length > 0);
    const names = known.map(([name]) => name);
    const keys = known.flatMap(([, each]) => each);
    const expected = (all: readonly string[], given: string, what: string): string => {
        const near = nearest(given, all);
        return all.length === 0
            ? `no ${noun} of ${place} has a secret`
            : `expected ${what} ${oneOf(all)}${near === undefined ? "" : `; did you mean ${near}?`}`;
    };
    return [
        ...Object.keys(secretValues)
            .filter((key) => isKey(key) && !keys.some((each) => each === key))
            .map((key) => ({
                path: key,
                message: `no ${noun} takes it; ${expected(keys, key, "a secret that one does:")}`,
            })),
        ...Object.keys(sources)
            .filter((name) => !names.includes(name))
            .map((name) => ({
                path: `${sourcesPlace}.${name}`,
                message: `there is no such ${noun} with a secret; ${expected(names, name, `a ${noun} that has one:`)}`,
            })),
    ];
}

function receivers({ receivers: all }: AlertmanagerSettings, secrets: SecretsSettings): Named {
    return {
        place: "alerting.receivers",
        noun: "receiver",
        without: "reaches nobody without it",
        sources: secrets.receivers,
        sourcesPlace: "secrets.receivers",
        keys: new Map(
            Object.entries(all).map(([name, each]) => [
                name,
                receiverSecrets(each).map((field) => receiverSecretKey(name, field)),
            ]),
        ),
        isKey: isReceiverSecretKey,
    };
}

function remoteWrites({ remoteWrite }: MetricsSettings, secrets: SecretsSettings): Named {
    return {
        place: "metrics.remoteWrite",
        noun: "remote write",
        without: "logs in with it",
        sources: secrets.remoteWrite,
        sourcesPlace: "secrets.remoteWrite",
        keys: new Map(
            Object.entries(remoteWrite).map(([name, each]) => [
                name,
                remoteWriteSecrets(each).map((field) => remoteWriteSecretKey(name, field)),
            ]),
        ),
        isKey: isRemoteWriteSecretKey,
    };
}

/** The user name belongs to the password: both in the stack file, or both in a Secret from elsewhere. */
function userNames({ remoteWrite }: MetricsSettings, secrets: SecretsSettings): Problem[] {
    return Object.entries(remoteWrite).flatMap(([name, { login }]) => {
        const path = `metrics.remoteWrite.${name}.login.username`;
        const { kind } = secrets.remoteWrite[name] ?? { kind: "config" };
        return login.kind === "basic" && (kind === "config") !== (login.username !== undefined)
            ? kind === "config"
                ? [{ path, message: "missing; expected the user name that belongs to the password" }]
                : [
                      wrong(
                          path,
                          login.username,
                          `nothing: secrets.remoteWrite.${name}.kind is ${kind}, its key is username`,
                      ),
                  ]
            : [];
    });
}

export const secretRules: readonly Rule[] = [
    rule(["secrets"], (settings) =>
        grafanaSecrets.flatMap(([source, key]) => {
            const { kind } = settings.secrets[source];
            return kind === "config"
                ? missing(settings, key, `secrets.${source} takes it from the stack file`)
                : unused(settings, key, `secrets.${source}.kind is ${kind}`);
        }),
    ),
    rule(["secrets", "alerting"], (settings) =>
        settings.alerting.kind === "alertmanager" &&
        settings.alerting.smtp?.username !== undefined &&
        settings.secrets.smtpPassword.kind === "config"
            ? missing(settings, "smtpPassword", "alerting.smtp.username logs in with it")
            : [],
    ),
    rule(["secrets", "alerting"], (settings) => {
        const { alerting, secrets } = settings;
        const heartbeat = heartbeatOf(alerting) !== undefined;
        const off = alerting.kind === "alertmanager" && alerting.deadMansSwitch?.kind === "none";
        const { kind } = secrets.deadMansSwitchUrl;
        const why = off ? "alerting.deadMansSwitch.kind is none" : `secrets.deadMansSwitchUrl.kind is ${kind}`;
        return heartbeat && kind === "config"
            ? missing(settings, "deadMansSwitchUrl", "alerting.deadMansSwitch calls it")
            : off || heartbeat
              ? unused(settings, "deadMansSwitchUrl", why)
              : [];
    }),
    rule(["secrets", "alerting"], (settings) => {
        const { alerting, secrets } = settings;
        if (alerting.kind === "none") {
            return [];
        }
        const named = receivers(alerting, secrets);
        return [...sourceProblems(settings, named), ...strays(settings, named)];
    }),
    rule(["secrets", "metrics"], (settings) => {
        const { metrics, secrets } = settings;
        const named = remoteWrites(metrics, secrets);
        return [...userNames(metrics, secrets), ...sourceProblems(settings, named), ...strays(settings, named)];
    }),
    rule(["secrets", "objectStorage", "longTerm", "logs"], (settings) => {
        const { objectStorage, secrets } = settings;
        if (objectStorage.kind === "aws" || bucketUses(settings).length === 0) {
            return [];
        }
        const forPods = objectStorage.access.kind === "given" && secrets.objectStorage.kind === "config";
        // The program itself speaks to the S3 API too, and can't read a Secret of the cluster for that.
        const forProgram = objectStorage.buckets !== "existing" || objectStorage.access.kind === "user";
        return forPods || forProgram
            ? (["s3AccessKey", "s3SecretKey"] as const).flatMap((key) =>
                  missing(settings, key, `the S3 API at ${objectStorage.endpoint} asks for it`),
              )
            : [];
    }),
];
