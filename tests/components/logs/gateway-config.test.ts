import { expect } from "chai";
import { closedPaths, gatewayConfig, type Route, routes, statusUrl } from "../../../components/logs/gateway-config";
import { endpointOf } from "../../support/platform";

const config = gatewayConfig({
    write: endpointOf("loki-write", 3100),
    read: endpointOf("loki-read", 3100),
    backend: endpointOf("loki-backend", 3100),
});

/** The route that nginx takes for a path: an exact one, else the longest prefix. */
function roleOf(path: string): Route["role"] | undefined {
    if (closedPaths.includes(path)) {
        return undefined;
    }
    const exact = routes.find((route) => route.match === "=" && route.path === path);
    const prefixes = routes.filter((route) => route.match === "^~" && path.startsWith(route.path));
    return (exact ?? prefixes.sort((a, b) => b.path.length - a.path.length)[0])?.role;
}

describe("Loki's gateway", () => {
    for (const path of ["/loki/api/v1/push", "/otlp/v1/logs", "/api/prom/push"]) {
        it(`K-61: passes ${path} to the writers`, () => {
            expect(roleOf(path)).to.equal("write");
        });
    }

    for (const path of [
        "/loki/api/v1/query_range",
        "/loki/api/v1/labels",
        "/loki/api/v1/tail",
        "/loki/api/v1/index/stats",
    ]) {
        it(`K-62: passes ${path} to the readers`, () => {
            expect(roleOf(path)).to.equal("read");
        });
    }

    for (const path of ["/loki/api/v1/rules", "/loki/api/v1/rules/ns", "/compactor/ring"]) {
        it(`passes ${path} to the backends`, () => {
            expect(roleOf(path)).to.equal("backend");
        });
    }

    for (const path of [
        "/flush",
        "/ingester/shutdown",
        "/ingester/prepare_shutdown",
        "/config",
        "/loki/api/v1/delete",
        "/stub_status",
        "/",
    ]) {
        it(`passes ${path} to nobody`, () => {
            expect(roleOf(path)).to.equal(undefined);
        });
    }

    it("names each role's Service once, and no resolver that could fail", () => {
        for (const role of ["write", "read", "backend"]) {
            expect(config.split(`upstream ${role} { server loki-${role}.monitoring.svc:3100;`)).to.have.length(2);
        }
        expect(config).not.to.contain("resolver");
    });

    it("answers 404 to what it passes to nobody", () => {
        expect(config).to.contain("location / { return 404; }");
        expect(config).to.contain("location = /loki/api/v1/delete { return 404; }");
    });

    it("has a location for each route, and balanced braces", () => {
        for (const { match, path, role } of routes) {
            expect(config).to.match(
                new RegExp(`location \\${match[0]}${match.slice(1)} ${path} \\{.*http://${role}; \\}`),
            );
        }
        expect(config.split("{").length).to.equal(config.split("}").length);
    });

    it("shows the rings, and lets nobody change them", () => {
        const pages = routes.map(({ path }) => path).filter((path) => /ring$|memberlist$/.test(path));
        expect(pages).to.include.members(["/ring", "/memberlist", "/compactor/ring"]);
        const closed = [...config.matchAll(/location = (\S+) \{ limit_except GET \{ deny all; \} proxy_pass /g)];
        expect(closed.map(([, path]) => path)).to.have.members(pages);
    });

    it("tells its counters on the pod's loopback alone", () => {
        const [clients = "", own = "", ...more] = config.split("\n    server {\n").slice(1);
        expect(more).to.have.length(0);
        expect(clients).to.contain("listen 8080;").and.not.contain("stub_status");
        expect(own).to.contain("listen 127.0.0.1:8081;").and.contain("location = /stub_status { stub_status; }");
        expect(statusUrl.href).to.equal("http://127.0.0.1:8081/stub_status");
    });

    it("waits longer than a query may run", () => {
        expect(config).to.contain("proxy_read_timeout 310s;");
    });

    it("writes below /tmp alone, for its root is read-only", () => {
        const paths = [...config.matchAll(/(?:temp_path|pid) (\S+);/g)].map(([, path]) => path);
        expect(paths).to.have.length(6);
        expect(paths.every((path) => path?.startsWith("/tmp/"))).to.equal(true);
    });
});
