import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type {
    KubernetesObject,
    V1ClusterRole,
    V1ClusterRoleBinding,
    V1Deployment,
    V1ServiceAccount,
} from "@kubernetes/client-node";
import { adminKubeconfig } from "../../../sandbox/platform";
import { ensureTools, moduleFiles } from "../../../sandbox/toolchain";

/** Puts the CRDs of the Prometheus Operator into the cluster, over those that a stack has left there. */
export async function applyOperatorCrds(): Promise<void> {
    const { kubectl } = await ensureTools(["kubectl"]);
    const folder = await moduleFiles("operator-crds");
    // The generated client loses the x-kubernetes-* fields of a schema.
    await promisify(execFile)(kubectl, [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--kubeconfig",
        adminKubeconfig,
        "--filename",
        folder,
    ]);
}

/** What the operator may do, as its documents have it. */
export function operatorRbac(namespace: string): [V1ServiceAccount, V1ClusterRole, V1ClusterRoleBinding] {
    const name = `operator-${namespace}`;
    const all = ["*"];
    const rules = [
        { apiGroups: ["monitoring.coreos.com"], resources: all, verbs: all },
        { apiGroups: ["apps"], resources: ["statefulsets"], verbs: all },
        { apiGroups: [""], resources: ["configmaps", "secrets", "services", "services/finalizers"], verbs: all },
        { apiGroups: [""], resources: ["pods", "endpoints"], verbs: all },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: all },
        { apiGroups: [""], resources: ["nodes", "namespaces"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
        { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"] },
    ];
    const api = "rbac.authorization.k8s.io";
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } },
        { apiVersion: `${api}/v1`, kind: "ClusterRole", metadata: { name }, rules },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup: api, kind: "ClusterRole", name },
            subjects: [{ kind: "ServiceAccount", namespace, name }],
        },
    ];
}

/** The operator's Deployment; each one only takes care of the resources that carry its namespace as controller id. */
export function operatorDeployment(namespace: string, ...moreArgs: string[]): V1Deployment {
    const labels = { app: "operator" };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace, name: "prometheus-operator" },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    serviceAccountName: `operator-${namespace}`,
                    containers: [
                        {
                            name: "operator",
                            image: "quay.io/prometheus-operator/prometheus-operator:v0.93.1",
                            args: [`--controller-id=${namespace}`, "--web.listen-address=:8080", ...moreArgs],
                            ports: [{ name: "http", containerPort: 8080 }],
                            readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
                        },
                    ],
                },
            },
        },
    };
}

/** A Prometheus of two replicas for the operator of its namespace. */
export function prometheus(namespace: string): KubernetesObject {
    return {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "Prometheus",
        metadata: { namespace, name: "p", annotations: { "operator.prometheus.io/controller-id": namespace } },
        spec: {
            replicas: 2,
            version: "v3.13.2",
            image: "quay.io/prometheus/prometheus:v3.13.2",
            storage: {
                volumeClaimTemplate: {
                    spec: { storageClassName: "longhorn", resources: { requests: { storage: "3Gi" } } },
                },
            },
        },
    } as KubernetesObject;
}
