import { noControlPlane, type Profile } from "./profile";

/** Monitoring of acd-manager. The document gives no number at all: every one here is our own. */
export const acd: Profile = {
    settings: {
        platform: { namespace: "monitoring" }, // own
        metrics: {
            replicas: 1,
            scrapeInterval: "30s", // own
            retention: "15d", // own
            volume: { size: "50Gi" }, // own
            controlPlane: noControlPlane, // 4.5: not in the document
            kubeStateMetrics: { enabled: false }, // 4.5: not in the document
            nodeExporter: { enabled: false }, // Telegraf's work
            telegraf: { enabled: true },
            victoriaMetrics: { enabled: true }, // names of series, retention and disk are own
            operator: { admissionWebhook: { enabled: false } }, // own: not in the document
        },
        // A-07; namespace and labels are our own, the port is the preset's.
        applications: { "acd-manager": { preset: "acdManager", namespace: "acd" } },
        longTerm: { kind: "none" },
        logs: { kind: "none" },
        collection: { logs: { kind: "none" } },
        alerting: {
            kind: "alertmanager",
            replicas: 1, // A-16; the number is our own
            // A-17; namespace and labels are our own.
            sources: { "acd-manager": { namespace: "acd", podLabels: { "app.kubernetes.io/name": "acd-manager" } } },
        },
        grafana: { replicas: 1, defaultDatasource: "prometheus" }, // own
        autoscaling: {
            // by CPU and memory; which applications is for the stack file to say.
            kind: "none",
            // A-27; the names are our own.
            neverScaled: [
                {
                    namespace: "acd",
                    name: "selection-input",
                    reason: "it would lose the order of Kafka's records",
                },
            ],
        },
        networkPolicies: { enabled: false },
        rules: { cluster: false },
        selfMonitoring: false,
    },
    absent: ["a panel of the lag of Selection Input's consumer group (A-27): there is the alert alone"],
    placeholders: ["alerting.sources", "applications"],
};
