import * as pulumi from "@pulumi/pulumi";
import { heartbeatOf } from "../../config/dead-mans-switch";
import { type AlertmanagerSettings, receiverSecrets } from "../../config/schema";
import { type SecretRef, withoutSecret } from "../secrets/secret-ref";
import { secretFile } from "../secrets/stack-secrets";
import type { AlertmanagerFiles } from "./alertmanager-config";
import { secretsPath } from "./alertmanager-spec";
import type { SecretFiles } from "./receivers";

/** Settings of Alertmanager and the Secrets that they need. */
export interface AlertmanagerSecrets {
    settings: AlertmanagerSettings;
    /** Key `password`; required when `settings.smtp.username` is set. */
    smtpPassword?: SecretRef;
    /** Secrets of the receivers, by name; required for each that has some (config/schema/receivers.ts). */
    receiverSecrets?: Readonly<Record<string, SecretRef>>;
    /** Key `url`; required when `settings.deadMansSwitch` is a heartbeat. */
    deadMansSwitchUrl?: SecretRef;
}

/** What is missing, and which setting says where it comes from; empty when nothing is. */
export function secretProblems(secrets: AlertmanagerSecrets): string[] {
    const { settings, smtpPassword, receiverSecrets: receiverRefs, deadMansSwitchUrl } = secrets;
    const username = settings.smtp?.username;
    const without = withoutSecret(settings.receivers, receiverSecrets, receiverRefs).map(
        (name) => `secrets.receivers.${name}`,
    );
    return [
        ...(username !== undefined && smtpPassword === undefined
            ? [`smtp.username is "${username}", but there is no password: set secrets.smtpPassword`]
            : []),
        ...(heartbeatOf(settings) !== undefined && deadMansSwitchUrl === undefined
            ? ["there is a dead man's switch, but no URL of it: set secrets.deadMansSwitchUrl"]
            : []),
        ...(without.length > 0 ? [`there are receivers without their secrets: set ${without.join(" and ")}`] : []),
    ];
}

/** The Secrets that the pods mount. */
export function mountedSecrets(secrets: AlertmanagerSecrets): SecretRef[] {
    const single = [secrets.smtpPassword, secrets.deadMansSwitchUrl].filter((secret) => secret !== undefined);
    return [...single, ...Object.values(secrets.receiverSecrets ?? {})];
}

/** Where the pods find what the Secrets hold. */
export function secretFiles(secrets: AlertmanagerSecrets): pulumi.Output<AlertmanagerFiles> {
    const names = [secrets.smtpPassword?.name, secrets.deadMansSwitchUrl?.name] as const;
    return pulumi.all([receiverFiles(secrets), ...names]).apply(([receivers, mail, heartbeat]) => ({
        receivers,
        ...(mail === undefined ? {} : { smtpPasswordFile: mounted(mail, "password") }),
        ...(heartbeat === undefined ? {} : { deadMansSwitchUrlFile: mounted(heartbeat, "url") }),
    }));
}

function receiverFiles({
    settings,
    receiverSecrets: refs = {},
}: AlertmanagerSecrets): pulumi.Output<Record<string, SecretFiles>> {
    const files = Object.entries(settings.receivers).flatMap(([name, receiver]) => {
        const ref = refs[name];
        const pathsIn = (secret: string): [string, SecretFiles] => [
            name,
            Object.fromEntries(receiverSecrets(receiver).map((field) => [field, mounted(secret, secretFile(field))])),
        ];
        return ref === undefined ? [] : [pulumi.output(ref.name).apply(pathsIn)];
    });
    return pulumi.all(files).apply((entries) => Object.fromEntries(entries));
}

/** Path of a key of a mounted Secret. */
function mounted(secret: string, key: string): string {
    return `${secretsPath}/${secret}/${key}`;
}
