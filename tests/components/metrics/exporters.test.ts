import { expect } from "chai";
import { KubeStateMetrics, kubeStateMetricsFlags } from "../../../components/metrics/kube-state-metrics";
import { NodeExporter } from "../../../components/metrics/node-exporter";
import { watchedKinds } from "../../../config/watched-kinds";
import { kubeObject } from "../../support/mocks";
import { containerOf, deployOn, names, once, rulesOf, settingsOf } from "./fixture";

interface MonitorSpec {
    endpoints: { port: string; honorLabels?: boolean; relabelings: Record<string, unknown>[] }[];
}

describe("KubeStateMetrics", () => {
    const standard = once(() => {
        const settings = settingsOf();
        return deployOn(
            settings,
            (parts, opts) =>
                new KubeStateMetrics("ksm", { ...parts, settings: settings.metrics.kubeStateMetrics }, opts),
        );
    });

    it("makes exactly these", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            "ServiceAccount kube-state-metrics",
            "ClusterRole perch-test-kube-state-metrics",
            "ClusterRoleBinding perch-test-kube-state-metrics",
            "Deployment kube-state-metrics",
            "Service kube-state-metrics",
            "ServiceMonitor kube-state-metrics",
        ]);
    });

    it("may list just what it collects, no Secret and no ConfigMap", async () => {
        const { resources } = await standard();
        const rules = rulesOf(resources, "ClusterRole");
        const { args } = containerOf(kubeObject(resources, "Deployment", "kube-state-metrics"), "kube-state-metrics");
        const collected = args
            .find((arg) => arg.startsWith("--resources="))
            ?.split("=")[1]
            ?.split(",");
        expect(rules.flatMap((rule) => rule.resources)).to.have.members(collected ?? []);
        expect(collected).to.not.include.oneOf(["secrets", "configmaps"]);
        expect(rules.every((rule) => rule.verbs.join() === "list,watch")).to.be.true;
        expect(collected).to.have.length(Object.values(watchedKinds).flat().length);
    });

    it("asks the port for liveness that must answer, and the one for readiness that knows", async () => {
        const { resources } = await standard();
        const container = containerOf(kubeObject(resources, "Deployment", "kube-state-metrics"), "kube-state-metrics");
        expect(container.livenessProbe.httpGet).to.deep.equal({ path: "/livez", port: "http-metrics" });
        expect(container.readinessProbe.httpGet).to.deep.equal({ path: "/readyz", port: "telemetry" });
    });

    it("is scraped with the labels of what it tells about", async () => {
        const { resources } = await standard();
        const { endpoints } = kubeObject(resources, "ServiceMonitor", "kube-state-metrics").spec as MonitorSpec;
        expect(endpoints.map((e) => [e.port, e.honorLabels ?? false])).to.deep.equal([
            ["http-metrics", true],
            ["telemetry", false],
        ]);
        expect(endpoints.map((e) => e.relabelings[0]?.replacement)).to.deep.equal([
            "kube-state-metrics",
            "kube-state-metrics",
        ]);
        expect(endpoints[0]?.relabelings[1]).to.deep.equal({
            action: "labeldrop",
            regex: "(pod|service|endpoint|namespace)",
        });
    });
});

