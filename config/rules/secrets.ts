import { bucketUses } from "../buckets";
import { nearest, oneOf } from "../nearest";
import type { Problem } from "../problems";
import {
    isReceiverSecretKey,
    receiverSecretKey,
    receiverSecrets,
    type AlertmanagerSettings,
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

/** Which key of the stack file belongs to which source of `secrets`. */
const grafanaSecrets = [
    ["grafanaAdmin", "grafanaAdminPassword"],
    ["grafanaSecretKey", "grafanaSecretKey"],
] as const;

type WithReceivers = Pick<Settings, "stack" | "secrets" | "secretValues"> & { alerting: AlertmanagerSettings };

/** Where each receiver's secrets come from, and what is missing of them. */
function receiverSources({ stack, alerting, secrets, secretValues }: WithReceivers): Problem[] {
    return Object.entries(alerting.receivers).flatMap(([name, receiver]) => {
        const source = secrets.receivers[name]?.kind ?? "config";
        return receiverSecrets(receiver).flatMap((field) => {
            const key = receiverSecretKey(name, field);
            return source === "config"
                ? missing({ stack, secretValues }, key, `alerting.receivers.${name} reaches nobody without it`)
                : when(secretValues[key] !== undefined, () => ({
                      path: key,
                      message: `is given, but secrets.receivers.${name}.kind is ${source}; remove one of them`,
                  }));
        });
    });
}

/** Secrets for receivers that don't exist, or that have nothing to hide under this name. */
function strayReceiverSecrets({ alerting, secrets, secretValues }: WithReceivers): Problem[] {
    const known = Object.entries(alerting.receivers).filter(([, receiver]) => receiverSecrets(receiver).length > 0);
    const names = known.map(([name]) => name);
    const keys = known.flatMap(([name, its]) => receiverSecrets(its).map((field) => receiverSecretKey(name, field)));
    const expected = (all: readonly string[], given: string, what: string): string => {
        const near = nearest(given, all);
        return all.length === 0
            ? `no receiver of alerting.receivers has a secret`
            : `expected ${what} ${oneOf(all)}${near === undefined ? "" : `; did you mean ${near}?`}`;
    };
    return [
        ...Object.keys(secretValues)
            .filter((key) => isReceiverSecretKey(key) && !keys.includes(key))
            .map((key) => ({
                path: key,
                message: `no receiver takes it; ${expected(keys, key, "a secret that one does:")}`,
            })),
        ...Object.keys(secrets.receivers)
            .filter((name) => !names.includes(name))
            .map((name) => ({
                path: `secrets.receivers.${name}`,
                message: `there is no such receiver with a secret; ${expected(names, name, "a receiver that has one:")}`,
            })),
    ];
}

export const secretRules: readonly Rule[] = [
    rule(["secrets"], (settings) =>
        grafanaSecrets.flatMap(([source, key]) => {
            const { kind } = settings.secrets[source];
            return kind === "config"
                ? missing(settings, key, `secrets.${source} takes it from the stack file`)
                : when(settings.secretValues[key] !== undefined, () => ({
                      path: key,
                      message: `is given, but secrets.${source}.kind is ${kind}; remove one of them`,
                  }));
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
        const { alerting, secrets, secretValues } = settings;
        const heartbeat = alerting.kind === "alertmanager" && alerting.deadMansSwitch?.kind === "heartbeat";
        const off = alerting.kind === "alertmanager" && alerting.deadMansSwitch?.kind === "none";
        const { kind } = secrets.deadMansSwitchUrl;
        const unused = off ? "alerting.deadMansSwitch.kind is none" : `secrets.deadMansSwitchUrl.kind is ${kind}`;
        return heartbeat && kind === "config"
            ? missing(settings, "deadMansSwitchUrl", "alerting.deadMansSwitch calls it")
            : when((off || (heartbeat && kind !== "config")) && secretValues.deadMansSwitchUrl !== undefined, () => ({
                  path: "deadMansSwitchUrl",
                  message: `is given, but ${unused}; remove one of them`,
              }));
    }),
    rule(["secrets", "alerting"], (settings) => {
        const { alerting } = settings;
        return alerting.kind === "none"
            ? []
            : [...receiverSources({ ...settings, alerting }), ...strayReceiverSecrets({ ...settings, alerting })];
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
