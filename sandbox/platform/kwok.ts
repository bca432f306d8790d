import * as fs from "node:fs";
import * as path from "node:path";
import * as YAML from "yaml";
import * as z from "zod";
import { UserError } from "../../cli/errors";
import { inRunDir } from "../paths";
import { readIfExists, writePrivateFileIfChanged } from "../processes";
import type { DaemonSpec } from "../processes";
import type { ControlPlane } from "./control-plane";
import { kubeconfigs } from "./credentials";
import { imagePatterns } from "./images";
import { referencesFound } from "./pod-gate";

/** Files below `kustomize/stage` of KWOK's module: nodes that stay ready, pods that get ready, complete and go. */
export const stageFiles = [
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
] as const;

const stageSchema = z.looseObject({
    kind: z.literal("Stage"),
    metadata: z.looseObject({ name: z.string() }),
    spec: z.looseObject({ selector: z.looseObject({ matchExpressions: z.array(z.looseObject({})) }) }),
});

/** A step in the life of a simulated node or pod. */
export type Stage = z.output<typeof stageSchema>;

/**
 * KWOK's own stages, changed so that pods of missing images and pods of real processes are left to {@link ownStages}, and
 * that others wait for their ConfigMaps and Secrets.
 */
export function stagesOfModule(folder: string): Stage[] {
    return stageFiles.map((file) => {
        const content = readIfExists(path.join(folder, file));
        if (content === undefined) {
            throw new UserError(
                `KWOK's stage ${file} isn't in ${folder}: fetch the tools again with "make distclean up".`,
            );
        }
        const stage = stageSchema.parse(YAML.parse(content));
        if (stage.metadata.name === "pod-ready") {
            stage.spec.selector.matchExpressions.push(
                anyImage(imagePatterns.missing, false),
                anyImage(imagePatterns.prometheusOperator, false),
                {
                    key: `.status.conditions[] | select(.type == "${referencesFound}") | .status`,
                    operator: "In",
                    values: ["True"],
                },
            );
        }
        return stage;
    });
}

/**
 * What KWOK lacks: an image that can't be pulled, the start of a pod that a process of this machine stands for, and the
 * return of a pod that the node controller has declared unready while its node's lease wasn't renewed.
 */
export function ownStages(): Stage[] {
    return [
        podStage(
            "pod-image-pull-failed",
            "Pending",
            [
                anyImage(imagePatterns.missing, true),
                {
                    key: ".status.containerStatuses[].state.waiting.reason",
                    operator: "NotIn",
                    values: ["ImagePullBackOff"],
                },
            ],
            imagePullFailedStatus,
            { type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff" },
        ),
        podStage(
            "pod-of-host-process-created",
            "Pending",
            [
                anyImage(imagePatterns.missing, false),
                anyImage(imagePatterns.prometheusOperator, true),
                { key: ".status.podIP", operator: "DoesNotExist" },
            ],
            containerCreatingStatus,
        ),
        podStage(
            "pod-ready-again",
            "Running",
            [
                anyImage(imagePatterns.prometheusOperator, false),
                {
                    key: '.status.conditions[] | select(.type == "Ready") | .status',
                    operator: "In",
                    values: ["False"],
                },
            ],
            readyStatus,
        ),
    ];
}

/** Writes KWOK's configuration. */
export function writeStages(folder: string): void {
    const documents = [...stagesOfModule(folder), ...ownStages()].map((stage) => YAML.stringify(stage));
    writePrivateFileIfChanged(configFile, documents.join("---\n"));
}

/** KWOK, which plays the kubelets of all nodes, or of those that carry a label (`key=value`). */
export function kwokSpec({ tools, ports, layout, probes }: ControlPlane, nodeLabel?: string): DaemonSpec {
    const home = inRunDir("etc", "kwok");
    fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    return {
        name: "kwok",
        command: tools.kwok,
        args: [
            `--kubeconfig=${kubeconfigs.platform}`,
            `--config=${configFile}`,
            ...(nodeLabel === undefined
                ? ["--manage-all-nodes=true"]
                : ["--manage-all-nodes=false", `--manage-nodes-with-label-selector=${nodeLabel}`]),
            `--node-lease-duration-seconds=${nodeLeaseSeconds}`,
            `--cidr=${layout.simulatedPodCidr}`,
            `--server-address=127.0.0.1:${ports.kwok}`,
        ],
        // Else it would add the settings of a KWOK that the user has.
        env: { KWOK_WORKDIR: home },
        configFiles: [configFile, kubeconfigs.platform],
        port: ports.kwok,
        probe: probes.kwok,
        graceMs: 3_000,
    };
}

/** As a kubelet's. */
const nodeLeaseSeconds = 40;
const configFile = inRunDir("etc", "kwok.yaml");

interface StageEvent {
    type: string;
    reason: string;
    message: string;
}

function podStage(
    name: string,
    phase: "Pending" | "Running",
    conditions: object[],
    statusTemplate: string,
    event?: StageEvent,
): Stage {
    return {
        apiVersion: "kwok.x-k8s.io/v1alpha1",
        kind: "Stage",
        metadata: { name },
        spec: {
            resourceRef: { apiGroup: "v1", kind: "Pod" },
            selector: {
                matchExpressions: [
                    { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
                    { key: ".status.phase", operator: "In", values: [phase] },
                    ...conditions.map((condition) => ({ ...condition })),
                ],
            },
            next: { ...(event === undefined ? {} : { event }), statusTemplate },
        },
    };
}

function anyImage(pattern: string, expected: boolean): Record<string, unknown> {
    const key = `[.spec.containers[], (.spec.initContainers // [])[] | .image | test("${pattern}")] | any`;
    return { key, operator: expected ? "In" : "NotIn", values: ["true"] };
}

const notReadyConditions = `
{{ $now := Now }}
conditions:
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: Initialized
- lastTransitionTime: {{ $now | Quote }}
  status: "False"
  type: Ready
  reason: ContainersNotReady
- lastTransitionTime: {{ $now | Quote }}
  status: "False"
  type: ContainersReady
  reason: ContainersNotReady
startTime: {{ $now | Quote }}
phase: Pending
`;

const readyStatus = `
conditions:
- lastTransitionTime: {{ Now | Quote }}
  status: "True"
  type: Ready
`;

const addresses = `
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
`;

const containerCreatingStatus = `${notReadyConditions}${addresses}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: false
  restartCount: 0
  state:
    waiting:
      reason: ContainerCreating
{{ end }}
`;

const imagePullFailedStatus = `${notReadyConditions}${addresses}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: false
  restartCount: 0
  state:
    waiting:
      {{ if regexMatch "${imagePatterns.missing}" .image }}
      reason: ImagePullBackOff
      message: {{ printf "Back-off pulling image \\"%s\\": the image doesn't exist" .image | Quote }}
      {{ else }}
      reason: ContainerCreating
      {{ end }}
{{ end }}
`;
