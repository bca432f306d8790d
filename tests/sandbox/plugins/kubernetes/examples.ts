import type { PlainMap } from "../../../../sandbox/plugins/kubernetes/objects";

/** One valid object of a kind, without its metadata, and how it may change. */
export interface Example {
    object: PlainMap;
    /** Fields after a change in place; absent: only a label changes. */
    changed?: PlainMap;
    /** By path of the table, the fields after a change that replaces. */
    replacing?: Record<string, PlainMap>;
}

const labels = { app: "example" };
const container = (image = "example/app:1", more: PlainMap = {}): PlainMap => ({ name: "main", image, ...more });
const template = (image?: string, more: PlainMap = {}): PlainMap => ({
    metadata: { labels },
    spec: {
        hostNetwork: false,
        containers: [container(image, { resources: { requests: { cpu: "1000m", memory: "0.5Gi" } } })],
        ...more,
    },
});
const selector: PlainMap = { matchLabels: labels };
const otherSelector: PlainMap = { matchLabels: { app: "example", tier: "b" } };
const workload = (more: PlainMap = {}): PlainMap => ({ spec: { selector, template: template(), ...more } });
const otherTemplate: PlainMap = {
    metadata: { labels: { app: "example", tier: "b" } },
    spec: { containers: [container()] },
};
const job = (more: PlainMap = {}): PlainMap => ({
    spec: { template: template("example/job:1", { restartPolicy: "Never" }), ...more },
});

