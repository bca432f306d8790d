import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import { type KubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { type Launch, launchesOfImage } from "../support/containers";
import {
    applyCrds,
    applyMonitoring,
    applyOperator,
    deleteMonitoring,
    operatorRuns,
    secretFiles,
} from "../support/operated";
import { comesUp, loopbackPorts, metric, whileRunning } from "../support/running";

const namespace = "rendered-billing";

const configSchema = z.looseObject({
    global: z.looseObject({ external_labels: z.record(z.string(), z.string()) }),
    remote_write: z.array(z.looseObject({ name: z.string(), url: z.string() })).length(1),
});

/** An application with two series that are billed by and two that aren't. */
const page = [
    ...['billing_requests_total{customer="a"} 7', 'billing_requests_total{customer="b"} 8'],
    ...["http_requests_total 9", "not_billing_requests_total 10"],
].join("\n");

async function application(): Promise<http.Server> {
    const server = http.createServer((_, response) => {
        response.setHeader("content-type", "text/plain; version=0.0.4");
        response.end(`${page}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
}

/** Prometheus with what the operator made of the stack's remote write, in each of its replicas. */
function prometheus(config: z.output<typeof configSchema>, replica: string, app: string, url: string): Launch {
    const { external_labels: labels } = config.global;
    const text = stringify({
        global: {
            scrape_interval: "1s",
            external_labels: { ...labels, prometheus_replica: replica },
        },
        scrape_configs: [{ job_name: "shop", static_configs: [{ targets: [app] }] }],
        remote_write: config.remote_write.map((write) => ({ ...write, url })),
    });
    return {
        name: replica,
        args: [
            "--config.file=/etc/prometheus/prometheus.yaml",
            "--storage.tsdb.path=/prometheus",
            "--web.listen-address=127.0.0.1:9090",
        ],
        env: {},
        mounts: { "/etc/prometheus": { "prometheus.yaml": text }, "/prometheus": {} },
        ports: [{ name: "web", port: 9090 }],
        readiness: { path: "/-/ready", port: "web" },
    };
}

interface Sample {
    metric: Record<string, string>;
    value: [time: number, value: string];
}

async function query(base: URL, expression: string): Promise<Sample[]> {
    const parameters = new URLSearchParams({ query: expression, latency_offset: "1ms" });
    const answer = await fetch(new URL(`/api/v1/query?${parameters.toString()}`, base));
    return ((await answer.json()) as { data: { result: Sample[] } }).data.result;
}

describe("Billing data of profile acd, between running servers", function () {
    this.timeout(600_000);

    let objects: KubeObject[] = [];
    let config: z.output<typeof configSchema>;

    before(async () => {
        await ensurePlatform();
        await applyCrds();
        const settings = settingsOf(answered({ profile: "acd", ...required, ...given, platform: { namespace } }));
        objects = kubeObjects((await deployStack(settings)).resources);
        await applyOperator(objects);
        await operatorRuns(namespace);
        await applyMonitoring(objects);
        await eventually(async () => {
            const { "prometheus.yaml": text = "" } = await secretFiles(namespace, "prometheus-perch");
            config = configSchema.parse(parse(text));
        }, 60);
    });
    after(() => deleteMonitoring(objects));

    const victoriaMetrics = () => launchesOfImage(objects, "victoria-metrics")[0]!;

    it("A-10: goes to VictoriaMetrics, and nothing else does; of two Prometheus each series comes once", async () => {
        const app = await application();
        const target = `127.0.0.1:${(app.address() as AddressInfo).port}`;
        try {
            const stored = await whileRunning("victoria-metrics", victoriaMetrics(), {}, new Map(), async (vm) => {
                const url = new URL("/api/v1/write", vm).href;
                /** Samples that a Prometheus has sent; it is waited for a few. */
                const sends = (replica: string) => {
                    const launch = prometheus(config, replica, target, url);
                    const sent = (metrics: string) => {
                        const line = /^prometheus_remote_storage_samples_total\{.*\} (\S+)$/m.exec(metrics);
                        return Number(line?.[1] ?? 0);
                    };
                    return comesUp("prometheus", launch, {}, new Map(), (metrics) => sent(metrics) >= 10).then(sent);
                };
                const sent = await Promise.all(["prometheus-perch-0", "prometheus-perch-1"].map(sends));
                expect(Math.min(...sent)).to.be.at.least(10);
                return eventually(async () => {
                    const all = await query(vm, 'last_over_time({__name__!=""}[1h])');
                    expect(all).to.not.have.length(0);
                    return all;
                });
            });
            expect(stored.map(({ metric: labels, value: [, value] }) => ({ ...labels, value }))).to.have.deep.members(
                ["a", "b"].map((customer, index) => ({
                    __name__: "billing_requests_total",
                    cluster: "test",
                    prometheus: `${namespace}/perch`,
                    job: "shop",
                    instance: target,
                    customer,
                    value: String(7 + index),
                })),
            );
        } finally {
            app.close();
        }
    });

    it("A-10: is kept by Prometheus while VictoriaMetrics is away, and sent when it is back", async () => {
        const app = await application();
        const target = `127.0.0.1:${(app.address() as AddressInfo).port}`;
        const launch = victoriaMetrics();
        const ports = await loopbackPorts(launch);
        const url = `http://127.0.0.1:${ports.get(8428) ?? 0}/api/v1/write`;
        try {
            const writer = prometheus(config, "prometheus-perch-0", target, url);
            const { away, first } = await whileRunning("prometheus", writer, {}, new Map(), async (base) => {
                await eventually(async () => {
                    expect(await query(base, "billing_requests_total")).to.have.length(2);
                });
                const now = Date.now() / 1000;
                // It scrapes on, with nobody to send to.
                await sleep(5000);
                return whileRunning("victoria-metrics", launch, {}, ports, (vm) =>
                    eventually(async () => {
                        const [sample] = await query(vm, "min(tfirst_over_time(billing_requests_total[1h]))");
                        expect(sample).to.not.equal(undefined);
                        return { away: now, first: Number(sample?.value[1]) };
                    }, 60),
                );
            });
            expect(first).to.be.below(away);
        } finally {
            app.close();
        }
    });

    it("is deleted by nobody without the key, though anybody may query", async () => {
        const launch = victoriaMetrics();
        const { "admin-key": key = "" } = launch.mounts["/etc/victoria-metrics/keys"] ?? {};
        expect(key).to.not.equal("");
        const statuses = await whileRunning("victoria-metrics", launch, {}, new Map(), async (vm) => {
            const status = async (path: string) => (await fetch(new URL(path, vm))).status;
            const deletion = "/api/v1/admin/tsdb/delete_series?match[]=billing_requests_total";
            // It reads the key's file at the first call; those beside that one are refused.
            await eventually(async () => {
                expect(await status(`${deletion}&authKey=${key}`)).to.equal(204);
            });
            return Promise.all([
                status("/api/v1/query?query=1"),
                status(deletion),
                status(`${deletion}&authKey=wrong`),
                status("/snapshot/create"),
                status("/internal/force_merge"),
            ]);
        });
        expect(statuses).to.deep.equal([200, 401, 401, 401, 401]);
    });

    it("A-11: is kept for as long as the settings say, as the server itself tells", async () => {
        const told = await comesUp("victoria-metrics", victoriaMetrics());
        expect(told).to.match(/^flag\{name="retentionPeriod", ?value="9600h", ?is_set="true"\} 1$/m);
        expect(metric(told, 'vm_rows_ignored_total{reason="too_many_labels"}')).to.equal(0);
    });
});
