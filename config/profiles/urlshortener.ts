import { noControlPlane, type Profile } from "./profile";

/** A stack on three K3s nodes. Replicas, disks and resources of the stack are open (U-07, U-14, U-41, U-48): ours. */
export const urlshortener: Profile = {
    settings: {
        cluster: { platform: "k3s" }, // U-02
        platform: { namespace: "monitoring" }, // U-01
        metrics: {
            replicas: 1, // U-07: one is drawn
            scrapeInterval: "15s", // U-08
            evaluationInterval: "15s", // own
            retention: "7d", // U-09
            volume: { size: "20Gi" }, // U-41: own
            exposure: { kind: "nodePort", port: 30090 }, // U-07, U-44
            resources: { requests: { cpu: "200m", memory: "1Gi" } }, // U-48: own
            controlPlane: noControlPlane, // 4.5: not in the document
            kubeStateMetrics: { enabled: false }, // 4.5: not in the document
            // I-21: HighCPUUsage needs a source for the CPU of a node.
            nodeExporter: { enabled: true },
            operator: { admissionWebhook: { enabled: false } }, // own: not in the document
        },
        // U-21, U-22, U-50: every pod of that namespace that has the preset's port, with its alerts: U-24 to U-31.
        applications: { "url-shortener": { preset: "flask", namespace: "url-shortener", labels: {} } },
        longTerm: { kind: "none" },
        // U-14: own. U-41: no object store.
        logs: { kind: "single", storage: { kind: "filesystem" }, retention: "168h", volume: { size: "20Gi" } },
        // U-17 to U-19 with Alloy
        collection: { logs: { kind: "alloy", access: "api", pods: { namespaces: ["url-shortener"] } } },
        alerting: {
            kind: "alertmanager",
            replicas: 1, // U-32: one is drawn
            groupWait: "10s", // U-36
            repeatInterval: "1h", // U-37
            // U-34, U-35, U-42: their URLs are secrets of the stack file. U-33: grouped as by default.
            receivers: { discord: { kind: "discord" }, "discord-critical": { kind: "discord" } },
            defaultReceiver: "discord",
            routes: [{ receiver: "discord-critical", severity: ["critical"] }],
        },
        grafana: {
            replicas: 1, // own: one is drawn
            exposure: { kind: "nodePort", port: 30030 }, // U-38, U-44
            defaultDatasource: "prometheus", // own
        },
        networkPolicies: { enabled: false },
        rules: { cluster: false }, // U-10, U-54: the count of rules stays eight
        selfMonitoring: false, // U-54: the count of rules stays eight
    },
    absent: ["reading logs from /var/log/pods (U-17): they come by the API", "the application's dashboards (U-40)"],
};
