import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadArgs } from "./args";
import { rollingAnnotations } from "./files";
import { everyNode, linuxNodes, podSecurityContext, spread } from "./house";
import { container, scratchVolumes } from "./pod";

/** The pod template of a workload: everything of the house standard that stands in a pod. */
export function podTemplate(args: WorkloadArgs, selector: Record<string, string>): input.core.v1.PodTemplateSpec {
    const { platform, host } = args;
    const mounts = sharedMounts(args);
    return {
        metadata: {
            labels: platform.labels({ ...selector, "app.kubernetes.io/version": args.version }),
            annotations: { ...hashes(args), "kubectl.kubernetes.io/default-container": args.containers[0].name },
        },
        spec: {
            serviceAccountName: args.objectName,
            automountServiceAccountToken: args.rules !== undefined,
            // Environment variables for each Service of the namespace: noise, and a limit on their number.
            enableServiceLinks: false,
            ...(platform.priorityClassName === undefined ? {} : { priorityClassName: platform.priorityClassName }),
            securityContext: podSecurityContext(args.user, args.group),
            terminationGracePeriodSeconds: args.terminationGracePeriodSeconds ?? 30,
            nodeSelector: linuxNodes,
            ...(args.controller.kind === "DaemonSet" ? everyNode : { topologySpreadConstraints: spread(selector) }),
            ...(host?.hostNetwork === true ? { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" } : {}),
            ...(host?.hostPID === true ? { hostPID: true } : {}),
            containers: args.containers.map((c) => container(c, mounts)),
            volumes: volumes(args),
        },
    };
}

function volumes(args: WorkloadArgs): input.core.v1.Volume[] {
    return [
        ...(args.config ?? []).map((config) => ({ name: config.name, configMap: { name: config.name } })),
        ...(args.secrets ?? []).map((secret, index) => ({
            name: `secret-${index}`,
            secret: {
                secretName: secret.secretName,
                // Group-readable: the files belong to root, the process runs as another user.
                defaultMode: 0o440,
                ...(secret.keys === undefined ? {} : { items: secret.keys.map((key) => ({ key, path: key })) }),
            },
        })),
        ...Object.keys(args.host?.paths ?? {}).map((path, index) => ({ name: `host-${index}`, hostPath: { path } })),
        ...args.containers.flatMap(scratchVolumes),
        ...(args.volumes ?? []),
    ];
}

/** Mounts that every container of the pod gets. */
function sharedMounts(args: WorkloadArgs): input.core.v1.VolumeMount[] {
    const volume = args.controller.kind === "StatefulSet" ? args.controller.volume : undefined;
    return [
        ...(volume === undefined ? [] : [{ name: "data", mountPath: volume.mountPath }]),
        ...(args.config ?? []).map((c) => ({ name: c.name, mountPath: c.mountPath, readOnly: true })),
        ...(args.secrets ?? []).map((s, index) => ({
            name: `secret-${index}`,
            mountPath: s.mountPath,
            readOnly: true,
        })),
        ...Object.values(args.host?.paths ?? {}).map((mountPath, index) => ({
            name: `host-${index}`,
            mountPath,
            readOnly: true,
            mountPropagation: "HostToContainer",
        })),
    ];
}

/** Annotations that change with the configuration, so that its change rolls the pods. */
function hashes(args: WorkloadArgs): Record<string, pulumi.Output<string>> {
    const plain = (args.config ?? [])
        .filter((config) => config.reloads !== true)
        .flatMap((config) =>
            Object.entries(config.files).map(([file, text]) => [`${config.name}/${file}`, text] as const),
        );
    const secrets = [
        ...(args.secrets ?? []).flatMap((secret) => (secret.content === undefined ? [] : [secret.content])),
        ...(args.envSecrets ?? []),
    ];
    return rollingAnnotations(
        args.platform.contentKey,
        plain.length === 0 ? undefined : Object.fromEntries(plain),
        secrets.length === 0
            ? undefined
            : pulumi
                  .all(secrets)
                  .apply((contents) =>
                      Object.fromEntries(
                          contents.flatMap((content, index) =>
                              Object.entries(content).map(([key, value]) => [`${index}/${key}`, value]),
                          ),
                      ),
                  ),
    );
}
