import { Resolver } from "node:dns/promises";
import { expect } from "chai";
import { stringify } from "yaml";
import type { JobKey } from "../../config/jobs";
import { freePort } from "../../sandbox/processes";
import { ruleFamilies } from "../../rules";
import { vectorSelectors } from "../support/promql";
import { jobs, settings } from "./alerts/series";
import type { Launch } from "./support/containers";
import { comesUp } from "./support/running";
import type { RenderedTool } from "./support/tools";

/** A program with nothing but what it needs to start. */
function launch(name: string, port: number, readiness: string, args: string[], mounts: Launch["mounts"] = {}): Launch {
    return {
        name,
        args,
        env: {},
        mounts,
        ports: [{ name: "http", port }],
        readiness: { path: readiness, port: "http" },
    };
}

const prometheusConfig = stringify({
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yaml"],
    // Fails, which is as good as any other for the series of a scrape, or of a look-up.
    scrape_configs: [
        { job_name: "any", static_configs: [{ targets: ["127.0.0.1:1"] }] },
        { job_name: "looked-up", http_sd_configs: [{ url: "http://127.0.0.1:1/targets" }] },
    ],
    // Nobody answers there: the series of a sender are there all the same.
    remote_write: [{ url: "http://127.0.0.1:1/write" }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:1"] }] }] },
});

/** A rule of any kind, for the series that each group has. */
const rules = stringify({ groups: [{ name: "any", rules: [{ record: "a:b", expr: "vector(1)" }] }] });

const receiver = stringify({ route: { receiver: "none" }, receivers: [{ name: "none" }] });

/** A part of Thanos on a bucket that is a folder. */
const thanos = (part: string, ...more: string[]): [RenderedTool, Launch] => [
    "thanos",
    launch(
        `thanos-${part}`,
        10902,
        "/-/ready",
        [
            part,
            "--data-dir=/data",
            "--objstore.config-file=/etc/objstore/objstore.yaml",
            "--http-address=127.0.0.1:10902",
            ...more,
        ],
        {
            "/etc/objstore": { "objstore.yaml": stringify({ type: "FILESYSTEM", config: { directory: "bucket" } }) },
            "/data": {},
        },
    ),
];

/** The programs that come with their metrics from the start, by their job. */
const programs: Partial<Record<JobKey, [RenderedTool, Launch]>> = {
    prometheus: [
        "prometheus",
        launch(
            "prometheus",
            9090,
            "/-/ready",
            [
                "--config.file=/etc/prometheus/prometheus.yaml",
                "--storage.tsdb.path=/prometheus",
                "--web.listen-address=127.0.0.1:9090",
            ],
            { "/etc/prometheus": { "prometheus.yaml": prometheusConfig, "rules.yaml": rules }, "/prometheus": {} },
        ),
    ],
    alertmanager: [
        "alertmanager",
        launch(
            "alertmanager",
            9093,
            "/-/ready",
            [
                "--config.file=/etc/alertmanager/alertmanager.yaml",
                "--storage.path=/alertmanager",
                "--web.listen-address=127.0.0.1:9093",
                "--cluster.listen-address=127.0.0.1:0",
            ],
            { "/etc/alertmanager": { "alertmanager.yaml": receiver }, "/alertmanager": {} },
        ),
    ],
    nodeExporter: ["node_exporter", launch("node-exporter", 9100, "/", ["--web.listen-address=127.0.0.1:9100"])],
    victoriaMetrics: [
        "victoria-metrics",
        launch("victoria-metrics", 8428, "/health", ["-storageDataPath=/storage", "-httpListenAddr=127.0.0.1:8428"], {
            "/storage": {},
        }),
    ],
    etcd: [
        "etcd",
        launch(
            "etcd",
            2379,
            "/readyz",
            [
                "--data-dir=/var/lib/etcd",
                "--listen-client-urls=http://127.0.0.1:2379",
                "--advertise-client-urls=http://127.0.0.1:2379",
                "--listen-peer-urls=http://127.0.0.1:0",
                // Without it there is no histogram of requests.
                "--metrics=extensive",
            ],
            { "/var/lib": {} },
        ),
    ],
    thanosStore: thanos("store", "--grpc-address=127.0.0.1:0"),
    thanosCompact: thanos("compact", "--wait"),
};

/** What a machine without the hardware doesn't have, nor a Compactor without work, nor etcd without another member. */
const later = /^(node_(md|bonding)|thanos_compact_group|etcd_network_peer)_/;

/** Metrics of a job that the rules read. */
function readOf(job: JobKey): string[] {
    const expressions = ruleFamilies(settings, jobs)
        .flatMap(({ groups }) => groups)
        .flatMap((group) => group.rules.map(({ expr }) => expr));
    const metrics = expressions
        .flatMap(vectorSelectors)
        .filter(({ matchers }) => matchers.job === jobs[job])
        .map(({ metric }) => metric)
        // Made by Prometheus, and by other rules.
        .filter((metric) => metric !== "up" && !metric.includes(":") && !later.test(metric));
    return [...new Set(metrics)];
}

/** The metrics of these that a program doesn't tell. */
function missingOf(read: readonly string[], metrics: string): string[] {
    const told = new Set([...metrics.matchAll(/^([a-zA-Z_:][\w:]*)/gm)].map(([name]) => name));
    return read.filter((metric) => !told.has(metric));
}

describe("What the rules read", function () {
    this.timeout(300_000);

    for (const [job, [tool, program]] of Object.entries(programs)) {
        it(`is told by the real ${program.name}`, async () => {
            const read = readOf(job as JobKey);
            expect(read).to.have.length.above(3);
            const enough = (all: string) => missingOf(read, all).length === 0;
            const metrics = await comesUp(tool, program, {}, new Map(), enough);
            expect(missingOf(read, metrics)).to.deep.equal([]);
        });
    }

    it("is told by the real CoreDNS, once it has answered a query and forwarded one", async () => {
        const read = readOf("coreDns");
        expect(read).to.have.length.above(3);
        const chosen = new Map<number, number>();
        for (const port of [9153, 53, 54]) {
            chosen.set(port, await freePort(undefined, [...chosen.values()]));
        }
        const [metricsPort, front, behind] = [...chosen.values()];
        const corefile = `
.:${front} {
    bind 127.0.0.1
    prometheus 127.0.0.1:${metricsPort}
    forward . 127.0.0.1:${behind}
}
.:${behind} {
    bind 127.0.0.1
    whoami
}
`;
        const args = ["-conf=/etc/coredns/Corefile"];
        const program = launch("coredns", 9153, "/metrics", args, { "/etc/coredns": { Corefile: corefile } });
        const resolver = new Resolver({ timeout: 1000, tries: 1 });
        resolver.setServers([`127.0.0.1:${front}`]);
        const metrics = await comesUp("coredns", program, {}, chosen, (all) => {
            void resolver.resolve4("shop.example").catch(() => undefined);
            return missingOf(read, all).length === 0;
        });
        expect(missingOf(read, metrics)).to.deep.equal([]);
    });
});
