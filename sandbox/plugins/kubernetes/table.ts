import { type GroupVersionKind, groupVersion } from "./objects";

/** How the plugin knows that an object of a kind is ready; one module of `await/` each. */
export type WaitRule =
    | "none"
    | "daemon-set"
    | "deployment"
    | "ingress"
    | "job"
    | "persistent-volume"
    | "persistent-volume-claim"
    | "pod"
    | "resource-quota"
    | "secret"
    | "service"
    | "stateful-set";

/** One kind that the stand-in knows, with the rules that the official plugin has for it. */
export interface KindRow {
    apiVersion: string;
    kind: string;
    namespaced: boolean;
    /** Paths whose change replaces the object; `metadata.name` and `metadata.namespace` do so for every kind. */
    replaceOnChange: string[];
    wait: WaitRule;
}

const selector = [
    ".spec.selector",
    ".spec.selector.matchExpressions",
    ".spec.selector.matchExpressions.key",
    ".spec.selector.matchExpressions.operator",
    ".spec.selector.matchExpressions.values",
    ".spec.selector.matchLabels",
];

const statefulSet = [
    ".spec.podManagementPolicy",
    ".spec.revisionHistoryLimit",
    ".spec.serviceName",
    ".spec.volumeClaimTemplates",
    ...selector,
];

const job = [".spec.completions", ".spec.parallelism", ".spec.template", ...selector];

const claim = [".spec.accessModes", ".spec.storageClassName", ".spec.volumeName", ...selector];

const volume = [
    ..."awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk".split(" "),
    ..."glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO".split(" "),
    ..."storageos vsphereVolume".split(" "),
].map((name) => `.spec.${name}`);

const pod = [
    ..."affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC".split(" "),
    ..."hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy".split(" "),
    ..."priority priorityClassName readinessGates restartPolicy runtimeClassName schedulerName".split(" "),
    ..."securityContext serviceAccount serviceAccountName shareProcessNamespace subdomain".split(" "),
    ..."terminationGracePeriodSeconds volumes".split(" "),
    ...["containers[*]", "initContainers[*]"].flatMap((list) =>
        [
            ..."args command env env.value image imagePullPolicy lifecycle livenessProbe ports readinessProbe".split(
                " ",
            ),
            ..."resources securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy".split(" "),
            ..."tty volumeDevices volumeMounts workingDir".split(" "),
        ].map((field) => `${list}.${field}`),
    ),
].map((name) => `.spec.${name}`);

const global = (
    apiVersion: string,
    kind: string,
    replaceOnChange: string[] = [],
    wait: WaitRule = "none",
): KindRow => ({
    apiVersion,
    kind,
    namespaced: false,
    replaceOnChange,
    wait,
});
const inNamespace = (
    apiVersion: string,
    kind: string,
    replaceOnChange: string[] = [],
    wait: WaitRule = "none",
): KindRow => ({ ...global(apiVersion, kind, replaceOnChange, wait), namespaced: true });

/**
 * Every kind of Kubernetes itself that the stand-in knows. Source: pulumi-kubernetes, `provider/pkg/provider/diff.go`
 * (`forceNew`), `provider/pkg/await/awaiters.go` (`awaiters`), `provider/pkg/kinds/kinds.go` (`Namespaced`).
 * Secret and ConfigMap have further rules, see {@link replaceOnChange}. Custom resources aren't listed: they are replaced
 * for name and namespace only and waited for by annotation only.
 */
export const kindTable: readonly KindRow[] = [
    global("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    global("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    global("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
    global("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    global("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    global("apiregistration.k8s.io/v1", "APIService"),
    inNamespace("apps/v1", "DaemonSet", selector, "daemon-set"),
    inNamespace("apps/v1", "Deployment", selector, "deployment"),
    inNamespace("apps/v1", "StatefulSet", statefulSet, "stateful-set"),
    inNamespace("autoscaling/v1", "HorizontalPodAutoscaler"),
    inNamespace("autoscaling/v2", "HorizontalPodAutoscaler"),
    inNamespace("batch/v1", "CronJob"),
    inNamespace("batch/v1", "Job", job, "job"),
    inNamespace("networking.k8s.io/v1", "Ingress", [], "ingress"),
    global("networking.k8s.io/v1", "IngressClass"),
    inNamespace("networking.k8s.io/v1", "NetworkPolicy"),
    inNamespace("policy/v1", "PodDisruptionBudget"),
    global("rbac.authorization.k8s.io/v1", "ClusterRole"),
    global("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", [".roleRef"]),
    inNamespace("rbac.authorization.k8s.io/v1", "Role"),
    inNamespace("rbac.authorization.k8s.io/v1", "RoleBinding", [".roleRef"]),
    global("scheduling.k8s.io/v1", "PriorityClass"),
    global("storage.k8s.io/v1", "StorageClass", [".parameters", ".provisioner"]),
    inNamespace("v1", "ConfigMap"),
    inNamespace("v1", "LimitRange"),
    global("v1", "Namespace"),
    global("v1", "PersistentVolume", volume, "persistent-volume"),
    inNamespace("v1", "PersistentVolumeClaim", claim, "persistent-volume-claim"),
    inNamespace("v1", "Pod", pod, "pod"),
    inNamespace("v1", "ResourceQuota", [".spec.scopes"], "resource-quota"),
    inNamespace("v1", "Secret", [".type"], "secret"),
    inNamespace("v1", "Service", [".spec.clusterIP"], "service"),
    inNamespace("v1", "ServiceAccount"),
];

const rows = new Map(kindTable.map((row) => [`${row.apiVersion}/${row.kind}`, row]));
const groups = new Set(kindTable.map(({ apiVersion }) => (apiVersion.includes("/") ? apiVersion.split("/")[0] : "")));

/** The row of a kind; undefined for a custom resource and for what the stand-in doesn't know. */
export function rowOf(gvk: GroupVersionKind): KindRow | undefined {
    return rows.get(`${groupVersion(gvk)}/${gvk.kind}`);
}

/**
 * Does the group belong to Kubernetes itself? Its kinds are typed in the SDK and have rules of their own; any other group is
 * one of custom resources.
 */
export function isBuiltInGroup(group: string): boolean {
    // Groups that nobody outside Kubernetes can define: without a dot, or below the protected domain `k8s.io`.
    return groups.has(group) || !group.includes(".") || builtInGroups.has(group);
}

const builtInGroups = new Set(
    [
        "auditregistration certificates coordination discovery events flowcontrol.apiserver networking node policy",
        "resource settings storage storagemigration",
    ].flatMap((line) => line.split(" ").map((name) => `${name}.k8s.io`)),
);

/** What the provider's configuration and the object itself say about changing data in place. */
export interface Mutability {
    configMap: boolean;
    secret: boolean;
}

/** Paths whose change replaces an object of this kind. `immutable` objects are always replaced. */
export function replaceOnChange(gvk: GroupVersionKind, immutable: boolean, mutable: Mutability): string[] {
    const identity = [".metadata.name", ".metadata.namespace"];
    if (gvk.group === "" && gvk.kind === "Secret" && (!mutable.secret || immutable)) {
        return [...identity, ".type", ".stringData", ".data"];
    }
    if (gvk.group === "" && gvk.kind === "ConfigMap" && (!mutable.configMap || immutable)) {
        return [...identity, ".binaryData", ".data"];
    }
    return [...identity, ...(rowOf(gvk)?.replaceOnChange ?? [])];
}
