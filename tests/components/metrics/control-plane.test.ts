import { expect } from "chai";
import { ControlPlane, hasControlPlane } from "../../../components/metrics";
import { controlPlaneScrapeClasses, metricsApiRules } from "../../../components/metrics/control-plane-access";
import { apiServerDrops, sharedAnswer } from "../../../components/metrics/control-plane-samples";
import { operatedPods } from "../../../components/metrics/prometheus-names";
import type { PodPeer } from "../../../components/workload/endpoint";
import { jobsInKubelets, scrapedControlPlane } from "../../../config/jobs";
import { platforms, type PlatformName } from "../../../config/platforms";
import { merge } from "../../../config/merge";
import { kubeObject } from "../../support/mocks";
import { edgeLines } from "../../support/platform";
import { deployOn, names, settingsOf, type TestInput } from "./fixture";

type Wanted = NonNullable<NonNullable<TestInput["metrics"]>["controlPlane"]>;

const prometheus: PodPeer = { workload: "prometheus", namespace: "monitoring", labels: operatedPods };

/** Settings of a cluster of a platform, with its defaults. */
const settingsOn = (platform: PlatformName, controlPlane: Wanted = {}, more: TestInput = {}) =>
    settingsOf(
        merge(merge(platforms[platform].settings, { cluster: { name: "test", platform }, ...more }), {
            metrics: { controlPlane },
        }) as TestInput,
    );

async function scrape(platform: PlatformName, controlPlane: Wanted = {}, more: TestInput = {}) {
    const settings = settingsOn(platform, controlPlane, more);
    const { metrics, networkPolicies } = settings;
    const { resources, made } = await deployOn(settings, ({ platform: on, jobs }, opts) => {
        on.network.register(prometheus);
        return hasControlPlane(on, metrics)
            ? new ControlPlane(
                  "control-plane",
                  { platform: on, settings: metrics, dns: networkPolicies.dns, prometheus, jobs },
                  opts,
              )
            : undefined;
    });
    return { resources, made: names(resources), edges: edgeLines(made.platform) };
}

const classes = (platform: PlatformName, controlPlane: Wanted = {}) =>
    controlPlaneScrapeClasses({ kind: platform }, settingsOn(platform, controlPlane).metrics);

const everything: Wanted = {
    controllerManager: true,
    scheduler: true,
    kubeProxy: true,
    etcd: { kind: "pods", certificate: "etcd-client" },
};

const jobRule = (job: string) => ({ action: "replace", targetLabel: "job", replacement: job });

const atPort = (port: number) => [
    {
        action: "replace",
        sourceLabels: ["__meta_kubernetes_pod_ip"],
        regex: "([^:]+)",
        targetLabel: "__address__",
        replacement: `$1:${port}`,
    },
    {
        action: "replace",
        sourceLabels: ["__meta_kubernetes_pod_ip"],
        regex: "(.+:.+)",
        targetLabel: "__address__",
        replacement: `[$1]:${port}`,
    },
];

