import { connectionTimeoutSeconds } from "../logs/loki-config";
import { folders } from "./folders";

/** What Grafana's configuration follows from. */
export interface GrafanaIniInput {
    /** URL that users type, where it is known. */
    rootUrl: string | undefined;
    /** Whether dashboards are shown without a login. */
    anonymousViewers: boolean;
}

/** Port that Grafana listens on. */
export const grafanaPort = 3000;

type Value = string | number | boolean;

/** A secret that Grafana reads from a file by itself: it stands neither here nor in its environment. */
const fromFile = (path: string) => `$__file{${path}}`;

/** Grafana's configuration, by section; what isn't here is Grafana's default. */
export function grafanaIni({ rootUrl, anonymousViewers }: GrafanaIniInput): Record<string, Record<string, Value>> {
    const https = rootUrl?.startsWith("https://") ?? false;
    return {
        paths: { data: folders.data, logs: folders.logs, provisioning: folders.provisioning },
        server: {
            http_port: grafanaPort,
            ...(rootUrl === undefined ? {} : { domain: new URL(rootUrl).hostname, root_url: rootUrl }),
        },
        // Readers and the one writer don't lock each other out.
        database: { wal: true },
        security: {
            admin_user: fromFile(`${folders.adminSecret}/username`),
            admin_password: fromFile(`${folders.adminSecret}/password`),
            secret_key: fromFile(`${folders.secretKey}/secret-key`),
            cookie_secure: https,
            cookie_samesite: "lax",
            strict_transport_security: https,
            content_security_policy: true,
            disable_gravatar: true,
        },
        users: { allow_sign_up: false, allow_org_create: false, auto_assign_org_role: "Viewer" },
        auth: { disable_login_form: false },
        "auth.anonymous": anonymousViewers
            ? { enabled: true, org_name: "Main Org.", org_role: "Viewer", hide_version: true }
            : { enabled: false },
        public_dashboards: { enabled: false },
        snapshots: { external_enabled: false },
        analytics: {
            reporting_enabled: false,
            check_for_updates: false,
            check_for_plugin_updates: false,
            feedback_links_enabled: false,
        },
        news: { news_feed_enabled: false },
        // The image has what the data sources need; anything more would be fetched from the internet at each start,
        // and an update that fails half way takes a data source's plugin along.
        plugins: { preinstall_disabled: true, preinstall_auto_update: false, public_key_retrieval_disabled: true },
        dataproxy: { send_user_header: true, timeout: connectionTimeoutSeconds },
        unified_storage: { index_path: `${folders.search}/bleve` },
        log: { mode: "console" },
        "log.console": { format: "json" },
        // The same port serves the users: without a login /metrics would be open to whoever reaches Grafana.
        metrics: {
            enabled: true,
            basic_auth_username: fromFile(`${folders.metricsSecret}/username`),
            basic_auth_password: fromFile(`${folders.metricsSecret}/password`),
        },
    };
}

/** The configuration as the file that Grafana reads. */
export function renderGrafanaIni(input: GrafanaIniInput): string {
    return Object.entries(grafanaIni(input))
        .map(([section, values]) => {
            const lines = Object.entries(values).map(([key, value]) => `${key} = ${String(value)}\n`);
            return `[${section}]\n${lines.join("")}`;
        })
        .join("\n");
}
