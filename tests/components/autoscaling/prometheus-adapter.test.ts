import { expect } from "chai";
import { parse } from "yaml";
import { PrometheusAdapter } from "../../../components/autoscaling";
import { CertificateAuthority } from "../../../components/certificates";
import { profiles } from "../../../config/profiles";
import type { AreaInput, PrometheusAdapterSettings } from "../../../config/schema";
import { caCertificate } from "../../support/certificates";
import { kubeObject, type Seen } from "../../support/mocks";
import { edgeLines } from "../../support/platform";
import { ofKind } from "../../support/stack";
import { containerOf, deployOn, names, once, otherEndpoint, rulesOf, settingsOf } from "../metrics/fixture";

const external = {
    api: "external",
    series: "queue_length",
    query: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
} as const;

function deployAdapter(autoscaling: AreaInput["autoscaling"], certificates?: AreaInput["certificates"]) {
    const settings = settingsOf({ autoscaling, ...(certificates === undefined ? {} : { certificates }) });
    return deployOn(settings, (parts, opts) => {
        const { platform } = parts;
        const authority = new CertificateAuthority("authority", { platform, settings: settings.certificates }, opts);
        return new PrometheusAdapter(
            "adapter",
            {
                ...parts,
                settings: settings.autoscaling as PrometheusAdapterSettings,
                source: otherEndpoint("prometheus", "web", 9090),
                authority,
            },
            opts,
        );
    });
}

const severed = profiles.severed.settings.autoscaling as AreaInput["autoscaling"];
const standard = once(() => deployAdapter(severed));

const configOf = (resources: Seen[]): unknown => {
    const { data } = kubeObject(resources, "ConfigMap", "prometheus-adapter") as unknown as {
        data: Record<string, string>;
    };
    return parse(data["config.yaml"] ?? "");
};

describe("PrometheusAdapter", () => {
    it("S-21: makes exactly these", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            "Secret prometheus-adapter-tls",
            "ClusterRoleBinding perch-test-prometheus-adapter-delegator",
            "RoleBinding perch-test-prometheus-adapter-authentication",
            "ConfigMap prometheus-adapter",
            "ServiceAccount prometheus-adapter",
            "ClusterRole perch-test-prometheus-adapter",
            "ClusterRoleBinding perch-test-prometheus-adapter",
            "Deployment prometheus-adapter",
            "Service prometheus-adapter",
            "ServiceMonitor prometheus-adapter",
            "APIService v1beta1.custom.metrics.k8s.io",
        ]);
    });

    it("S-22: asks Prometheus at the endpoint's URL", async () => {
        const { made, resources } = await standard();
        const { args } = containerOf(kubeObject(resources, "Deployment", "prometheus-adapter"), "prometheus-adapter");
        expect(args).to.include("--prometheus-url=http://prometheus.monitoring.svc:9090");
        expect(edgeLines(made.platform)).to.have.members([
            "prometheus-adapter -> apiServer",
            "prometheus-adapter -> prometheus:9090",
            "apiServer -> prometheus-adapter:6443",
        ]);
    });

    it("S-23, S-24, S-25, S-26: has exactly the document's rule", async () => {
        const { resources } = await standard();
        expect(configOf(resources)).to.deep.equal({
            rules: [
                {
                    seriesQuery: 'nginx_http_requests_total{pod!="",namespace!=""}',
                    resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
                    name: { matches: "^(.*)_total", as: "nginx_http_requests_total" },
                    metricsQuery: "rate(<<.Series>>{<<.LabelMatchers>>}[1m])",
                },
            ],
        });
    });

    it("serves external metrics where a rule asks for that, and never those of metrics-server", async () => {
        const { resources } = await deployAdapter({ kind: "prometheusAdapter", rules: { queue: external } });
        const apis = ofKind(resources, "APIService").map(({ metadata }) => metadata.name);
        expect(apis).to.deep.equal(["v1beta1.external.metrics.k8s.io"]);
        expect(configOf(resources)).to.have.all.keys("rules", "externalRules");
        expect(JSON.stringify([...apis, configOf(resources)])).to.not.match(/"v1beta1\.metrics\.k8s\.io|resourceRules/);
    });

    it("serves external metrics of the asker's namespace, or of all where no label is one", async () => {
        const { resources } = await deployAdapter({
            kind: "prometheusAdapter",
            rules: { own: { ...external, objects: { ns: "namespace" } }, all: { ...external, objects: {} } },
        });
        const { externalRules } = configOf(resources) as { externalRules: { resources: object }[] };
        expect(externalRules.map(({ resources }) => resources)).to.deep.equal([
            { overrides: { ns: { resource: "namespace" } } },
            { overrides: {}, namespaced: false },
        ]);
    });

    it("reads no objects where no rule is about any", async () => {
        const { resources } = await deployAdapter({
            kind: "prometheusAdapter",
            rules: { all: { ...external, objects: {} } },
        });
        expect(rulesOf(resources, "ClusterRole")).to.deep.equal([]);
    });

    it("may read the kinds of its rules, and let the API server tell who asks", async () => {
        const { resources } = await standard();
        expect(rulesOf(resources, "ClusterRole")).to.deep.equal([
            { apiGroups: [""], resources: ["namespaces", "pods"], verbs: ["get", "list", "watch"] },
        ]);
        const delegator = kubeObject(resources, "ClusterRoleBinding", "perch-test-prometheus-adapter-delegator");
        expect(delegator.roleRef).to.deep.include({ kind: "ClusterRole", name: "system:auth-delegator" });
        const reader = kubeObject(resources, "RoleBinding", "perch-test-prometheus-adapter-authentication");
        expect(reader.metadata.namespace).to.equal("kube-system");
        expect(reader.roleRef).to.deep.include({ kind: "Role", name: "extension-apiserver-authentication-reader" });
        const account = { kind: "ServiceAccount", name: "prometheus-adapter", namespace: "monitoring" };
        expect([delegator.subjects, reader.subjects]).to.deep.equal([[account], [account]]);
    });

    it("is trusted by the authority of its certificate, never blindly", async () => {
        const { resources } = await standard();
        const { spec } = kubeObject(resources, "APIService", "v1beta1.custom.metrics.k8s.io") as unknown as {
            spec: { caBundle: string; insecureSkipTLSVerify?: boolean; service: object };
        };
        expect(Buffer.from(spec.caBundle, "base64").toString()).to.equal(caCertificate);
        expect(spec.insecureSkipTLSVerify).to.equal(undefined);
        expect(spec.service).to.deep.equal({ name: "prometheus-adapter", namespace: "monitoring", port: 443 });

        const byCertManager = await deployAdapter(severed, { kind: "certManager" });
        const { metadata } = kubeObject(byCertManager.resources, "APIService", "v1beta1.custom.metrics.k8s.io");
        expect(metadata.annotations).to.deep.equal({
            "cert-manager.io/inject-ca-from": "monitoring/prometheus-adapter-tls",
        });
    });

    it("comes up before its API is announced", async () => {
        const { options } = await standard();
        const api = options.get("kubernetes:apiregistration.k8s.io/v1:APIService adapter-custom");
        expect(api?.dependsOn).to.include("adapter");
        const deployment = options.get("kubernetes:apps/v1:Deployment adapter");
        expect(deployment?.dependsOn).to.include.members(["adapter-delegator", "adapter-authentication"]);
    });
});
