import { noControlPlane, type Profile } from "./profile";

/** P-31. */
const engines = ["api", "shield", "relay", "aria", "manuscript", "printery"];

/**
 * The platform for services called Engines. The document gives replicas, intervals and retention; sizes and resources
 * are open in it (P-14, P-51, P-74) and the schema's defaults serve where nothing is said here.
 */
export const perch: Profile = {
    settings: {
        platform: { namespace: "perch-system" }, // P-01
        metrics: {
            replicas: 2, // P-11, P-75
            scrapeInterval: "15s", // P-12
            evaluationInterval: "15s", // own
            retention: "30d", // P-13
            volume: { size: "200Gi" }, // P-14: own, for 30 days
            controlPlane: noControlPlane, // 4.5: not in the document
            kubeStateMetrics: { enabled: false }, // 4.5: not in the document
            operator: { admissionWebhook: { enabled: false } }, // own: not in the document
            nodeExporter: { enabled: false },
        },
        // P-31 to P-34: in any namespace; labels and ports are open in the document (P-79), those of the preset are ours.
        applications: Object.fromEntries(engines.map((name) => [name, { preset: "engine" as const }])),
        longTerm: {
            kind: "thanos",
            bucket: { expireDays: "unlimited" }, // P-23, P-50; the name is our own
            query: { replicas: 2 }, // P-19, P-75
            queryFrontend: "none", // P-19 to P-24: the document has none
            store: { replicas: 2 }, // P-22: own
            compactor: "none", // I-04: none is listed; recommended for data without end
        },
        // P-26, P-28: one replica on the object store until logs with more replicas are built; retention is our own.
        logs: { kind: "single", storage: { kind: "s3" }, retention: "744h" },
        // P-39, P-75; P-42: receivers and routes come from the stack file.
        alerting: { kind: "alertmanager", replicas: 3 },
        grafana: {
            replicas: 1, // P-43 asks for two, which need a shared database (P-46)
            serviceName: "perch-grafana", // P-03, P-07
            exposure: { kind: "ingress" }, // P-54; the host is for the stack file to say
            defaultDatasource: "thanos", // own: P-24
            directPrometheus: true, // P-16, P-48
        },
        networkPolicies: { enabled: true }, // P-08, P-56
        rules: { cluster: false }, // P-42: no rule is named
        selfMonitoring: false, // P-78
    },
    absent: [
        "Jaeger with two replicas, its storage and its datasource (P-36, P-37, P-38)",
        "Grafana's second replica, which needs a shared database (P-43, P-46)",
        "single sign-on and roles in Grafana (P-44, P-45)",
        "dashboards on nestr_* and orchestrator_* (P-35, P-47)",
        "bridge, cost-monitor, slo-tracker, policy-enforcer and trace-correlator (P-61 to P-73)",
        "Loki with more than one replica on one volume each (P-26)",
    ],
    placeholders: ["applications"],
};
