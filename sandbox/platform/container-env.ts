import type { V1Container, V1EnvVar, V1EnvVarSource, V1Pod } from "@kubernetes/client-node";
import { quantityValue } from "./quantity";

/** Reads one key of a ConfigMap or Secret of the pod's namespace; `undefined` when there is none. */
export type KeyReader = (kind: "ConfigMap" | "Secret", name: string, key: string) => Promise<string | undefined>;

/** Why a kubelet would not create a container, e.g. `CreateContainerConfigError`. */
export class CannotCreateContainer extends Error {
    constructor(
        message: string,
        readonly reason = "CreateContainerConfigError",
    ) {
        super(message);
    }
}

/** The environment of a container as a kubelet would make it. */
export async function environmentOf(
    pod: V1Pod,
    container: V1Container,
    readKey: KeyReader,
): Promise<Record<string, string>> {
    if ((container.envFrom ?? []).length > 0) {
        throw new CannotCreateContainer("the sandbox doesn't know envFrom for a container that it runs as a process");
    }
    const environment: Record<string, string> = { HOSTNAME: pod.metadata?.name ?? "" };
    for (const variable of container.env ?? []) {
        const value = await valueOf(pod, container, variable, environment, readKey);
        if (value !== undefined) {
            environment[variable.name] = value;
        }
    }
    return environment;
}

/** Replaces `$(NAME)` by the variable of this name; an unknown one stays, and `$$` is a plain `$`. */
export function expandVariables(text: string, environment: Readonly<Record<string, string>>): string {
    return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) =>
        name === undefined ? "$" : (environment[name] ?? whole),
    );
}

async function valueOf(
    pod: V1Pod,
    container: V1Container,
    { name, value, valueFrom }: V1EnvVar,
    environment: Readonly<Record<string, string>>,
    readKey: KeyReader,
): Promise<string | undefined> {
    if (valueFrom === undefined) {
        return expandVariables(value ?? "", environment);
    }
    const { fieldRef, resourceFieldRef } = valueFrom;
    if (fieldRef !== undefined) {
        return fieldValue(pod, fieldRef.fieldPath, name);
    }
    if (resourceFieldRef !== undefined) {
        return resourceValue(container, resourceFieldRef.resource, resourceFieldRef.divisor, name);
    }
    return keyValue(valueFrom, readKey, name);
}

async function keyValue(source: V1EnvVarSource, readKey: KeyReader, variable: string): Promise<string | undefined> {
    const { configMapKeyRef, secretKeyRef } = source;
    const reference = configMapKeyRef ?? secretKeyRef;
    if (reference === undefined) {
        throw new CannotCreateContainer(`the sandbox doesn't know the source of the variable ${variable}`);
    }
    const kind = configMapKeyRef === undefined ? "Secret" : "ConfigMap";
    const objectName = reference.name ?? "";
    const value = await readKey(kind, objectName, reference.key);
    if (value === undefined && reference.optional !== true) {
        throw new CannotCreateContainer(`couldn't find key ${reference.key} in ${kind} ${objectName}`);
    }
    return value;
}

function fieldValue({ metadata, spec, status }: V1Pod, path: string, variable: string): string {
    const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
    if (map !== undefined && key !== undefined) {
        return (map === "labels" ? metadata?.labels : metadata?.annotations)?.[key] ?? "";
    }
    const fields: Readonly<Record<string, string | undefined>> = {
        "metadata.name": metadata?.name,
        "metadata.namespace": metadata?.namespace,
        "metadata.uid": metadata?.uid,
        "spec.nodeName": spec?.nodeName,
        "spec.serviceAccountName": spec?.serviceAccountName,
        "status.podIP": status?.podIP,
        "status.hostIP": status?.hostIP,
    };
    if (!(path in fields)) {
        throw new CannotCreateContainer(`the sandbox doesn't know the field ${path} of the variable ${variable}`);
    }
    return fields[path] ?? "";
}

function resourceValue(
    container: V1Container,
    resource: string,
    divisor: string | undefined,
    variable: string,
): string {
    const [list, name] = resource.split(".");
    const resources = list === "limits" ? container.resources?.limits : container.resources?.requests;
    const quantity = name === undefined ? undefined : resources?.[name];
    if (quantity === undefined) {
        throw new CannotCreateContainer(`the container has no ${resource} for the variable ${variable}`);
    }
    const unit = divisor === undefined || divisor === "0" ? 1 : quantityValue(divisor);
    return String(Math.ceil(quantityValue(quantity) / unit));
}
