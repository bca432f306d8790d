import * as fs from "node:fs";
import * as https from "node:https";
import { expect } from "chai";
import { parse } from "yaml";
import * as z from "zod";
import { apiServerDrops } from "../../../components/metrics/control-plane-samples";
import { prometheusAccount } from "../../../components/metrics/prometheus-names";
import { type JobKey, jobNames } from "../../../config/jobs";
import { controlPlaneJobs, type PlatformName } from "../../../config/platforms";
import { Authority } from "../../../sandbox/pki";
import { ruleFamilies } from "../../../rules";
import { platformStatus } from "../../../sandbox/platform";
import { discovered, tokenOf } from "../../sandbox/support/discovery";
import { ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { vectorSelectors } from "../../support/promql";
import { given, required } from "../../support/stacks";
import { check } from "../support/check";
import { applyCrds, applyObjects, deleteMonitoring, operate, secretFiles } from "../support/operated";
import { objectsFor } from "../support/tls";

const certificate = "etcd-client";

/** Everything that a platform shows. */
const wanted: Record<PlatformName, object> = {
    generic: {
        ...{ controllerManager: true, scheduler: true, kubeProxy: true },
        etcd: { kind: "pods", certificate },
    },
    k3s: { etcd: { kind: "addresses", addresses: ["10.90.0.10:2381"] } },
    eks: { kubeProxy: true },
};

const namespaceOf = (platform: PlatformName) => `rendered-${platform}`;

const settingsFor = (platform: PlatformName) =>
    settingsOf(
        answered({
            ...required,
            cluster: { name: "test", platform },
            // The sandbox has it, and the operator refuses a class that there is none of.
            platform: { namespace: namespaceOf(platform), storageClass: "local-path" },
            metrics: {
                operator: { ...given.metrics.operator, admissionWebhook: { enabled: false } },
                controlPlane: wanted[platform],
            },
            ...{ longTerm: { kind: "none" }, logs: { kind: "single", storage: { kind: "filesystem" } } },
        }),
        [],
        // Names of cluster-scoped objects derive from it: each stack has rights of its own.
        platform,
    );

const account = "/var/run/secrets/kubernetes.io/serviceaccount";

const configSchema = z.looseObject({
    scrape_configs: z.array(
        z.looseObject({
            job_name: z.string(),
            scheme: z.string().optional(),
            metrics_path: z.string().optional(),
            authorization: z.looseObject({ credentials_file: z.string().optional() }).optional(),
            tls_config: z.record(z.string(), z.unknown()).optional(),
        }),
    ),
});

type Scrape = z.output<typeof configSchema>["scrape_configs"][number];

/** How something is scraped: where, with which credentials, and whom it trusts. */
const manner = ({ scheme, metrics_path, authorization, tls_config = {} }: Scrape) => [
    `${scheme ?? "http"} ${metrics_path ?? "/metrics"}`,
    authorization?.credentials_file === undefined ? "no token" : "token",
    Object.keys(tls_config).sort().join(" "),
];

const secured = (path = "/metrics") => `https ${path}`;
const kubelets = [
    [secured(), "token", "insecure_skip_verify"],
    [secured("/metrics/cadvisor"), "token", "insecure_skip_verify"],
];
const trusted = kubelets.map(([where, token]) => [where, token, "ca_file"]);
const apiServer = [secured(), "token", "ca_file server_name"];
const coredns = ["http /metrics", "no token", ""];
const guarded = [secured(), "token", "insecure_skip_verify"];
const metricsApi = (part: string) => [
    secured(`/apis/metrics.eks.amazonaws.com/v1/${part}/container/metrics`),
    "token",
    "ca_file server_name",
];

/** How the components are scraped, by the monitor that asks for it. */
const expected: Record<PlatformName, Record<string, unknown>> = {
    generic: {
        "podMonitor/coredns": [coredns],
        "podMonitor/etcd": [[secured(), "no token", "ca_file cert_file key_file"]],
        "podMonitor/kube-controller-manager": [guarded],
        "podMonitor/kube-proxy": [["http /metrics", "no token", ""]],
        "podMonitor/kube-scheduler": [guarded],
        "serviceMonitor/apiserver": [apiServer],
        "serviceMonitor/kubelet": kubelets,
    },
    k3s: {
        "podMonitor/coredns": [coredns],
        "scrapeConfig/etcd": [["http /metrics", "no token", ""]],
        "serviceMonitor/kubelet": trusted,
    },
    eks: {
        "podMonitor/coredns": [coredns],
        "podMonitor/kube-proxy": [["http /metrics", "no token", ""]],
        "scrapeConfig/kube-controller-manager": [metricsApi("kcm")],
        "scrapeConfig/kube-scheduler": [metricsApi("ksh")],
        "serviceMonitor/apiserver": [apiServer],
        "serviceMonitor/kubelet": trusted,
    },
};

/** What else the stack scrapes. */
const ownParts = /\/(alertmanager|alloy|grafana|kube-state-metrics|loki|node-exporter|prometheus(-operator)?)$/;

/** Pods of kube-system as kubeadm has them: those of the control plane are on their node's network. */
function systemPod(name: string, labels: Record<string, string>, ports: object[] = [], hostNetwork = true): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "kube-system", labels },
        spec: {
            hostNetwork,
            tolerations: [{ operator: "Exists" }],
            containers: [{ name, image: `registry.k8s.io/${name}:v1`, ports }],
        },
    };
}

