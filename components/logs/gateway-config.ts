import { type Endpoint, hostOf } from "../workload/endpoint";
import { connectionTimeoutSeconds } from "./loki-config";

/** Roles of a divided Loki that the gateway stands in front of. */
export type UpstreamRole = "write" | "read" | "backend";

/** One location of the gateway. */
export interface Route {
    /** `=`: just this path; `^~`: everything below it. */
    match: "=" | "^~";
    path: string;
    role: UpstreamRole;
    /** The connection becomes a WebSocket. */
    upgrade?: boolean;
    /** A page to look at: what it can change besides, such as to forget a member of a ring, stays closed. */
    readOnly?: boolean;
}

/**
 * What clients may call. Paths that steer a process (/flush, /ingester/shutdown, /config) or delete lines
 * (/loki/api/v1/delete) are left out on purpose: whoever may use Grafana's data source would reach them through it.
 */
export const routes: readonly Route[] = [
    { match: "=", path: "/loki/api/v1/push", role: "write" },
    { match: "=", path: "/api/prom/push", role: "write" },
    { match: "=", path: "/otlp/v1/logs", role: "write" },
    { match: "=", path: "/distributor/ring", role: "write", readOnly: true },
    { match: "=", path: "/ring", role: "write", readOnly: true },
    { match: "=", path: "/memberlist", role: "write", readOnly: true },
    { match: "=", path: "/loki/api/v1/tail", role: "read", upgrade: true },
    { match: "=", path: "/api/prom/tail", role: "read", upgrade: true },
    { match: "^~", path: "/loki/api/v1/", role: "read" },
    { match: "^~", path: "/api/prom/", role: "read" },
    { match: "=", path: "/ruler/ring", role: "backend", readOnly: true },
    { match: "=", path: "/loki/api/v1/rules", role: "backend" },
    { match: "^~", path: "/loki/api/v1/rules/", role: "backend" },
    { match: "=", path: "/api/prom/rules", role: "backend" },
    { match: "^~", path: "/api/prom/rules/", role: "backend" },
    { match: "=", path: "/prometheus/api/v1/alerts", role: "backend" },
    { match: "=", path: "/prometheus/api/v1/rules", role: "backend" },
    { match: "=", path: "/compactor/ring", role: "backend", readOnly: true },
    { match: "=", path: "/indexgateway/ring", role: "backend", readOnly: true },
    { match: "=", path: "/scheduler/ring", role: "backend", readOnly: true },
];

/** Paths that a prefix would let through. */
export const closedPaths: readonly string[] = ["/loki/api/v1/delete"];

/** Port that the gateway listens on. */
export const gatewayPort = 8080;

/** Path that answers for the gateway itself. */
export const gatewayHealthPath = "/";

/** Where nginx tells its counters, to its own pod alone: whoever reaches the gateway may not read them. */
export const statusUrl = new URL("http://127.0.0.1:8081/stub_status");

function location({ match, path, role, upgrade, readOnly }: Route): string {
    const connection =
        upgrade === true ? ` proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";` : "";
    // HEAD goes with GET.
    const methods = readOnly === true ? " limit_except GET { deny all; }" : "";
    return `        location ${match} ${path} {${methods}${connection} proxy_pass http://${role}; }`;
}

function upstream(role: UpstreamRole, endpoint: Endpoint): string {
    return `    upstream ${role} { server ${hostOf(endpoint)}:${endpoint.port}; keepalive 16; }`;
}

/**
 * nginx's configuration. Upstreams are the roles' ClusterIPs, resolved once at the start: they never change, so there
 * is no resolver to lose.
 */
export function gatewayConfig(upstreams: Record<UpstreamRole, Endpoint>): string {
    const roles = Object.keys(upstreams) as UpstreamRole[];
    return `worker_processes 2;
error_log /dev/stderr warn;
pid /tmp/nginx.pid;
events { worker_connections 4096; }
http {
    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    default_type application/octet-stream;
    map $status $failed { ~^[23] 0; default 1; }
    log_format line '$remote_addr "$request" $status $body_bytes_sent $request_time';
    access_log /dev/stdout line if=$failed;
    tcp_nopush on;
    server_tokens off;
    client_max_body_size 50m;
    proxy_connect_timeout 5s;
    proxy_send_timeout ${connectionTimeoutSeconds}s;
    proxy_read_timeout ${connectionTimeoutSeconds}s;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
${roles.map((role) => upstream(role, upstreams[role])).join("\n")}
    server {
        listen ${gatewayPort};
        location = ${gatewayHealthPath} { return 200 "OK\\n"; }
        location / { return 404; }
${closedPaths.map((path) => `        location = ${path} { return 404; }`).join("\n")}
${routes.map(location).join("\n")}
    }
    server {
        listen ${statusUrl.host};
        access_log off;
        location / { return 404; }
        location = ${statusUrl.pathname} { stub_status; }
    }
}
`;
}
