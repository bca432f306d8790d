import type { KubeObject } from "../../support/mocks";
import type { Container, PodSpec } from "../../support/stack";

/** A container as its node would start it: everything that it refers to is looked up. */
export interface Launch {
    /** `<controller>/<container>`. */
    name: string;
    args: string[];
    env: Record<string, string>;
    /** Files by mount path; no files for a volume that is empty at first. */
    mounts: Record<string, Record<string, string>>;
    ports: { name: string; port: number }[];
    /** Path and port of the readiness probe. */
    readiness: { path: string; port: string | number };
}

interface KeyRef {
    name: string;
    key: string;
}

interface EnvVar {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef; fieldRef?: object };
}

/** Text content of a ConfigMap or Secret, as the program registers it or as the API server has it. */
export function contentOf(objects: readonly KubeObject[], kind: "ConfigMap" | "Secret", name: string) {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) {
        throw new Error(`no ${kind} named ${name}`);
    }
    return { ...(found.data as object | undefined), ...(found.stringData as object | undefined) } as Record<
        string,
        string
    >;
}

/** The containers of one Deployment, StatefulSet or DaemonSet. */
export function launchesOf(controller: KubeObject, objects: readonly KubeObject[]): Launch[] {
    const { template } = controller.spec as { template: { spec: PodSpec } };
    return template.spec.containers.map((container) => launch(controller, template.spec, container, objects));
}

/** The containers of the program's own controllers whose image is of this name, such as `loki`. */
export function launchesOfImage(objects: readonly KubeObject[], image: string): Launch[] {
    return objects
        .filter(({ kind }) => ["Deployment", "StatefulSet", "DaemonSet"].includes(kind))
        .filter(({ spec }) => {
            const { template } = spec as { template: { spec: PodSpec } };
            return template.spec.containers.some((container) => container.image.includes(`/${image}:`));
        })
        .flatMap((controller) => launchesOf(controller, objects));
}

function launch(controller: KubeObject, pod: PodSpec, container: Container, objects: readonly KubeObject[]): Launch {
    const env = Object.fromEntries(
        ((container.env ?? []) as EnvVar[]).map((one) => [one.name, valueOf(one, objects)] as const),
    );
    const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => {
        const volume = pod.volumes?.find((one) => one.name === name);
        const files =
            volume?.configMap !== undefined
                ? contentOf(objects, "ConfigMap", volume.configMap.name)
                : volume?.secret !== undefined
                  ? contentOf(objects, "Secret", volume.secret.secretName)
                  : {};
        return [mountPath, files] as const;
    });
    const probe = container.readinessProbe as { httpGet: { path: string; port: string | number } };
    return {
        name: `${controller.metadata.name}/${container.name}`,
        args: (container.args ?? []).map((arg) =>
            arg.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole),
        ),
        env,
        mounts: Object.fromEntries(mounts),
        ports: (container.ports ?? []).map(({ name, containerPort }) => ({ name: name ?? "", port: containerPort })),
        readiness: probe.httpGet,
    };
}

function valueOf({ value, valueFrom }: EnvVar, objects: readonly KubeObject[]): string {
    const secret = valueFrom?.secretKeyRef;
    if (secret !== undefined) {
        const { [secret.key]: text } = contentOf(objects, "Secret", secret.name);
        if (text === undefined) {
            throw new Error(`Secret ${secret.name} has no key ${secret.key}`);
        }
        return text;
    }
    return value ?? "of-the-pod";
}
