import { writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { adapterConfig, adapterFile } from "../../../components/autoscaling/adapter-config";
import type { Monitoring } from "../../../components/monitoring";
import type { AreaInput, PrometheusAdapterSettings } from "../../../config/schema";
import { autoscalingSchema } from "../../../config/schema/autoscaling";
import { freePort } from "../../../sandbox/processes";
import { writeKubeconfig } from "../../../sandbox/platform/kubeconfig";
import { admin, apply, ensurePlatform, eventually, freshNamespace } from "../../sandbox/support/platform";
import { type Deployed, kubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, stacks } from "../../support/stacks";
import { inFolder } from "../support/check";
import { type Launch, launchesOf } from "../support/containers";
import { whileItRuns } from "../support/running";
import { callSecurely, type CertificateFiles, realCertificate, withCertificate } from "../support/tls";

const objectName = "prometheus-adapter";
const host = `${objectName}.monitoring.svc`;
const api = "/apis/custom.metrics.k8s.io/v1beta1";
const metric = "nginx_http_requests_total";
const pod = "blog-0";

/** What the adapter's account is made of, and nothing else of the stack. */
const accountKinds = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "RoleBinding"];

/** Queues that stand in some namespace, and jobs that wait in two. */
const waiting = (namespace: string) =>
    [
        ...['queue_messages{queue="orders"} 7', 'queue_messages{queue="returns"} 3'],
        ...[`jobs_waiting{namespace="${namespace}"} 4`, 'jobs_waiting{namespace="elsewhere"} 5'],
    ].join("\n");

