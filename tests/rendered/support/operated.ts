import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, type V1Container } from "@kubernetes/client-node";
import { crdNames, readCrd } from "../../../components/metrics/crd-files";
import { adminKubeconfig } from "../../../sandbox/platform";
import { admin, eventually } from "../../sandbox/support/platform";
import type { KubeObject } from "../../support/mocks";
import { programOf } from "./tools";

const group = "monitoring.coreos.com";

/** What the operator needs beside its own Deployment to make configuration of the stack's resources. */
const groundwork = [
    "Namespace",
    "PriorityClass",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
];

const isOperator = ({ kind, metadata }: KubeObject) => kind === "Deployment" && metadata.name === "prometheus-operator";
const isMonitoring = ({ apiVersion }: KubeObject) => apiVersion.startsWith(`${group}/`);

/**
 * Runs kubectl on objects.
 * @throws Error with its words, also when the API server warns of an object
 */
async function kubectl(args: readonly string[], objects: readonly KubeObject[]): Promise<void> {
    const binary = await programOf("kubectl");
    const running = promisify(execFile)(binary, [...args, "--kubeconfig", adminKubeconfig, "--filename", "-"]);
    running.child.stdin?.end(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    const { stderr } = await running;
    if (stderr.trim() !== "") {
        throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    }
}

const strictly = ["apply", "--server-side", "--force-conflicts", "--validate=strict"];

/** Applies the files of a folder. */
export async function applyFolder(folder: string): Promise<void> {
    const binary = await programOf("kubectl");
    await promisify(execFile)(binary, [...strictly, "--kubeconfig", adminKubeconfig, "--filename", folder]);
}

/** The CRDs as the stack brings them. */
export async function applyCrds(): Promise<void> {
    const crds = crdNames.map((name) => ({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        ...readCrd(name),
    }));
    await kubectl(strictly, crds);
    await eventually(async () => {
        const api = admin().makeApiClient(CustomObjectsApi);
        await Promise.all(
            crdNames.map((plural) =>
                api.listCustomObjectForAllNamespaces({ group, version: versionOf(plural), resourcePlural: plural }),
            ),
        );
    });
}

const versionOf = (plural: string) => (["alertmanagerconfigs", "scrapeconfigs"].includes(plural) ? "v1alpha1" : "v1");

/** Starts the operator of a stack, with the flags and the rights that the stack gives it. */
export function applyOperator(objects: readonly KubeObject[]): Promise<void> {
    return kubectl(
        strictly,
        objects.filter((object) => groundwork.includes(object.kind) || isOperator(object)),
    );
}

/** Makes a controller of a stack, with its ServiceAccount and rights, and what they need. */
export function applyController(objects: readonly KubeObject[], name: string): Promise<void> {
    const kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    return kubectl(
        strictly,
        objects.filter(({ kind, metadata }) =>
            kinds.includes(kind) ? metadata.name === name : groundwork.includes(kind),
        ),
    );
}

/** Applies the monitors, rules, Prometheus and Alertmanager of a stack. */
export function applyMonitoring(objects: readonly KubeObject[]): Promise<void> {
    return kubectl(strictly, objects.filter(isMonitoring));
}

/** Starts the operator of a stack, and hands it the stack's resources once it runs. */
export async function operate(namespace: string, objects: readonly KubeObject[]): Promise<void> {
    await applyOperator(objects);
    await operatorRuns(namespace);
    await applyMonitoring(objects);
}

/** Applies any objects, strictly. */
export function applyObjects(objects: readonly KubeObject[]): Promise<void> {
    return kubectl(strictly, objects);
}

/** Removes what {@link applyMonitoring} applied, so that the next stack's Prometheus doesn't see it. */
export function deleteMonitoring(objects: readonly KubeObject[]): Promise<void> {
    return kubectl(["delete", "--ignore-not-found", "--wait=true"], objects.filter(isMonitoring));
}

/** Has the API server look at every object of a stack as if it were applied; its Namespaces must be there. */
export function dryRun(objects: readonly KubeObject[]): Promise<void> {
    return kubectl([...strictly, "--dry-run=server"], objects);
}

/** Waits until the operator of a namespace runs. */
export async function operatorRuns(namespace: string): Promise<void> {
    const apps = admin().makeApiClient(AppsV1Api);
    await eventually(async () => {
        const { status } = await apps.readNamespacedDeployment({ namespace, name: "prometheus-operator" });
        if (status?.availableReplicas !== 1) {
            throw new Error(`the operator in ${namespace} doesn't run: ${JSON.stringify(status)}`);
        }
    }, 120);
}

/** Containers of a StatefulSet that the operator made. */
export async function containersOf(namespace: string, name: string): Promise<V1Container[]> {
    const { spec } = await admin().makeApiClient(AppsV1Api).readNamespacedStatefulSet({ namespace, name });
    return spec?.template.spec?.containers ?? [];
}

/** Files of a Secret that the operator made; those that it compressed are unpacked. */
export async function secretFiles(namespace: string, name: string): Promise<Record<string, string>> {
    const { data = {} } = await admin().makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
    return Object.fromEntries(
        Object.entries(data).map(([key, value]) => {
            const content = Buffer.from(value, "base64");
            return key.endsWith(".gz")
                ? [key.slice(0, -".gz".length), gunzipSync(content).toString()]
                : [key, content.toString()];
        }),
    );
}

/** Rule files that the operator made for Prometheus, by ConfigMap. */
export async function ruleFiles(namespace: string): Promise<Record<string, Record<string, string>>> {
    const core = admin().makeApiClient(CoreV1Api);
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: "prometheus-name=perch" });
    return Object.fromEntries(items.map(({ metadata, data = {} }) => [metadata?.name ?? "", data]));
}