describe("Kubernetes' own components", () => {
    it("are API servers and CoreDNS where nothing is said", async () => {
        const { made, edges } = await scrape("generic");
        expect(made).to.have.members(["ServiceMonitor apiserver", "PodMonitor coredns"]);
        // The way to the API servers is there anyway, and that to pods.
        expect(edges).to.deep.equal([]);
    });

    it("are nothing at all when they are off", async () => {
        const { made } = await scrape("generic", { apiServer: false, coreDns: false });
        expect(made).to.deep.equal([]);
    });

    it("are asked for at each API server, by its certificate's name, without the largest histograms", async () => {
        const { resources } = await scrape("generic");
        const { spec } = kubeObject(resources, "ServiceMonitor", "apiserver");
        expect(spec).to.deep.equal({
            scrapeClass: "api-server",
            namespaceSelector: { matchNames: ["default"] },
            selector: { matchLabels: { component: "apiserver", provider: "kubernetes" } },
            endpoints: [
                {
                    port: "https",
                    scheme: "https",
                    path: "/metrics",
                    relabelings: [jobRule("apiserver")],
                    metricRelabelings: apiServerDrops,
                },
            ],
        });
        expect(classes("generic")).to.deep.equal([
            {
                name: "api-server",
                authorization: { credentialsFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" },
                tlsConfig: {
                    caFile: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                    serverName: "kubernetes",
                },
                relabelings: [
                    {
                        action: "keep",
                        sourceLabels: ["__meta_kubernetes_namespace", "__meta_kubernetes_service_name"],
                        regex: "default;kubernetes",
                    },
                ],
            },
        ]);
    });

    it("are found by what the settings say of the cluster's DNS", async () => {
        const dns = { namespace: "dns", podLabels: { app: "coredns" } };
        const { resources } = await scrape("generic", {}, { networkPolicies: { dns } });
        expect(kubeObject(resources, "PodMonitor", "coredns").spec).to.deep.equal({
            namespaceSelector: { matchNames: ["dns"] },
            selector: { matchLabels: { app: "coredns" } },
            podMetricsEndpoints: [{ port: "metrics", path: "/metrics", relabelings: [jobRule("coredns")] }],
        });
    });

    it("are found in pods of the nodes' network by their labels, on the ports of kubeadm", async () => {
        const { made, resources, edges } = await scrape("generic", everything);
        expect(made).to.have.members([
            "ServiceMonitor apiserver",
            ...["coredns", "etcd", "kube-controller-manager", "kube-proxy", "kube-scheduler"].map(
                (job) => `PodMonitor ${job}`,
            ),
        ]);
        const pods = (labels: Record<string, string>) => ({
            namespaceSelector: { matchNames: ["kube-system"] },
            selector: { matchLabels: labels },
        });
        expect(kubeObject(resources, "PodMonitor", "kube-scheduler").spec).to.deep.equal({
            scrapeClass: "kube-scheduler",
            ...pods({ component: "kube-scheduler" }),
            podMetricsEndpoints: [
                { path: "/metrics", scheme: "https", relabelings: [jobRule("kube-scheduler"), ...atPort(10259)] },
            ],
        });
        // It asks nobody who they are.
        expect(kubeObject(resources, "PodMonitor", "kube-proxy").spec).to.deep.equal({
            ...pods({ "k8s-app": "kube-proxy" }),
            podMetricsEndpoints: [
                { path: "/metrics", scheme: "http", relabelings: [jobRule("kube-proxy"), ...atPort(10249)] },
            ],
        });
        const secret = (key: string) => ({ name: "etcd-client", key });
        expect(kubeObject(resources, "PodMonitor", "etcd").spec).to.deep.equal({
            ...pods({ component: "etcd" }),
            podMetricsEndpoints: [
                {
                    path: "/metrics",
                    scheme: "https",
                    tlsConfig: {
                        ca: { secret: secret("ca.crt") },
                        cert: { secret: secret("tls.crt") },
                        keySecret: secret("tls.key"),
                    },
                    relabelings: [jobRule("etcd"), ...atPort(2379)],
                },
            ],
        });
        expect(edges).to.deep.equal(["prometheus -> nodes:10257:2379:10249:10259"]);
    });

    it("are shown Prometheus's token one by one, and nobody else with them", () => {
        const podLabels = { scheduler: { "app.kubernetes.io/name": "scheduler", tier: "control-plane" } };
        const found = classes("generic", { ...everything, podLabels });
        expect(found.map(({ name }) => name)).to.deep.equal([
            "api-server",
            "kube-controller-manager",
            "kube-scheduler",
        ]);
        expect(found[2]).to.deep.include({
            tlsConfig: { insecureSkipVerify: true },
            relabelings: [
                {
                    action: "keep",
                    sourceLabels: [
                        "__meta_kubernetes_namespace",
                        "__meta_kubernetes_pod_label_app_kubernetes_io_name",
                        "__meta_kubernetes_pod_label_tier",
                    ],
                    regex: "kube-system;scheduler;control-plane",
                },
            ],
        });
        for (const { relabelings } of found) {
            expect(relabelings.map(({ action }) => action)).to.deep.equal(["keep"]);
        }
    });

    it("may be an etcd at given addresses, with a certificate or plain", async () => {
        const addresses = ["10.0.0.1:2381", "10.0.0.1:2381", "10.0.0.2:2382"];
        const { resources, edges } = await scrape("k3s", { etcd: { kind: "addresses", addresses } });
        expect(kubeObject(resources, "ScrapeConfig", "etcd").spec).to.deep.equal({
            jobName: "etcd",
            metricsPath: "/metrics",
            scheme: "HTTP",
            staticConfigs: [{ targets: ["10.0.0.1:2381", "10.0.0.2:2382"] }],
        });
        expect(edges).to.deep.equal(["prometheus -> targets:2381:2382"]);
        const secured = await scrape("k3s", { etcd: { kind: "addresses", addresses, certificate: "etcd" } });
        expect(kubeObject(secured.resources, "ScrapeConfig", "etcd").spec)
            .to.deep.include({ scheme: "HTTPS" })
            .and.have.nested.property("tlsConfig.keySecret.name", "etcd");
    });
});

describe("Kubernetes' own components on EKS", () => {
    it("are asked for through the API server where AWS runs them, once", async () => {
        const { made, resources, edges } = await scrape("eks");
        expect(made).to.have.members([
            "ServiceMonitor apiserver",
            "PodMonitor coredns",
            "ScrapeConfig kube-controller-manager",
            "ScrapeConfig kube-scheduler",
        ]);
        expect(kubeObject(resources, "ScrapeConfig", "kube-scheduler").spec).to.deep.equal({
            scrapeClass: "metrics-api",
            jobName: "kube-scheduler",
            scheme: "HTTPS",
            metricsPath: "/apis/metrics.eks.amazonaws.com/v1/ksh/container/metrics",
            staticConfigs: [{ targets: ["kubernetes.default.svc:443"] }],
        });
        expect(edges).to.deep.equal([]);
        expect(classes("eks").map(({ name, relabelings }) => [name, relabelings[0]?.regex])).to.deep.equal([
            ["api-server", "default;kubernetes"],
            ["metrics-api", "kubernetes\\.default\\.svc:443"],
        ]);
    });

    it("need a right that is asked for there alone", () => {
        const rules = (platform: PlatformName, wanted: Wanted = {}) =>
            metricsApiRules({ kind: platform }, settingsOn(platform, wanted).metrics);
        const apiGroups = ["metrics.eks.amazonaws.com"];
        expect(rules("eks")).to.deep.equal([{ apiGroups, resources: ["kcm/metrics", "ksh/metrics"], verbs: ["get"] }]);
        expect(rules("eks", { scheduler: false })).to.deep.equal([
            { apiGroups, resources: ["kcm/metrics"], verbs: ["get"] },
        ]);
        expect(rules("generic", everything)).to.deep.equal([]);
    });
});

describe("Kubernetes' own components on K3s", () => {
    it("come with the kubelets: but for CoreDNS they have no monitor and no class", async () => {
        const { made, edges } = await scrape("k3s");
        expect(made).to.deep.equal(["PodMonitor coredns"]);
        expect(edges).to.deep.equal([]);
        expect(classes("k3s")).to.deep.equal([]);
        expect((await scrape("k3s", { coreDns: false })).made).to.deep.equal([]);
    });

    const jobs = {
        ...{ apiServer: "apiserver", controllerManager: "kube-controller-manager", coreDns: "coredns" },
        ...{ etcd: "etcd", kubeProxy: "kube-proxy", scheduler: "kube-scheduler" },
    };

    /** What becomes of a series of the one answer: its job, or nothing. */
    function jobOf(metric: string, wanted: Wanted, le = ""): string | undefined {
        const scraped = { cluster: { platform: "k3s" as const }, metrics: settingsOn("k3s", wanted).metrics };
        const shown = jobsInKubelets(scraped);
        const inside = { shown, wanted: scrapedControlPlane(scraped).filter((job) => shown.includes(job)) };
        let job: string | undefined = "kubelet";
        for (const { action, sourceLabels = [], regex = "", replacement } of sharedAnswer(inside, jobs)) {
            const text = sourceLabels.map((label) => (label === "le" ? le : metric)).join(";");
            if (job !== undefined && new RegExp(`^(${regex})$`).test(text)) {
                job = action === "drop" ? undefined : replacement;
            }
        }
        return job;
    }

    it("are told apart in the one answer of a process", () => {
        expect(jobOf("apiserver_request_total", {})).to.equal("apiserver");
        expect(jobOf("scheduler_pending_pods", {})).to.equal("kube-scheduler");
        expect(jobOf("kubeproxy_sync_proxy_rules_duration_seconds_sum", {})).to.equal("kube-proxy");
        expect(jobOf("node_collector_evictions_total", {})).to.equal("kube-controller-manager");
        for (const own of ["kubelet_running_pods", "rest_client_requests_total", "process_cpu_seconds_total"]) {
            expect(jobOf(own, {})).to.equal("kubelet");
        }
    });

    it("lose there what an API server loses elsewhere", () => {
        const duration = "apiserver_request_sli_duration_seconds_bucket";
        expect(jobOf("apiserver_request_duration_seconds_bucket", {}, "1.0")).to.equal(undefined);
        expect(jobOf(duration, {}, "1.25")).to.equal(undefined);
        for (const bound of ["1", "1.0", "5.0", "30.0", "+Inf"]) {
            expect(jobOf(duration, {}, bound), bound).to.equal("apiserver");
        }
    });

    it("take no room when they aren't wanted", () => {
        const off: Wanted = { apiServer: false, controllerManager: false, kubeProxy: false, scheduler: false };
        for (const metric of ["apiserver_request_total", "scheduler_pending_pods", "kubeproxy_sync_total"]) {
            expect(jobOf(metric, off), metric).to.equal(undefined);
        }
        expect(jobOf("kubelet_running_pods", off)).to.equal("kubelet");
        expect(jobOf("scheduler_pending_pods", { ...off, scheduler: true })).to.equal("kube-scheduler");
    });

    it("leave the kubelets of other platforms as they are", () => {
        for (const platform of ["generic", "eks"] as const) {
            expect(jobsInKubelets({ cluster: { platform } }), platform).to.deep.equal([]);
        }
        expect(sharedAnswer({ shown: [], wanted: [] }, jobs)).to.deep.equal([]);
    });
});
