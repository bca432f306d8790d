import { expect } from "chai";
import { problemsOf } from "./settings";

const pods = { kind: "pods", namespace: "shop", labels: { app: "shop" }, port: "http" };
const fixed = { kind: "static", addresses: ["db.example.com:9187"] };
const inventory = { kind: "http", url: "https://inventory.example.com/targets", ports: [9100] };
const machines = { kind: "discovery", from: inventory };

function problems(shop: object, name = "shop"): string[] {
    return problemsOf({ metrics: { targets: { [name]: shop } } }).map((line) => line.replace(/^perch:/, ""));
}

describe("targets in a stack file", () => {
    const refused: [string, object, string][] = [
        [
            "a job of the stack's own",
            { ...pods, job: "node-exporter" },
            'job: got "node-exporter"; expected another name: series of the stack itself have it, which rules and ' +
                "dashboards read",
        ],
        [
            "a scrape that lasts longer than the time to the next",
            { ...pods, timeout: "31s" },
            'timeout: got "31s"; expected at most 30s, the time to the next scrape',
        ],
        [
            "the same with an interval of its own",
            { ...pods, interval: "5s", timeout: "10s" },
            'timeout: got "10s"; expected at most 5s, the time to the next scrape',
        ],
        ["an interval of nothing", { ...pods, interval: "0s" }, 'interval: got "0s"; expected 1s or more'],
        [
            "an address without a port",
            { ...fixed, addresses: ["db.example.com"] },
            'addresses[0]: got "db.example.com"; expected a host and a port, such as db.example.com:9187',
        ],
        [
            "a URL as an address",
            { ...fixed, addresses: ["http://db.example.com:9187"] },
            'addresses[0]: got "http://db.example.com:9187"; expected a host and a port, such as db.example.com:9187',
        ],
        ...[0, 65536, 99999].map((port): [string, object, string] => [
            `a port that is none: ${port}`,
            { ...fixed, addresses: [`db.example.com:${port}`] },
            `addresses[0]: got "db.example.com:${port}"; expected a host and a port, such as db.example.com:9187`,
        ]),
        ["no address", { ...fixed, addresses: [] }, "addresses: got a list; expected at least 1 entry"],
        [
            "a path that is none",
            { ...fixed, path: "metrics" },
            'path: got "metrics"; expected a path that starts with /',
        ],
        [
            "a rule that doesn't say which labels of a target it looks at",
            { ...pods, relabelings: [{ kind: "keep", regex: "a" }] },
            "relabelings[0].sourceLabels: missing; expected a list (Labels whose values are looked at, with ; between them)",
        ],
        [
            "a field of another kind",
            { ...fixed, namespace: "shop" },
            "namespace: unknown key; known are kind, job, interval, timeout, metricRelabelings, path, scheme, tls, login, " +
                "honorLabels, relabelings, addresses, labels",
        ],
        [
            "a CA for plain HTTP",
            { ...fixed, tls: { ca: { kind: "secret", name: "db-ca" } } },
            'scheme: got "http"; expected https, which metrics.targets.shop.tls is about',
        ],
        [
            "a name in certificates for a list that is fetched by plain HTTP",
            { ...machines, from: { ...inventory, url: "http://inventory/targets", tls: { serverName: "inventory" } } },
            'from.url: got "http://inventory/targets"; expected https, which metrics.targets.shop.from.tls is about',
        ],
        [
            "a list at an address with a login, which it doesn't show",
            { ...machines, from: { ...inventory, url: "https://user:hunter2@inventory/targets" } },
            'from.url: got "https://***@inventory/targets"; expected a URL without login or query (a URL with either is a ' +
                "secret), such as https://inventory.example.com/targets",
        ],
        [
            "targets that are found at ports that nobody knows",
            { kind: "discovery", from: { kind: "srv", names: ["_metrics._tcp.example.com"] } },
            "from.ports: missing; expected a list (Ports that the targets have: where NetworkPolicies let Prometheus call)",
        ],
        [
            "a name with a port",
            { kind: "discovery", from: { kind: "dns", names: ["db.example.com:9187"], port: 9187 } },
            'from.names[0]: got "db.example.com:9187"; expected a DNS name without port, such as db.example.com',
        ],
        [
            "a look into DNS without pause",
            { kind: "discovery", from: { kind: "dns", names: ["db.example.com"], port: 9187, refresh: "0s" } },
            'from.refresh: got "0s"; expected 1s or more',
        ],
    ];
    for (const [what, target, message] of refused) {
        it(`refuses ${what}`, () => {
            expect(problems(target)).to.deep.equal([`metrics.targets.shop.${message}`]);
        });
    }

    it("refuses a name that would be a job of the stack's own", () => {
        expect(problems(pods, "prometheus")).to.deep.equal([
            'metrics.targets.prometheus.job: got "prometheus"; expected another name: series of the stack itself have it, ' +
                "which rules and dashboards read",
        ]);
    });

    it("show no password that is given in plain text", () => {
        const [message, ...others] = problems({
            ...fixed,
            login: { kind: "basic", secretName: "db", password: "hunter2" },
        }).filter((line) => line.includes("password"));
        expect(message).to.include("metrics.targets.shop.login.password").and.not.include("hunter2");
        expect(others.join()).to.not.include("hunter2");
    });

    it("takes addresses of every form", () => {
        const addresses = ["db:9187", "db.example.com:9187", "192.0.2.1:80", "[2001:db8::1]:9100"];
        expect(problems({ ...fixed, addresses })).to.deep.equal([]);
    });

    describe("that are probed", () => {
        const probe = { kind: "probe", module: "http_2xx", targets: ["https://example.com"] };
        const withBlackbox = (shop: object, blackbox: object = {}) =>
            problemsOf({ metrics: { blackbox: { enabled: true, ...blackbox }, targets: { shop } } });

        it("need a prober, or the stack's own", () => {
            expect(problems(probe)).to.deep.equal([
                "metrics.targets.shop.prober: missing; expected host and port of a blackbox exporter that is there " +
                    "already, or metrics.blackbox.enabled true",
            ]);
            expect(problems({ ...probe, prober: "blackbox.web.svc:9115", module: "any" })).to.deep.equal([]);
            expect(withBlackbox(probe)).to.deep.equal([]);
        });

        it("name a module that there is", () => {
            expect(withBlackbox({ ...probe, module: "http_2x" })).to.deep.equal([
                'perch:metrics.targets.shop.module: got "http_2x"; expected a module of metrics.blackbox: http_2xx, ' +
                    "http_post_2xx, http_2xx_tls, tcp_connect, tls_connect or grpc; did you mean http_2xx?",
            ]);
            const page = { modules: { page: { kind: "http" } } };
            expect(withBlackbox({ ...probe, module: "page" }, page)).to.deep.equal([]);
        });

        const forms: [string, string, string][] = [
            ["http_2xx", "example.com", "a URL without login, such as https://example.com/health"],
            ["http_2xx", "ftp://example.com", "a URL without login, such as https://example.com/health"],
            ["tcp_connect", "db.example.com", "a host and a port, such as db.example.com:5432"],
            ["tcp_connect", "db.example.com:99999", "a host and a port, such as db.example.com:5432"],
            ["grpc", "https://example.com", "a host and a port, such as api.example.com:443"],
            ["dns", "https://dns.example.com", "a DNS server, such as 192.0.2.53 or ns1.example.com:53"],
        ];
        for (const [module, target, expected] of forms) {
            it(`are what module ${module} takes: not ${target}`, () => {
                const modules = { dns: { kind: "dns", name: "example.com" } };
                expect(withBlackbox({ ...probe, module, targets: [target] }, { modules })).to.deep.equal([
                    `perch:metrics.targets.shop.targets[0]: got "${target}"; expected ${expected}`,
                ]);
            });
        }

        it("have no login, which isn't shown", () => {
            const [message] = withBlackbox({ ...probe, targets: ["https://user:hunter2@example.com"] });
            expect(message).to.include("a URL without login").and.not.include("hunter2");
        });

        it("send no login in a header", () => {
            const [message] = withBlackbox(probe, {
                modules: { a: { kind: "http", headers: { Authorization: "x" } } },
            });
            expect(message).to.include("a header that holds no login");
        });
    });
});
