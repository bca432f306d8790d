import { noControlPlane, type Profile } from "./profile";

const openebs = "openebs-hostpath";

/** A small stack with one replica of everything. Requests are open in the document (S-79): ours, small. */
export const severed: Profile = {
    settings: {
        platform: {
            namespace: "monitoring", // S-01
            storageClass: openebs, // S-06
        },
        metrics: {
            replicas: 1, // S-09, S-81
            scrapeInterval: "15s", // S-10
            evaluationInterval: "15s", // S-11
            outOfOrderTimeWindow: "1m", // S-12
            remoteWriteReceiver: { enabled: true }, // S-16
            retention: "15d", // S-19: own, the server's default made explicit, with the size cap below the volume
            volume: { size: "5Gi", storageClass: openebs }, // S-18, S-68
            resources: { requests: { cpu: "100m", memory: "512Mi" } }, // own
            controlPlane: noControlPlane, // S-02: Prometheus pulls itself and kube-state-metrics
            kubeStateMetrics: { enabled: true }, // S-14, S-20
            nodeExporter: { enabled: false }, // S-49: host metrics come from the agent
            operator: { admissionWebhook: { enabled: false } }, // own: not in the document
        },
        applications: {
            // S-47, S-48, S-84, S-85, by Prometheus itself; in any namespace, for the document names none.
            "severed-blog": { preset: "nginx", labels: { app: "severed-blog" }, job: "integrations/nginx" },
        },
        longTerm: { kind: "none" }, // S-02
        logs: {
            kind: "single", // S-27, S-81
            storage: { kind: "filesystem" }, // S-31
            retention: "168h", // S-28
            volume: { size: "5Gi", storageClass: openebs }, // S-37, S-68
            resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } }, // own
        },
        collection: { logs: { kind: "alloy", access: "api", pods: { labels: { app: "severed-blog" } } } }, // S-38, S-45, S-52
        alerting: { kind: "none" }, // S-56
        grafana: {
            replicas: 1, // S-57, S-81
            host: "grafana.localhost", // S-73
            serviceName: "grafana-service", // S-72
            servicePort: 3000, // S-72, S-73
            anonymous: { kind: "viewer" }, // S-66
            // S-07, S-73: plain HTTP through Traefik's entry point `web`.
            exposure: {
                kind: "ingress",
                className: "traefik",
                tls: { kind: "none" },
                annotations: { "traefik.ingress.kubernetes.io/router.entrypoints": "web" },
                loadBalancer: true, // S-72
            },
            state: { kind: "ephemeral" }, // S-67
            defaultDatasource: "loki", // S-59
        },
        // S-21: the adapter; who scales by the metric is in another part of the document's series (S-08, S-80).
        autoscaling: {
            kind: "prometheusAdapter",
            source: "prometheus", // S-22
            rules: {
                "nginx-http-requests": {
                    series: 'nginx_http_requests_total{pod!="",namespace!=""}', // S-23
                    objects: { namespace: "namespace", pod: "pod" }, // S-24
                    name: { matches: "^(.*)_total", as: "nginx_http_requests_total" }, // S-25
                    query: "rate(<<.Series>>{<<.LabelMatchers>>}[1m])", // S-26
                },
            },
            replicas: 1, // own: one of everything
        },
        networkPolicies: { enabled: false },
        rules: { cluster: false }, // S-56
        selfMonitoring: false,
    },
    absent: [
        "metrics pushed by the agents, host and cAdvisor among them, by remote write (S-49 to S-53): nginx is scraped",
        "the dashboards Cluster Health and HPA Live Status (S-63, S-64)",
    ],
};
