import type { input } from "@pulumi/kubernetes/types";
import type { MetricsSettings } from "../../config/schema";

type Rule = input.rbac.v1.PolicyRule;

const read = ["get", "list", "watch"];
const write = ["create", "update", "patch", "delete"];
const monitoring = "monitoring.coreos.com";

/** Kinds of which the operator runs the pods. */
const kindsRun = (ruler: boolean) => ["alertmanagers", "prometheuses", ...(ruler ? ["thanosrulers"] : [])];

/**
 * What the operator does outside the stack's namespace: it reads what anybody wants scraped or evaluated, and no Secret.
 * The list follows the checks at its start (cmd/operator/main.go); what is missing there turns a controller off, which is
 * wanted for PrometheusAgent, and for ThanosRuler where there is none.
 */
const clusterRules: Rule[] = [
    {
        apiGroups: [monitoring],
        resources: ["servicemonitors", "podmonitors", "probes", "scrapeconfigs", "prometheusrules"],
        verbs: read,
    },
    { apiGroups: [""], resources: ["namespaces"], verbs: read },
    // Whether a volume may grow, and whether its class is there.
    { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"] },
    // It asks for this right in all namespaces, else it reports nothing.
    { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];

/** What it does in the stack's namespace, where its Prometheus, Alertmanager and Ruler are. */
const namespaceRules = (run: readonly string[]): Rule[] => [
    // It watches AlertmanagerConfigs, though no Alertmanager of ours selects any.
    { apiGroups: [monitoring], resources: [...run, "alertmanagerconfigs"], verbs: read },
    { apiGroups: [monitoring], resources: run.map((kind) => `${kind}/status`), verbs: ["get", "update", "patch"] },
    // Owner references that block deletion, where the cluster checks that permission.
    { apiGroups: [monitoring], resources: run.map((kind) => `${kind}/finalizers`), verbs: ["update"] },
    { apiGroups: ["apps"], resources: ["statefulsets"], verbs: [...read, ...write] },
    // Generated configuration and rule files; what its own kinds refer to.
    { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: [...read, ...write] },
    { apiGroups: [""], resources: ["services"], verbs: ["get", "create", "update", "delete"] },
    // A rollout that hangs on a pod of a revision that was given up goes on when that pod is evicted.
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
];

/** What it takes to keep a Service of all kubelets in the stack's namespace. */
const kubeletRules: { cluster: Rule[]; namespace: Rule[] } = {
    cluster: [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }],
    namespace: [
        {
            apiGroups: ["discovery.k8s.io"],
            resources: ["endpointslices"],
            verbs: ["get", "list", "create", "update", "delete"],
        },
    ],
};

/**
 * Permissions of the operator.
 *
 * @param ruler whether it runs a Ruler
 */
export function operatorRules(
    settings: Pick<MetricsSettings, "kubelet">,
    ruler = false,
): { cluster: Rule[]; namespace: Rule[] } {
    const { cluster, namespace } = settings.kubelet ? kubeletRules : { cluster: [], namespace: [] };
    return { cluster: [...clusterRules, ...cluster], namespace: [...namespaceRules(kindsRun(ruler)), ...namespace] };
}
