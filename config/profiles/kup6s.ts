import { noControlPlane, type Profile } from "./profile";

const longhorn = "longhorn";

/**
 * Prometheus, Thanos and Loki on a Hetzner cluster. The document gives requests and no limits (K-127), so every limit
 * is empty here.
 */
export const kup6s: Profile = {
    settings: {
        cluster: { name: "kup6s" }, // K-02
        platform: {
            namespace: "monitoring", // K-03: own
            storageClass: longhorn, // K-23
            priorityClass: { value: 1_000_000 }, // K-16; the value is our own
        },
        metrics: {
            replicas: 2, // K-25, K-128
            scrapeInterval: "30s", // K-27
            evaluationInterval: "30s", // K-28
            retention: "3d", // K-26, K-29
            // K-30, K-96. At the stated 100k samples a second three days would fill some 40 GB: the size cap that
            // follows from the volume keeps it from running full (I-12).
            volume: { size: "3Gi", storageClass: longhorn },
            resources: { requests: { cpu: "100m", memory: "1500Mi" }, limits: {} }, // K-116
            jobName: "kube-prometheus-stack-prometheus", // K-04, K-147
            controlPlane: noControlPlane, // K-33, K-34: no target of Kubernetes' own is listed
            // Own: the document counts neither of them.
            operator: {
                resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: {} },
                admissionWebhook: { enabled: false, resources: { limits: {} } },
            },
            kubeStateMetrics: { enabled: true, resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: {} } },
            nodeExporter: { enabled: true, resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: {} } },
        },
        longTerm: {
            kind: "thanos",
            bucket: { name: "metrics-thanos-kup6s", expireDays: 730 }, // K-92, K-95
            sidecar: { resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: {} } }, // K-35; figures are own
            query: { replicas: 2, resources: { requests: { cpu: "200m", memory: "512Mi" }, limits: {} } }, // K-37, K-117
            queryFrontend: "none", // K-40: Grafana asks Thanos Query itself
            store: {
                replicas: 2, // K-42, K-130
                volume: { size: "10Gi", storageClass: longhorn }, // K-43, K-97
                resources: { requests: { cpu: "200m", memory: "1Gi" }, limits: {} }, // K-118
            },
            compactor: {
                volume: { size: "20Gi", storageClass: longhorn }, // K-45, K-98
                resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: {} }, // K-119
                // K-46, K-47: own, none above the bucket's 730 days (I-15).
                retention: { raw: "90d", fiveMinutes: "365d", oneHour: "730d" },
            },
        },
        logs: {
            kind: "simpleScalable", // K-52
            bucket: { name: "logs-loki-kup6s", expireDays: 90 }, // K-93, K-95
            retention: "744h", // K-66
            replicationFactor: 1, // K-140 as I-11 treats it
            write: {
                replicas: 2, // K-57, K-131
                volume: { size: "5Gi", storageClass: longhorn }, // K-65, K-100; the split of the 20Gi is our own
                resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: {} }, // K-120
            },
            read: { replicas: 2, resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: {} } }, // K-58, K-121
            backend: {
                replicas: 2, // K-59, K-133
                volume: { size: "5Gi", storageClass: longhorn }, // K-65, K-100
                resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: {} }, // K-122
            },
            gateway: {
                replicas: 2, // K-60; the figures are our own
                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: {} },
                exporter: { resources: { requests: { cpu: "5m", memory: "24Mi" }, limits: {} } },
            },
        },
        collection: {
            logs: {
                kind: "alloy", // K-67
                access: "api", // K-68
                resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: {} }, // K-124
            },
        },
        alerting: {
            kind: "alertmanager",
            replicas: 2, // K-76, K-134
            volume: { size: "10Gi", storageClass: "hcloud-volumes" }, // K-78, K-101: the one class beside Longhorn
            resources: { requests: { cpu: "25m", memory: "100Mi" }, limits: {} }, // K-125
            // K-77, K-82: mail by SMTP; server and addresses are open in the document.
            smtp: { host: "smtp.kup6s.example", port: 587, from: "alerts@kup6s.example", username: "alerts" },
            receivers: {
                team: { kind: "email", to: ["monitoring@kup6s.example"] },
                "on-call": { kind: "email", to: ["on-call@kup6s.example"] },
            },
            defaultReceiver: "team",
            // K-79: by severity and namespace; which is our own.
            routes: [
                { receiver: "on-call", severity: ["critical"], repeatInterval: "1h" },
                { receiver: "on-call", severity: ["warning"], namespace: ["kube-system", "longhorn-system"] },
            ],
        },
        grafana: {
            replicas: 1, // K-85, K-136
            // K-22, K-24, K-108; the issuer's name is our own. K-109: the host is for the stack file to say.
            exposure: {
                kind: "ingress",
                className: "traefik",
                tls: { kind: "certManager", clusterIssuer: "letsencrypt" },
            },
            state: { kind: "volume", volume: { size: "5Gi", storageClass: longhorn } }, // K-89, K-99
            defaultDatasource: "thanos", // K-40, K-86
            directPrometheus: false, // K-86, X-15: Thanos Query is the one source of metrics
            resources: { requests: { cpu: "50m", memory: "512Mi" }, limits: {} }, // K-123
        },
        objectStorage: {
            kind: "compatible",
            endpoint: "https://fsn1.your-objectstorage.com", // own: Hetzner's for that region
            region: "fsn1", // K-94
            unsupported: ["encryption"], // own: Hetzner encrypts with keys of the client only
        },
        networkPolicies: { enabled: false }, // K-115: planned in the document
        rules: { cluster: true }, // own; K-166 counts some 300 rules
        selfMonitoring: true, // K-155 to K-158
    },
    absent: [
        "25 dashboards for resources, networking and storage (K-88)",
        "traces with Tempo, which the document itself plans for later (K-75)",
    ],
    placeholders: ["alerting.smtp", "alerting.receivers"],
};
