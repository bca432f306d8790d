import type { V1ConfigMap, V1Container, V1Pod, V1Secret, V1Volume } from "@kubernetes/client-node";

/** A ConfigMap or Secret that a pod can't start without, or one key of it. */
export interface Reference {
    kind: "ConfigMap" | "Secret";
    name: string;
    /** `undefined`: any content will do. */
    key?: string;
}

/** The ConfigMaps and Secrets that a kubelet needs before it starts the pod's containers. */
export function requiredReferences({ spec }: V1Pod): Reference[] {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    return [...(spec?.volumes ?? []).flatMap(ofVolume), ...containers.flatMap(ofContainer)];
}

/** The first reference that isn't there, as a kubelet would complain of it; `undefined` when all are there. */
export function complaint(
    pod: V1Pod,
    find: (kind: Reference["kind"], namespace: string, name: string) => V1ConfigMap | V1Secret | undefined,
): string | undefined {
    const namespace = pod.metadata?.namespace ?? "";
    for (const { kind, name, key } of requiredReferences(pod)) {
        const object = find(kind, namespace, name);
        if (object === undefined) {
            return `${kind.toLowerCase()} "${name}" not found`;
        }
        if (key !== undefined && !keysOf(object).includes(key)) {
            return `references non-existent ${kind.toLowerCase()} key: ${key} in ${name}`;
        }
    }
    return undefined;
}

function ofVolume({ secret, configMap, projected }: V1Volume): Reference[] {
    const sources = projected?.sources ?? [];
    return [
        ...ofFiles("Secret", secret && { name: secret.secretName, optional: secret.optional, items: secret.items }),
        ...ofFiles("ConfigMap", configMap),
        ...sources.flatMap((source) => [
            ...ofFiles("Secret", source.secret),
            ...ofFiles("ConfigMap", source.configMap),
        ]),
    ];
}

interface Files {
    name?: string;
    optional?: boolean;
    items?: readonly { key: string }[];
}

function ofFiles(kind: Reference["kind"], files: Files | undefined): Reference[] {
    if (files?.name === undefined || files.optional === true) {
        return [];
    }
    const { name, items = [] } = files;
    return items.length === 0 ? [{ kind, name }] : items.map(({ key }) => ({ kind, name, key }));
}

function ofContainer({ env = [], envFrom = [] }: V1Container): Reference[] {
    const variables = env.flatMap(({ valueFrom }): Reference[] => [
        ...ofKey("Secret", valueFrom?.secretKeyRef),
        ...ofKey("ConfigMap", valueFrom?.configMapKeyRef),
    ]);
    const groups = envFrom.flatMap(({ secretRef, configMapRef }) => [
        ...ofFiles("Secret", secretRef),
        ...ofFiles("ConfigMap", configMapRef),
    ]);
    return [...variables, ...groups];
}

function ofKey(
    kind: Reference["kind"],
    selector: { name?: string; key: string; optional?: boolean } | undefined,
): Reference[] {
    return selector?.name === undefined || selector.optional === true
        ? []
        : [{ kind, name: selector.name, key: selector.key }];
}

function keysOf({ data, binaryData }: V1ConfigMap & V1Secret): string[] {
    return [...Object.keys(data ?? {}), ...Object.keys(binaryData ?? {})];
}