describe("KubeStateMetrics in shards", () => {
    const sharded = once(() => {
        const { kubeStateMetrics } = settingsOf({
            metrics: {
                kubeStateMetrics: {
                    shards: 3,
                    labels: { pods: ["app", "app.kubernetes.io/name"], nodes: ["*"] },
                    annotations: { namespaces: ["owner"] },
                },
            },
        }).metrics;
        return deployOn(
            settingsOf(),
            (parts, opts) => new KubeStateMetrics("ksm", { ...parts, settings: kubeStateMetrics }, opts),
        );
    });
    const container = async () =>
        containerOf(kubeObject((await sharded()).resources, "StatefulSet", "kube-state-metrics"), "kube-state-metrics");

    it("makes exactly these, under the names that one has", async () => {
        expect(names((await sharded()).resources)).to.have.members([
            "ServiceAccount kube-state-metrics",
            "ClusterRole perch-test-kube-state-metrics",
            "ClusterRoleBinding perch-test-kube-state-metrics",
            "Role kube-state-metrics",
            "RoleBinding kube-state-metrics",
            "StatefulSet kube-state-metrics",
            "PodDisruptionBudget kube-state-metrics",
            "Service kube-state-metrics",
            "Service kube-state-metrics-headless",
            "ServiceMonitor kube-state-metrics",
        ]);
    });

    it("tells each pod its name, from which it learns its number, and lets it read just that", async () => {
        const { args, env } = await container();
        expect(args).to.include.members(["--pod=$(POD_NAME)", "--pod-namespace=$(POD_NAMESPACE)"]);
        expect(env).to.deep.equal([
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        ]);
        expect(rulesOf((await sharded()).resources, "Role")).to.deep.equal([
            { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
            {
                apiGroups: ["apps"],
                resources: ["statefulsets"],
                resourceNames: ["kube-state-metrics"],
                verbs: ["get", "list", "watch"],
            },
        ]);
    });

    it("tells labels and annotations of the objects that the settings name", async () => {
        const { args } = await container();
        expect(args).to.include.members([
            "--metric-labels-allowlist=pods=[app,app.kubernetes.io/name],nodes=[*]," +
                "persistentvolumeclaims=[excluded-from-alerts]",
            "--metric-annotations-allowlist=namespaces=[owner]",
        ]);
    });

    it("tells the label of claims that rules read, once", () => {
        const told = (own?: string[]) => {
            const { kubeStateMetrics } = settingsOf({
                metrics: { kubeStateMetrics: { labels: own === undefined ? {} : { persistentvolumeclaims: own } } },
            }).metrics;
            return kubeStateMetricsFlags(kubeStateMetrics).filter((flag) => flag.includes("labels-allowlist"));
        };
        const flag = (names: string) => [`--metric-labels-allowlist=persistentvolumeclaims=[${names}]`];
        expect(told()).to.deep.equal(flag("excluded-from-alerts"));
        expect(told(["app"])).to.deep.equal(flag("app,excluded-from-alerts"));
        expect(told(["*"])).to.deep.equal(flag("*"));
        expect(told(["excluded-from-alerts"])).to.deep.equal(flag("excluded-from-alerts"));
    });

    it("watches autoscalers as one does", async () => {
        const { args } = await container();
        expect(args.find((arg) => arg.startsWith("--resources="))).to.include("horizontalpodautoscalers");
    });
});

describe("NodeExporter", () => {
    const standard = once(() => {
        const settings = settingsOf({ metrics: { nodeExporter: { port: 9200 } } });
        return deployOn(
            settings,
            (parts, opts) =>
                new NodeExporter("node-exporter", { ...parts, settings: settings.metrics.nodeExporter }, opts),
        );
    });

    it("makes exactly these, all where the host may be used, and no permission", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            "ServiceAccount node-exporter",
            "DaemonSet node-exporter",
            "Service node-exporter",
            "ServiceMonitor node-exporter",
        ]);
        for (const seen of resources) {
            const { metadata } = seen.inputs as { metadata?: { namespace: string } };
            if (metadata !== undefined) {
                expect(metadata.namespace, seen.name).to.equal("monitoring-host");
            }
        }
    });

    it("listens on the port of the settings, at the node's own address", async () => {
        const { made, resources } = await standard();
        const container = containerOf(kubeObject(resources, "DaemonSet", "node-exporter"), "node-exporter");
        expect(container.args[0]).to.equal("--web.listen-address=[$(HOST_IP)]:9200");
        expect(container.env).to.deep.equal([
            { name: "HOST_IP", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
        ]);
        expect(made.result.workload.endpoint("metrics", "node-exporter")).to.deep.include({ podPort: 9200 });
    });

    it("sees the host's network and processes, its files read-only, and runs on tainted nodes", async () => {
        const { resources } = await standard();
        const { spec } = kubeObject(resources, "DaemonSet", "node-exporter") as unknown as {
            spec: { template: { spec: Record<string, unknown> & { containers: { volumeMounts: object[] }[] } } };
        };
        const pod = spec.template.spec;
        expect(pod).to.deep.include({ hostNetwork: true, hostPID: true, tolerations: [{ operator: "Exists" }] });
        expect(pod.containers[0]?.volumeMounts.every((mount) => "readOnly" in mount && mount.readOnly)).to.be.true;
    });

    it("names its series by node", async () => {
        const { resources } = await standard();
        const { endpoints } = kubeObject(resources, "ServiceMonitor", "node-exporter").spec as MonitorSpec;
        expect(endpoints[0]?.relabelings).to.deep.equal([
            { action: "replace", targetLabel: "job", replacement: "node-exporter" },
            { action: "replace", sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "instance" },
        ]);
    });
});
