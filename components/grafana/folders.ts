/** Folders in Grafana's container. */
export const folders = {
    config: "/etc/grafana/perch",
    provisioning: "/etc/grafana/provisioning",
    dashboards: "/etc/grafana/dashboards",
    adminSecret: "/etc/grafana/secrets/admin",
    metricsSecret: "/etc/grafana/secrets/metrics",
    secretKey: "/etc/grafana/secrets/secret-key",
    data: "/var/lib/grafana",
    logs: "/var/log/grafana",
    search: "/var/lib/grafana-search",
} as const;
