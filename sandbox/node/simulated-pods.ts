import type { KubernetesObject, V1Pod } from "@kubernetes/client-node";
import { platformLabel } from "../platform/settings";
import { nodeCapacity } from "../platform/nodes";
import { nodeNames, simulatedMark } from "./settings";

/** Pods that can't run for real. */
export interface SimulatedImage {
    /** Repository of the image, in whichever registry. */
    repository: string;
    /** For the user: why it can't be had. */
    reason: string;
}

/** All of them: every other pod is real. */
export const simulatedImages: readonly SimulatedImage[] = [
    {
        repository: "grafana/grafana",
        reason: "Grafana is published as an image and as an archive only, and neither can be had from a package registry",
    },
];

/** Label of nodes that have a kubelet: DaemonSets keep to them. */
export const realMark = { key: "sandbox.perch.dev/real", value: "true" } as const;

/** Why a pod is simulated; `undefined`: it is real. */
export function simulationOf(pod: V1Pod): SimulatedImage | undefined {
    const images = (pod.spec?.containers ?? []).map(({ image }) => image ?? "");
    return simulatedImages.find((simulated) => images.some((image) => isImageOf(image, simulated)));
}

/**
 * The rules by which pods get to their nodes, as admission policies of the API server. The stack's own objects say nothing of
 * it.
 */
export function admissionPolicies(): KubernetesObject[] {
    return [
        ...policy("simulated-pods", ["", "v1", "pods"], ["CREATE"], anyOf(simulatedImages), [
            ...orEmpty("/spec/nodeSelector", "object.spec.nodeSelector", "{}"),
            added(`/spec/nodeSelector/${escaped(simulatedMark.key)}`, text(simulatedMark.value)),
            ...orEmpty("/spec/tolerations", "object.spec.tolerations", "[]"),
            added(
                "/spec/tolerations/-",
                `Object.spec.tolerations{key: ${text(simulatedMark.key)}, operator: "Exists"}`,
            ),
        ]),
        // Those that tolerate every taint would land on the simulated node too.
        ...policy("daemon-sets-are-real", ["apps", "v1", "daemonsets"], ["CREATE", "UPDATE"], "true", [
            ...orEmpty("/spec/template/spec/nodeSelector", "object.spec.template.spec.nodeSelector", "{}"),
            added(`/spec/template/spec/nodeSelector/${escaped(realMark.key)}`, text(realMark.value)),
        ]),
        // The requests of a profile are those of its production: the machine needs a fraction of that, but the scheduler
        // counts them.
        ...policy(
            "node-capacity",
            ["", "v1", "nodes", "nodes/status"],
            ["CREATE", "UPDATE"],
            `object.metadata.name == ${text(nodeNames.real)} && has(object.status.allocatable)`,
            ["capacity", "allocatable"].flatMap((list) =>
                [
                    ["cpu", nodeCapacity.cpu],
                    ["memory", nodeCapacity.memory],
                ].map(([resource, amount]) => added(`/status/${list}/${resource ?? ""}`, text(amount ?? ""))),
            ),
        ),
    ];
}

/** CEL: true for a pod one of whose containers has one of these images. */
function anyOf(images: readonly SimulatedImage[]): string {
    const patterns = images.map(({ repository }) => `c.image.matches(${text(patternOf(repository))})`);
    return `object.spec.containers.exists(c, ${patterns.join(" || ")})`;
}

/** Whether a reference is one of the image. */
export function isImageOf(reference: string, { repository }: SimulatedImage): boolean {
    return new RegExp(patternOf(repository)).test(reference);
}

/** Means the same in JavaScript and in CEL. */
function patternOf(repository: string): string {
    return `(^|/)${repository}([:@]|$)`;
}

/** Patches are lists in CEL, to be joined by `+`. */
function added(path: string, value: string): string {
    return `[JSONPatch{op: "add", path: ${text(path)}, value: ${value}}]`;
}

function orEmpty(path: string, field: string, empty: string): string[] {
    return [`(has(${field}) ? [] : ${added(path, empty)})`];
}

function text(value: string): string {
    return JSON.stringify(value);
}

/** As a part of a JSON pointer. */
function escaped(key: string): string {
    return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function policy(
    name: string,
    [apiGroup, apiVersion, ...resources]: [string, string, ...string[]],
    operations: string[],
    condition: string,
    patches: string[],
): KubernetesObject[] {
    const metadata = { name: `sandbox-${name}`, labels: platformLabel };
    const apiVersionOfPolicy = "admissionregistration.k8s.io/v1";
    const objects = [
        {
            apiVersion: apiVersionOfPolicy,
            kind: "MutatingAdmissionPolicy",
            metadata,
            spec: {
                matchConstraints: {
                    resourceRules: [{ apiGroups: [apiGroup], apiVersions: [apiVersion], operations, resources }],
                },
                matchConditions: [{ name: "concerns", expression: condition }],
                failurePolicy: "Fail",
                reinvocationPolicy: "Never",
                mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: patches.join(" + ") } }],
            },
        },
        {
            apiVersion: apiVersionOfPolicy,
            kind: "MutatingAdmissionPolicyBinding",
            metadata,
            spec: { policyName: metadata.name },
        },
    ];
    return objects;
}