const webhook = (url: string): PlainMap => ({
    webhooks: [
        {
            name: "check.example.com",
            clientConfig: { url },
            failurePolicy: "Ignore",
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
            rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["things"], operations: ["CREATE"] }],
        },
    ],
});
const policy = (expression: string): PlainMap => ({
    spec: {
        failurePolicy: "Ignore",
        matchConstraints: {
            resourceRules: [
                { apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["things"], operations: ["CREATE"] },
            ],
        },
        validations: [{ expression }],
    },
});
const crd = (description: string): PlainMap => ({
    spec: {
        group: "rows.example.com",
        scope: "Namespaced",
        names: { kind: "Row", plural: "rows", singular: "row" },
        versions: [
            { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", description } } },
        ],
    },
});
const rules = (verb: string): PlainMap => ({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: [verb] }] });
const binding = (kind: string, name: string, subject = "someone"): PlainMap => ({
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: subject }],
});
const scaler = (maxReplicas: number): PlainMap => ({
    spec: { maxReplicas, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" } },
});
const storageClass = (provisioner: string, more: PlainMap = {}): PlainMap => ({ provisioner, ...more });
const claim = (storage: string, more: PlainMap = {}): PlainMap => ({
    spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "standard",
        resources: { requests: { storage } },
        ...more,
    },
});
const volume = (path: string): PlainMap => ({
    spec: {
        capacity: { storage: "1024Mi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: "manual",
        hostPath: { path },
    },
});
const service = (targetPort: number, more: PlainMap = {}): PlainMap => ({
    spec: { selector: { app: "nobody" }, ports: [{ name: "http", port: 80, targetPort }], ...more },
});

/** By `apiVersion kind`: an example for every row of the table. A test fails where one is missing. */
export const examples: Record<string, Example> = {
    "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration": {
        object: webhook("https://a.example.com"),
        changed: webhook("https://b.example.com"),
    },
    "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration": {
        object: webhook("https://a.example.com"),
        changed: webhook("https://b.example.com"),
    },
    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy": { object: policy("true"), changed: policy("false") },
    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding": {
        object: { spec: { policyName: "absent", validationActions: ["Warn"] } },
        changed: { spec: { policyName: "absent", validationActions: ["Audit"] } },
    },
    "apiextensions.k8s.io/v1 CustomResourceDefinition": { object: crd("one"), changed: crd("two") },
    "apiregistration.k8s.io/v1 APIService": {
        object: { spec: { group: "rows.example.com", version: "v9", groupPriorityMinimum: 100, versionPriority: 10 } },
        changed: { spec: { group: "rows.example.com", version: "v9", groupPriorityMinimum: 100, versionPriority: 20 } },
    },
    "apps/v1 DaemonSet": {
        object: workload(),
        changed: workload({ template: template("example/app:2") }),
        replacing: { ".spec.selector": workload({ selector: otherSelector, template: otherTemplate }) },
    },
    "apps/v1 Deployment": {
        object: workload({ replicas: 2 }),
        changed: workload({ replicas: 1, template: template("example/app:2") }),
        replacing: { ".spec.selector": workload({ selector: otherSelector, template: otherTemplate }) },
    },
    "apps/v1 StatefulSet": {
        object: workload({ serviceName: "db" }),
        changed: workload({ serviceName: "db", template: template("example/app:2") }),
        replacing: {
            ".spec.serviceName": workload({ serviceName: "other" }),
            ".spec.revisionHistoryLimit": workload({ serviceName: "db", revisionHistoryLimit: 3 }),
            ".spec.podManagementPolicy": workload({ serviceName: "db", podManagementPolicy: "Parallel" }),
            ".spec.selector": workload({ serviceName: "db", selector: otherSelector, template: otherTemplate }),
            ".spec.volumeClaimTemplates": workload({
                serviceName: "db",
                volumeClaimTemplates: [{ metadata: { name: "data" }, ...claim("1Gi") }],
            }),
        },
    },
    "autoscaling/v1 HorizontalPodAutoscaler": { object: scaler(2), changed: scaler(3) },
    "autoscaling/v2 HorizontalPodAutoscaler": { object: scaler(2), changed: scaler(3) },
    "batch/v1 CronJob": {
        object: { spec: { schedule: "0 0 1 1 *", jobTemplate: job() } },
        changed: { spec: { schedule: "0 0 2 1 *", jobTemplate: job() } },
    },
    "batch/v1 Job": {
        object: job(),
        changed: job({ backoffLimit: 3 }),
        replacing: {
            ".spec.template": { spec: { template: template("example/job:2", { restartPolicy: "Never" }) } },
            ".spec.completions": job({ completions: 2 }),
            ".spec.parallelism": job({ parallelism: 2 }),
        },
    },
    "networking.k8s.io/v1 Ingress": {
        object: { spec: { ingressClassName: "traefik", rules: [{ host: "a.example.com" }] } },
        changed: { spec: { ingressClassName: "traefik", rules: [{ host: "b.example.com" }] } },
    },
    "networking.k8s.io/v1 IngressClass": { object: { spec: { controller: "example.com/ingress" } } },
    "networking.k8s.io/v1 NetworkPolicy": {
        object: { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [{ to: [] }] } },
        changed: {
            spec: {
                podSelector: {},
                policyTypes: ["Ingress", "Egress"],
                egress: [{ ports: [{ port: 53, protocol: "UDP" }, { port: "web" }] }],
            },
        },
    },
    "policy/v1 PodDisruptionBudget": {
        object: { spec: { maxUnavailable: 1, selector } },
        changed: { spec: { maxUnavailable: "50%", selector } },
    },
    "rbac.authorization.k8s.io/v1 ClusterRole": { object: rules("get"), changed: rules("list") },
    "rbac.authorization.k8s.io/v1 Role": { object: rules("get"), changed: rules("list") },
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding": {
        object: binding("ClusterRole", "view"),
        changed: binding("ClusterRole", "view", "other"),
        replacing: { ".roleRef": binding("ClusterRole", "edit") },
    },
    "rbac.authorization.k8s.io/v1 RoleBinding": {
        object: binding("ClusterRole", "view"),
        changed: binding("ClusterRole", "view", "other"),
        replacing: { ".roleRef": binding("ClusterRole", "edit") },
    },
    "scheduling.k8s.io/v1 PriorityClass": {
        object: { value: 1000, description: "one" },
        changed: { value: 1000, description: "two" },
    },
    "storage.k8s.io/v1 StorageClass": {
        object: storageClass("example.com/a", { parameters: { type: "a" } }),
        changed: storageClass("example.com/a", { parameters: { type: "a" }, allowVolumeExpansion: true }),
        replacing: {
            ".provisioner": storageClass("example.com/b", { parameters: { type: "a" } }),
            ".parameters": storageClass("example.com/a", { parameters: { type: "b" } }),
        },
    },
    "v1 ConfigMap": { object: { data: { a: "1" } }, replacing: { ".data": { data: { a: "2" } } } },
    "v1 LimitRange": {
        object: { spec: { limits: [{ type: "Container", default: { cpu: "0.5" }, defaultRequest: { cpu: "100m" } }] } },
        changed: { spec: { limits: [{ type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "100m" } }] } },
    },
    "v1 Namespace": { object: {} },
    "v1 PersistentVolume": {
        object: volume("/data/a"),
        replacing: { ".spec.hostPath": volume("/data/b") },
    },
    "v1 PersistentVolumeClaim": {
        object: claim("1024Mi"),
        replacing: {
            ".spec.accessModes": claim("1024Mi", { accessModes: ["ReadWriteMany"] }),
            ".spec.storageClassName": claim("1024Mi", { storageClassName: "gp3" }),
            ".spec.volumeName": claim("1024Mi", { volumeName: "other" }),
        },
    },
    "v1 Pod": {
        object: { spec: { containers: [container()] } },
        replacing: {
            ".spec.containers[*].image": { spec: { containers: [container("example/app:2")] } },
            ".spec.nodeSelector": { spec: { containers: [container()], nodeSelector: { a: "b" } } },
        },
    },
    "v1 ResourceQuota": {
        object: { spec: { hard: { "requests.cpu": "2000m" } } },
        changed: { spec: { hard: { "requests.cpu": "3" } } },
        replacing: { ".spec.scopes": { spec: { hard: { pods: "2" }, scopes: ["BestEffort"] } } },
    },
    "v1 Secret": {
        object: { stringData: { a: "1" } },
        replacing: { ".data": { stringData: { a: "2" } }, ".type": { stringData: { a: "1" }, type: "example.com/t" } },
    },
    "v1 Service": {
        object: service(80),
        changed: service(81),
        replacing: { ".spec.clusterIP": service(80, { clusterIP: "None" }) },
    },
    "v1 ServiceAccount": {
        object: { automountServiceAccountToken: false },
        changed: { automountServiceAccountToken: true },
    },
};
