import { bucketUses } from "../buckets";
import type { Problem } from "../problems";
import type { SecretValueKey } from "../schema";
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