/** The exporter of a pod: a counter that grows by ten in a second, and what waits. */
async function startExporter(namespace: string) {
    const begin = Date.now();
    const server = http.createServer((_, response) => {
        response.setHeader("content-type", "text/plain; version=0.0.4");
        const value = Math.round((Date.now() - begin) / 100);
        const counted = `# TYPE ${metric} counter\n${metric}{namespace="${namespace}",pod="${pod}"} ${value}`;
        response.end(`${counted}\n${waiting(namespace)}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => {
            server.closeAllConnections();
            server.close();
        },
    };
}

/** A Prometheus that scrapes it every second. */
function prometheus(target: string): Launch {
    const config = {
        global: { scrape_interval: "1s" },
        scrape_configs: [{ job_name: "blog", honor_labels: true, static_configs: [{ targets: [target] }] }],
    };
    return {
        name: "prometheus",
        args: [
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus/data",
            "--web.listen-address=:9090",
        ],
        env: {},
        mounts: { "/etc/prometheus": { "prometheus.yml": JSON.stringify(config) }, "/prometheus": { lock: "" } },
        ports: [{ name: "web", port: 9090 }],
        readiness: { path: "/-/ready", port: "web" },
    };
}

/** A token of a ServiceAccount. */
async function tokenOf(namespace: string, name: string): Promise<string> {
    const body = { spec: { audiences: [], expirationSeconds: 3600 } };
    const core = admin().makeApiClient(CoreV1Api);
    const { status } = await eventually(() => core.createNamespacedServiceAccountToken({ namespace, name, body }));
    return status?.token ?? "";
}

/** Where an adapter runs: its folder, its port and that of its Prometheus. */
interface Place {
    folder: string;
    port: number;
    prometheusPort: number;
}

type Rules = PrometheusAdapterSettings["rules"];

interface MetricValues {
    items: { describedObject: { kind: string; namespace: string; name: string }; metricName: string; value: string }[];
}

describe("prometheus-adapter of profile severed, on an API server", () => {
    let deployed: Deployed<Monitoring>;
    let files: CertificateFiles;
    let web: string;

    before(async () => {
        await ensurePlatform();
        deployed = await deployStack(stacks["profile severed"]!());
        const objects = kubeObjects(deployed.resources);
        const own = objects.filter(
            ({ kind, metadata }) => accountKinds.includes(kind) && metadata.name.includes(objectName),
        );
        const namespaces = objects.filter(({ kind }) => kind === "Namespace");
        await apply(...[...namespaces, ...own]);
        files = await realCertificate(deployed.resources, "severed-prometheus-adapter-certificate");
        web = await freshNamespace("web");
        await apply({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { namespace: web, name: pod, labels: { app: "blog" } },
            spec: { containers: [{ name: "blog", image: "example/blog:1" }] },
        } as never);
    });

    /**
     * The adapter's own launch, against this Prometheus and this API server, as its ServiceAccount.
     *
     * @param rules @default those of the profile
     */
    async function launchOf(at: Place, rules?: Rules): Promise<Launch> {
        const { folder, port, prometheusPort } = at;
        const [launch] = launchesOf(
            kubeObject(deployed.resources, "Deployment", objectName),
            kubeObjects(deployed.resources),
        );
        const cluster = admin().getCurrentCluster();
        const [kubeconfig, tokenFile] = [path.join(folder, "kubeconfig"), path.join(folder, "token")];
        writeFileSync(tokenFile, await tokenOf("monitoring", objectName), { mode: 0o600 });
        writeKubeconfig(kubeconfig, {
            server: cluster?.server ?? "",
            ca: Buffer.from(cluster?.caData ?? "", "base64").toString("utf8"),
            user: objectName,
            credentials: { tokenFile },
        });
        const { args, mounts, ...others } = withCertificate(launch!, files);
        return {
            ...others,
            mounts: Object.fromEntries(
                Object.entries(mounts).map(([mount, own]) => [
                    mount,
                    adapterFile in own && rules !== undefined ? { [adapterFile]: adapterConfig({ rules }) } : own,
                ]),
            ),
            args: [
                ...args.map((arg) =>
                    arg
                        .replace("http://prometheus.monitoring.svc:9090", `http://127.0.0.1:${prometheusPort}`)
                        .replace("--secure-port=6443", `--secure-port=${port}`),
                ),
                "--bind-address=127.0.0.1",
                `--lister-kubeconfig=${kubeconfig}`,
                `--authentication-kubeconfig=${kubeconfig}`,
                `--authorization-kubeconfig=${kubeconfig}`,
            ],
        };
    }

    it("S-21, S-23, S-24, S-25, S-26, S-80: serves the requests of a pod per second, to the cluster's autoscaler alone", () =>
        whileScraped(async (at) => asked(await launchOf(at), at.port)));

    it("A-30: serves what waits, of the autoscaler's namespace or of all as the rule has it", () =>
        whileScraped(async (at) => {
            const query = "sum(<<.Series>>{<<.LabelMatchers>>})";
            const parsed = autoscalingSchema.parse({
                kind: "prometheusAdapter",
                rules: {
                    queue: { api: "external", series: "queue_messages", objects: {}, query },
                    jobs: { api: "external", series: "jobs_waiting", query },
                },
            } satisfies AreaInput["autoscaling"]) as PrometheusAdapterSettings;
            await waited(await launchOf(at, parsed.rules), at.port);
        }));

    /** Runs a Prometheus that has seen the exporter. */
    async function whileScraped(work: (at: Place) => Promise<void>): Promise<void> {
        const exporter = await startExporter(web);
        try {
            await whileItRuns("prometheus", prometheus(exporter.address), {}, async ({ ports, until }) => {
                const prometheusPort = ports.get(9090) ?? 0;
                await until(async () => {
                    const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=count_over_time(${metric}[1m])>2`;
                    expect(await (await fetch(url)).text()).to.contain(pod);
                });
                await inFolder(async (folder) => {
                    const port = await freePort();
                    await work({ folder, port, prometheusPort });
                });
            });
        } finally {
            exporter.close();
        }
    }

    async function waited(launch: Launch, port: number): Promise<void> {
        const autoscaler = await tokenOf("kube-system", "horizontal-pod-autoscaler");
        const nobody = await tokenOf(web, "default");
        await whileItRuns(objectName, launch, {}, async ({ until }) => {
            const call = (name: string, token: string) =>
                callSecurely({
                    ...{ port, host, token, authority: files["ca.crt"] },
                    path: `/apis/external.metrics.k8s.io/v1beta1/namespaces/${web}/${name}`,
                });
            const values = (name: string) =>
                until(async () => {
                    const { status, body } = await call(name, autoscaler);
                    expect(status, body).to.equal(200);
                    return (JSON.parse(body) as { items: { value: string }[] }).items.map(({ value }) => value);
                });
            expect(await values("queue_messages?labelSelector=queue%3Dorders")).to.deep.equal(["7"]);
            expect(await values("queue_messages")).to.deep.equal(["10"]);
            expect(await values("jobs_waiting")).to.deep.equal(["4"]);
            expect(await call("jobs_waiting", nobody)).to.deep.include({ status: 403 });
        });
    }

    async function asked(launch: Launch, port: number): Promise<void> {
        const autoscaler = await tokenOf("kube-system", "horizontal-pod-autoscaler");
        const nobody = await tokenOf(web, "default");
        await whileItRuns(objectName, launch, {}, async ({ until }) => {
            const get = (asked: string, token?: string) =>
                callSecurely({
                    port,
                    path: asked,
                    host,
                    authority: files["ca.crt"],
                    ...(token === undefined ? {} : { token }),
                });
            await until(async () => {
                expect(await get("/readyz")).to.deep.include({ status: 200 });
            });

            const listed = await until(async () => {
                const { body } = await get(api, autoscaler);
                const { resources } = JSON.parse(body) as { resources: { name: string }[] };
                expect(resources).to.not.have.length(0);
                return resources.map(({ name }) => name);
            });
            expect(listed).to.have.members([`pods/${metric}`, `namespaces/${metric}`]);

            const values = `${api}/namespaces/${web}/pods/*/${metric}`;
            const { items } = await until(async () => {
                const { status, body } = await get(values, autoscaler);
                expect(status, body).to.equal(200);
                return JSON.parse(body) as MetricValues;
            });
            expect(
                items.map(({ describedObject: { kind, name }, metricName }) => [kind, name, metricName]),
            ).to.deep.equal([["Pod", pod, metric]]);
            // Ten in a second, of which a minute's mean has seen a few seconds; in thousandths.
            const [, thousandths] = /^(\d+)m$/.exec(items[0]?.value ?? "") ?? [
                undefined,
                `${items[0]?.value ?? ""}000`,
            ];
            expect(Number(thousandths)).to.be.within(100, 15_000);

            expect(await get(values, nobody)).to.deep.include({ status: 403 });
            expect(await get(values)).to.deep.include({ status: 403 });
            expect(await get("/apis/metrics.k8s.io/v1beta1", autoscaler)).to.deep.include({ status: 404 });
            // Prometheus needs no token for the adapter's own metrics.
            expect((await get("/metrics")).body).to.contain("go_goroutines");
        });
    }
});