const systemPods = [
    systemPod("kube-scheduler-a", { component: "kube-scheduler" }),
    systemPod("kube-controller-manager-a", { component: "kube-controller-manager" }, [
        { name: "probe-port", containerPort: 10257 },
    ]),
    systemPod("etcd-a", { component: "etcd" }, [
        { name: "client", containerPort: 2379 },
        { name: "metrics", containerPort: 2381 },
    ]),
    systemPod("kube-proxy-a", { "k8s-app": "kube-proxy" }),
    systemPod(
        "coredns-a",
        { "k8s-app": "kube-dns" },
        [
            { name: "dns", containerPort: 53, protocol: "UDP" },
            { name: "metrics", containerPort: 9153 },
        ],
        false,
    ),
    // Others are left alone.
    systemPod("metrics-server", { "k8s-app": "metrics-server" }, [{ name: "metrics", containerPort: 10251 }], false),
];

/** Port of a process of the sandbox. */
const portOf = async (component: string) => (await platformStatus()).find(({ name }) => name === component)?.port;

describe("What the operator makes of each platform", function () {
    this.timeout(600_000);

    const stacks = new Map<PlatformName, KubeObject[]>();
    const configs = new Map<PlatformName, string>();

    before(async function () {
        this.timeout(3_600_000);
        await ensurePlatform();
        await applyCrds();
        await applyObjects(systemPods);
        const authority = await Authority.open("etcd");
        const client = await authority.issue("client", { user: "kube-apiserver" });
        const read = (file: string) => fs.readFileSync(file, "utf8");
        for (const platform of Object.keys(expected) as PlatformName[]) {
            const namespace = namespaceOf(platform);
            const objects = await objectsFor(settingsFor(platform));
            stacks.set(platform, objects);
            await applyObjects(objects.filter(({ kind }) => kind === "Namespace"));
            await applyObjects([
                {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: { name: certificate, namespace },
                    stringData: {
                        "ca.crt": authority.certPem,
                        "tls.crt": read(client.cert),
                        "tls.key": read(client.key),
                    },
                },
            ]);
            await operate(namespace, objects);
            await eventually(async () => {
                const { "prometheus.yaml": text = "" } = await secretFiles(namespace, "prometheus-perch");
                expect(text).to.include(`/${namespace}/coredns/`);
                expect(text).to.include(`/${namespace}/prometheus/1`);
                configs.set(platform, text);
            }, 60);
            // The next one's Prometheus would take these monitors for its own.
            await deleteMonitoring(objects);
        }
    });

    for (const [platform, scrapes] of Object.entries(expected) as [PlatformName, Record<string, unknown>][]) {
        it(`asks each component in its own manner, by a configuration that promtool accepts: ${platform}`, async () => {
            const text = configs.get(platform) ?? "";
            const found: Record<string, unknown[]> = {};
            for (const scrape of configSchema.parse(parse(text)).scrape_configs) {
                const [kind = "", namespace, name = ""] = scrape.job_name.split("/");
                expect(namespace).to.be.oneOf([namespaceOf(platform), `${namespaceOf(platform)}-host`]);
                (found[`${kind}/${name}`] ??= []).push(manner(scrape));
            }
            const components = Object.entries(found).filter(([name]) => !ownParts.test(name));
            expect(Object.fromEntries(components)).to.deep.equal(scrapes);
            expect(text).to.include(`${account}/token`);
            const said = await check("promtool", ["check", "config", "--syntax-only", "prometheus.yaml"], {
                "prometheus.yaml": text,
            });
            expect(said).to.include("is valid prometheus config file syntax");
        });
    }

    /** Targets of the components: `<job> <scheme>://<address><path>`. */
    async function targets(platform: PlatformName): Promise<string[]> {
        const namespace = namespaceOf(platform);
        const all = await discovered(configs.get(platform) ?? "", { namespace, name: prometheusAccount });
        const jobs = jobNames(settingsFor(platform).metrics);
        const components = controlPlaneJobs.map((job) => jobs[job]);
        return all
            .filter(({ job = "" }) => components.includes(job))
            .map(
                ({ job, pod, __scheme__: scheme = "", __address__: address = "", __metrics_path__: path = "" }) =>
                    `${job ?? ""} ${scheme}://${pod === undefined ? address : address.replace(/.*:/, `${pod}:`)}${path}`,
            )
            .sort();
    }

    it("finds exactly the components that there are, by the rights of Prometheus's own account", async () => {
        const apiServerTarget = `apiserver https://10.90.0.10:${(await portOf("kube-apiserver")) ?? 0}/metrics`;
        await eventually(async () => {
            expect(await targets("generic")).to.deep.equal([
                apiServerTarget,
                "coredns http://coredns-a:9153/metrics",
                "etcd https://etcd-a:2379/metrics",
                "kube-controller-manager https://kube-controller-manager-a:10257/metrics",
                "kube-proxy http://kube-proxy-a:10249/metrics",
                "kube-scheduler https://kube-scheduler-a:10259/metrics",
            ]);
        }, 60);
        expect(await targets("k3s")).to.deep.equal([
            "coredns http://coredns-a:9153/metrics",
            "etcd http://10.90.0.10:2381/metrics",
        ]);
        expect(await targets("eks")).to.deep.equal([
            apiServerTarget,
            "coredns http://coredns-a:9153/metrics",
            "kube-controller-manager https://kubernetes.default.svc:443" +
                "/apis/metrics.eks.amazonaws.com/v1/kcm/container/metrics",
            "kube-proxy http://kube-proxy-a:10249/metrics",
            "kube-scheduler https://kubernetes.default.svc:443/apis/metrics.eks.amazonaws.com/v1/ksh/container/metrics",
        ]);
    });

    describe("and the real programs", () => {
        /** What a component answers to Prometheus's token, or to etcd's certificate. */
        async function answer(component: string, headers: object, tls: object): Promise<string> {
            const port = await portOf(component);
            return new Promise((resolve, reject) => {
                const url = `https://127.0.0.1:${port ?? 0}/metrics`;
                https
                    .get(url, { headers: { ...headers }, ...tls }, (response) => {
                        let body = "";
                        response.on("data", (part: Buffer) => (body += part.toString()));
                        response.on("end", () => {
                            resolve(response.statusCode === 200 ? body : `${response.statusCode ?? 0} ${body}`);
                        });
                    })
                    .on("error", reject);
            });
        }

        const namesIn = (metrics: string) =>
            new Set([...metrics.matchAll(/^([a-zA-Z_:][\w:]*)/gm)].map(([name]) => name));

        /** Metrics of a job that the rules read. */
        function readOf(job: JobKey): string[] {
            const settings = settingsFor("generic");
            const jobs = jobNames(settings.metrics);
            const read = ruleFamilies(settings, jobs)
                .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)))
                .flatMap(vectorSelectors)
                .filter(({ matchers }) => matchers.job === jobs[job])
                .map(({ metric }) => metric);
            return [...new Set(read)].filter((metric) => metric !== "up");
        }

        /** Made when the first API that another server provides goes missing, or a request is turned away. */
        const later = ["aggregator_unavailable_apiservice_total", "apiserver_request_terminations_total"];

        const asPrometheus = async () => ({
            authorization: `Bearer ${await tokenOf(namespaceOf("generic"), prometheusAccount)}`,
        });
        const cluster = async () => ({ ca: (await Authority.open("kubernetes")).certPem });

        it("the API server tells Prometheus's account what the rules read, K3s's stand-in for `up` too", async () => {
            const metrics = await answer("kube-apiserver", await asPrometheus(), await cluster());
            const told = namesIn(metrics);
            const missing = readOf("apiServer").filter((metric) => !told.has(metric));
            expect(missing.filter((metric) => !later.includes(metric))).to.deep.equal([]);
            expect(told).to.include("apiserver_current_inflight_requests");
        });

        it("the API server loses most of its answer by what is dropped", async () => {
            const metrics = await answer("kube-apiserver", await asPrometheus(), await cluster());
            const samples = [...metrics.matchAll(/^([a-zA-Z_:][\w:]*)(\{.*\})? /gm)].map(
                ([, name = "", labels = ""]) => ({
                    name,
                    le: /le="([^"]+)"/.exec(labels)?.[1] ?? "",
                }),
            );
            const kept = samples.filter(({ name, le }) =>
                apiServerDrops.every(({ sourceLabels = [], regex = "" }) => {
                    const text = sourceLabels.map((label) => (label === "le" ? le : name)).join(";");
                    return !new RegExp(`^(${regex})$`).test(text);
                }),
            );
            expect(samples.length).to.be.above(1000);
            expect(kept.length / samples.length).to.be.below(0.5);
        });

        for (const [component, job] of [
            ["kube-controller-manager", "controllerManager"],
            ["kube-scheduler", "scheduler"],
        ] as const) {
            it(`${component} answers Prometheus's account, and nobody without a name`, async () => {
                const told = namesIn(await answer(component, await asPrometheus(), await cluster()));
                expect(told).to.include("process_start_time_seconds");
                expect(readOf(job).filter((metric) => !told.has(metric))).to.deep.equal([]);
                expect(await answer(component, {}, await cluster())).to.match(/^40[13] /);
            });
        }

        it("etcd answers who shows its certificate", async () => {
            const authority = await Authority.open("etcd");
            const { cert, key } = await authority.issue("client", { user: "kube-apiserver" });
            const tls = { ca: authority.certPem, cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
            const told = namesIn(await answer("etcd", {}, tls));
            expect(told).to.include("etcd_server_has_leader");
        });
    });
});
