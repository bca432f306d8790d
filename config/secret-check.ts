import { nearest } from "./nearest";
import { pathText, type Problem } from "./problems";
import {
    areaNames,
    isReceiverSecretKey,
    isRemoteWriteSecretKey,
    receiverSecretFields,
    receiverSecretKey,
    remoteWriteSecretFields,
    remoteWriteSecretKey,
    secretValueKeys,
    type SecretValueKey,
} from "./schema";
import { isPlainObject, outlineAt, type Outline } from "./schema/outline";
import { looksSecret } from "./secret-names";
import { NAMESPACE, type ConfigSource } from "./source";

/** The command that puts a secret into the stack file; it asks for the value. */
export function setSecretCommand(key: SecretValueKey | "<key>", stack: string): string {
    return `pulumi config set --secret ${NAMESPACE}:${key} --stack ${stack}`;
}

/** Keys of the stack file that are meant for a secret. */
export function givenSecretKeys(source: ConfigSource): SecretValueKey[] {
    const given = source.keys();
    return [
        ...secretValueKeys.filter((key) => given.includes(key)),
        ...given.filter(isReceiverSecretKey).sort(),
        ...given.filter(isRemoteWriteSecretKey).sort(),
    ];
}

/** The key of its own that a secret found at `path` belongs to; undefined where no part takes such a secret. */
function ownKey(path: readonly PropertyKey[]): SecretValueKey | undefined {
    const text = path.map(String).join(".");
    const last = String(path.at(-1));
    if (/^(objectStorage|secrets\.objectStorage)\b/.test(text)) {
        return /access/i.test(last) ? "s3AccessKey" : "s3SecretKey";
    }
    if (/^(grafana|secrets\.grafana)/.test(text)) {
        return /secret[_-]?key|encryption/i.test(text) ? "grafanaSecretKey" : "grafanaAdminPassword";
    }
    const [, receiver] = /^(?:alerting|secrets)\.receivers\.([^.]+)\./.exec(text) ?? [];
    const field = receiverSecretFields.find((each) => each === last);
    if (receiver !== undefined && field !== undefined) {
        return receiverSecretKey(receiver, field);
    }
    const [, remoteWrite] = /^(?:metrics|secrets)\.remoteWrite\.([^.]+)\./.exec(text) ?? [];
    const hidden = remoteWriteSecretFields.find((each) => each === last);
    if (remoteWrite !== undefined && hidden !== undefined) {
        return remoteWriteSecretKey(remoteWrite, hidden);
    }
    if (/^(alerting|secrets\.(smtp|deadMansSwitch))/.test(text)) {
        return /pass/i.test(text) ? "smtpPassword" : text.includes("deadMansSwitch") ? "deadMansSwitchUrl" : undefined;
    }
    return secretValueKeys.find((key) => key === nearest(last, secretValueKeys));
}

function moveOut(path: readonly PropertyKey[], what: string, stack: string): Problem {
    const key = ownKey(path);
    const others = `${setSecretCommand("<key>", stack)}, where <key> is one of ${secretValueKeys.join(", ")}, receiver.<name>.<secret> or remoteWrite.<name>.<secret>`;
    return {
        path: pathText(path),
        message: `${what}; a secret is a key of its own: remove this one and run: ${key === undefined ? others : setSecretCommand(key, stack)}`,
    };
}

/** Paths of all scalars. */
function leaves(value: unknown, path: readonly PropertyKey[]): (readonly PropertyKey[])[] {
    if (Array.isArray(value)) {
        return value.flatMap((item, index) => leaves(item, [...path, index]));
    }
    return isPlainObject(value) ? Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key])) : [path];
}

/**
 * Secrets that stand where anybody can read them: keys for secrets that aren't encrypted, areas that are, and fields
 * inside an area that look like secrets. No message shows a value.
 * @param areas what the stack file says in plain text, area by area
 */
export function secretProblems(
    source: ConfigSource,
    root: Outline,
    areas: Readonly<Record<string, unknown>>,
    stack: string,
): Problem[] {
    const plain = givenSecretKeys(source)
        .filter((key) => !source.isEncrypted(key))
        .map((key) => ({
            path: key,
            message: `isn't encrypted in the stack file; choose a new value and run: ${setSecretCommand(key, stack)}`,
        }));
    const encrypted = areaNames
        .filter((area) => source.get(area) !== undefined && source.isEncrypted(area))
        .map((area) => moveOut([area], "holds an encrypted value, and an area is read as plain text", stack));
    const inside = Object.entries(areas)
        .flatMap(([area, value]) => leaves(value, [area]))
        .filter((path) => path.some((segment) => looksSecret(String(segment))))
        .filter((path) => outlineAt(root, areas, path)?.is !== "value")
        .map((path) => moveOut(path, "looks like a secret in plain text", stack));
    return [...plain, ...encrypted, ...inside];
}
