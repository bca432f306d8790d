import { expect } from "chai";
import { Prometheus } from "../../../components/metrics/prometheus";
import { PrometheusOperator } from "../../../components/metrics/prometheus-operator";
import type { PrometheusSpec } from "../../../components/metrics/prometheus-spec";
import type { BucketAccess } from "../../../components/object-storage/bucket-access";
import { images } from "../../../config/versions";
import { caCertificate } from "../../support/certificates";
import { type KubeObject, kubeObject, kubeObjects, leaks } from "../../support/mocks";
import { outside } from "../../support/platform";
import {
    deployOn,
    keyAccess,
    kup6s,
    names,
    once,
    otherEndpoint,
    roleAccess,
    rulesOf,
    settingsOf,
    type TestInput,
} from "./fixture";

interface Options {
    input?: TestInput;
    bucket?: BucketAccess | "none";
    nodeHost?: string;
}

async function deployPrometheus({ input = kup6s, bucket = keyAccess, nodeHost }: Options = {}) {
    const settings = settingsOf(input);
    const deployed = await deployOn(settings, (parts, opts) => {
        const operator = new PrometheusOperator("operator", { ...parts, settings: settings.metrics }, opts);
        return new Prometheus(
            "prometheus",
            {
                ...parts,
                settings: settings.metrics,
                operator,
                alertmanager: otherEndpoint("alertmanager", "web", 9093),
                ...(nodeHost === undefined ? {} : { nodeHost }),
                ...(bucket === "none"
                    ? {}
                    : {
                          sidecar: {
                              bucket,
                              resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: {} },
                          },
                      }),
            },
            opts,
        );
    });
    const own = deployed.resources.filter((seen) => seen.name.startsWith("prometheus"));
    const resource = kubeObject(own, "Prometheus", "perch");
    return { ...deployed, own, resource, spec: resource.spec as PrometheusSpec };
}

const standard = once(() => deployPrometheus());

const endpoints = (object: KubeObject) => (object.spec as { endpoints: Record<string, unknown>[] }).endpoints;

describe("Prometheus", () => {
    it("K-31 K-34 K-112: makes exactly these", async () => {
        const { own } = await standard();
        expect(names(own)).to.have.members([
            "ServiceAccount prometheus",
            "ClusterRole perch-test-prometheus",
            "ClusterRoleBinding perch-test-prometheus",
            "ConfigMap thanos-sidecar-objstore",
            "Service prometheus",
            "Service thanos-sidecar",
            "Prometheus perch",
            "PodDisruptionBudget prometheus",
            "ServiceMonitor prometheus",
            "ServiceMonitor thanos-sidecar",
            "ServiceMonitor kubelet",
        ]);
    });

    it("makes nothing of the sidecar's without one", async () => {
        const { own, spec, made } = await deployPrometheus({ bucket: "none" });
        expect(names(own)).to.not.include.oneOf([
            "ConfigMap thanos-sidecar-objstore",
            "Service thanos-sidecar",
            "ServiceMonitor thanos-sidecar",
        ]);
        expect(spec).to.not.have.property("thanos");
        expect(spec.containers).to.deep.equal([]);
        expect(made.result.sidecar).to.equal(undefined);
    });

    it("K-25 K-27 K-28 K-29 K-30 K-96 K-116: has the replicas, intervals, retention, volume and requests asked for", async () => {
        const { spec } = await standard();
        expect(spec).to.deep.include({
            replicas: 2,
            scrapeInterval: "30s",
            evaluationInterval: "30s",
            retention: "3d",
            resources: { requests: { cpu: "100m", memory: "1500Mi" } },
        });
        expect(spec.storage.volumeClaimTemplate.spec).to.deep.equal({
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "3Gi" } },
            storageClassName: "longhorn",
        });
    });

    it("never waits longer for a target than the interval, which Prometheus refuses", async () => {
        const { spec } = await deployPrometheus({ input: { metrics: { scrapeInterval: "5s" } } });
        expect(spec).to.deep.include({ scrapeInterval: "5s", scrapeTimeout: "5s", evaluationInterval: "5s" });
        expect((await standard()).spec).to.not.have.property("scrapeTimeout");
    });

    it("K-26 V-16: caps its blocks below the volume", async () => {
        const { spec } = await standard();
        expect(spec.retentionSize).to.equal("2611MiB");
    });

    it("names image and version, by which the operator chooses flags, for both containers", async () => {
        const { spec } = await standard();
        expect({ image: spec.image, version: spec.version }).to.deep.equal(images.prometheus);
        expect({ image: spec.thanos?.image, version: spec.thanos?.version }).to.deep.equal(images.thanos);
    });

    it("K-36 V-01 (equivalent): leaves block length and local compaction to the operator's delayed mode", async () => {
        const { spec } = await standard();
        expect(spec).to.not.have.any.keys("additionalArgs", "disableCompaction");
        expect(spec.thanos).to.not.have.any.keys("blockSize", "objectStorageConfig");
        expect(spec.thanos?.objectStorageConfigFile).to.equal("/etc/thanos/objstore/objstore.yaml");
    });

    it("writes shorter blocks for a trial", async () => {
        const { spec } = await deployPrometheus({ input: { metrics: { blockLength: "1m60s" } } });
        // No maximum: the same one would end local compaction, which production has.
        expect(spec.additionalArgs).to.deep.equal([{ name: "storage.tsdb.min-block-duration", value: "2m" }]);
        const usual = await deployPrometheus({ input: { metrics: { blockLength: "120m" } } });
        expect(usual.spec).to.not.have.property("additionalArgs");
    });

    it("K-146: labels its series with the cluster, and leaves the replica label to the operator", async () => {
        const { spec } = await standard();
        expect(spec.externalLabels).to.deep.equal({ cluster: "test" });
        expect(spec).to.not.have.property("replicaExternalLabelName");
    });

    it("is this stack's operator's, and done when all replicas are available", async () => {
        const { resource, options } = await standard();
        expect(resource.metadata.annotations).to.deep.equal({
            "operator.prometheus.io/controller-id": "perch-test",
            "pulumi.com/waitFor": "jsonpath={.status.availableReplicas}=2",
        });
        const made = options.get("kubernetes:monitoring.coreos.com/v1:Prometheus prometheus");
        expect(made?.dependsOn).to.include.members(["operator", "prometheus-thanos-sidecar-objstore"]);
    });

    it("is protected in production, and goes with the stack elsewhere", async () => {
        const kept = await standard();
        const type = "kubernetes:monitoring.coreos.com/v1:Prometheus prometheus";
        expect(kept.options.get(type)).to.deep.include({ protect: true, retainOnDelete: false });
        expect(kept.spec.persistentVolumeClaimRetentionPolicy.whenDeleted).to.equal("Retain");
        const gone = await deployPrometheus({ input: { platform: { protectData: false } } });
        expect(gone.options.get(type)).to.deep.include({ protect: false, retainOnDelete: false });
        expect(gone.spec.persistentVolumeClaimRetentionPolicy.whenDeleted).to.equal("Delete");
    });

    it("K-128: spreads over zones and keeps replicas on different nodes where there are enough", async () => {
        const { spec } = await deployPrometheus({ input: { ...kup6s, cluster: { name: "test", nodes: 3 } } });
        expect(spec.topologySpreadConstraints.map((c) => c.topologyKey)).to.deep.equal([
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        ]);
        expect(spec.affinity?.podAntiAffinity).to.have.all.keys("requiredDuringSchedulingIgnoredDuringExecution");
        const unknown = await standard();
        expect(unknown.spec.affinity?.podAntiAffinity).to.have.all.keys(
            "preferredDuringSchedulingIgnoredDuringExecution",
        );
    });

    it("K-128: lets a shard's replicas share a node only where it isn't known that there are enough", async () => {
        const spread = async (nodes?: number) => {
            const cluster = { name: "test", ...(nodes === undefined ? {} : { nodes }) };
            const { spec } = await deployPrometheus({ input: { cluster, metrics: { shards: 2, replicas: 3 } } });
            expect(spec.affinity?.podAntiAffinity).to.have.all.keys("preferredDuringSchedulingIgnoredDuringExecution");
            return spec.topologySpreadConstraints.map(({ whenUnsatisfiable }) => whenUnsatisfiable);
        };
        expect(await spread(3)).to.deep.equal(["ScheduleAnyway", "DoNotSchedule"]);
        for (const nodes of [2, undefined]) {
            expect(await spread(nodes)).to.deep.equal(["ScheduleAnyway", "ScheduleAnyway"]);
        }
    });

    it("gives a single replica neither disruption budget nor anti-affinity", async () => {
        const { own, spec } = await deployPrometheus({ input: { metrics: { replicas: 1 } } });
        expect(names(own)).to.not.include("PodDisruptionBudget prometheus");
        expect(spec).to.not.have.property("affinity");
    });

    it("K-16: runs unprivileged, with the stack's priority", async () => {
        const { spec } = await standard();
        expect(spec.securityContext).to.deep.include({
            runAsNonRoot: true,
            seccompProfile: { type: "RuntimeDefault" },
        });
        expect(spec.priorityClassName).to.equal("perch-test");
    });

    it("takes every monitor, probe, scrape configuration and rule of every namespace", async () => {
        const { spec } = await standard();
        for (const kind of ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"] as const) {
            expect(spec[`${kind}Selector`], kind).to.deep.equal({});
            expect(spec[`${kind}NamespaceSelector`], kind).to.deep.equal({});
        }
    });

    it("leaves the monitors of neighbouring stacks to them", async () => {
        const { spec } = await deployPrometheus({ input: { platform: { neighbours: ["monitoring-b"] } } });
        for (const kind of ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"] as const) {
            expect(spec[`${kind}NamespaceSelector`], kind).to.deep.equal({
                matchExpressions: [
                    {
                        key: "kubernetes.io/metadata.name",
                        operator: "NotIn",
                        values: ["monitoring-b", "monitoring-b-host"],
                    },
                ],
            });
        }
    });

    it("K-33 K-112: may discover endpoints, pods and Services everywhere, and read no Secret", async () => {
        const { own } = await standard();
        const rules = rulesOf(own, "ClusterRole");
        expect(rules).to.deep.equal([
            { apiGroups: [""], resources: ["services", "endpoints", "pods"], verbs: ["get", "list", "watch"] },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
            { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
            { nonResourceURLs: ["/metrics"], verbs: ["get"] },
        ]);
        expect(rulesOf(own, "Role")).to.deep.equal([]);
    });

    it("sends alerts to every Alertmanager through API v2", async () => {
        const { spec } = await standard();
        expect(spec.alerting?.alertmanagers).to.deep.equal([
            { namespace: "monitoring", name: "alertmanager", port: "web", apiVersion: "v2", timeout: "10s" },
        ]);
    });

    it("K-32: is reached inside the cluster only", async () => {
        const { own } = await standard();
        const services = kubeObjects(own).filter((o) => o.kind === "Service");
        expect(services.map((o) => (o.spec as { type: string }).type)).to.deep.equal(["ClusterIP", "ClusterIP"]);
        expect(kubeObjects(own).filter((o) => o.kind === "Ingress")).to.deep.equal([]);
    });

    it("U-07: is reached at a port of every node where told to, by a Service with nothing but its API", async () => {
        const exposure = { kind: "nodePort" as const, port: 30090 };
        const { own, made } = await deployPrometheus({ input: { metrics: { exposure } }, bucket: "none" });
        const { spec, metadata } = kubeObject(own, "Service", "prometheus-external");
        expect(spec).to.deep.equal({
            type: "NodePort",
            selector: (kubeObject(own, "Service", "prometheus").spec as { selector: object }).selector,
            ports: [{ name: "web", port: 9090, targetPort: "web", nodePort: 30090 }],
        });
        expect(metadata.labels).to.not.have.property("perch.dev/scraped");
        const url = await new Promise((resolve) => made.result.url?.apply(resolve));
        expect(url).to.equal("http://<address of any node>:30090");
        expect(made.platform.network.edges()).to.deep.include({
            kind: "ingress",
            from: "clients",
            to: made.result.endpoint,
        });
    });

    it("links to itself by an address that is the same for all of its pods: from outside where that is known", async () => {
        const urlOf = async (exposure: object, nodeHost?: string) => {
            const { spec } = await deployPrometheus({
                input: { metrics: { exposure: exposure as never } },
                ...(nodeHost === undefined ? {} : { nodeHost }),
            });
            return spec.externalUrl;
        };
        const inside = "http://prometheus.monitoring.svc:9090";
        expect((await standard()).spec.externalUrl).to.equal(inside);
        expect(await urlOf({ kind: "nodePort", port: 30090 })).to.equal(inside);
        expect(await urlOf({ kind: "nodePort", port: 30090 }, "k3s.example.com")).to.equal(
            "http://k3s.example.com:30090",
        );
    });

    it("doesn't wait for pods behind its Service that only the operator makes", async () => {
        const { own } = await standard();
        expect(kubeObject(own, "Service", "prometheus").metadata.annotations).to.deep.equal({
            "pulumi.com/skipAwait": "true",
        });
    });

    it("K-41: offers the sidecars' StoreAPI behind a headless Service with a named gRPC port", async () => {
        const { own, made } = await standard();
        expect(kubeObject(own, "Service", "thanos-sidecar").spec).to.deep.include({
            clusterIP: "None",
            selector: { "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": "perch" },
        });
        expect(made.result.sidecar).to.deep.include({ service: "thanos-sidecar", portName: "grpc", podPort: 10901 });
    });

    it("K-35: gives the sidecar the probes that the operator leaves out, and its keys by reference", async () => {
        const { spec } = await standard();
        expect(spec.containers).to.have.length(1);
        const [sidecar] = spec.containers;
        expect(sidecar?.name).to.equal("thanos-sidecar");
        expect(sidecar?.livenessProbe?.httpGet).to.deep.equal({ path: "/-/healthy", port: "http" });
        expect(sidecar?.readinessProbe?.httpGet).to.deep.equal({ path: "/-/ready", port: "http" });
        const key = (name: string) => ({ valueFrom: { secretKeyRef: { name: "object-storage", key: name } } });
        expect(sidecar?.env).to.deep.equal([
            { name: "AWS_ACCESS_KEY_ID", ...key("access-key") },
            { name: "AWS_SECRET_ACCESS_KEY", ...key("secret-key") },
        ]);
    });

    it("K-94: describes the bucket without a key, and rolls when bucket or keys change", async () => {
        const { own, spec } = await standard();
        const { data } = kubeObject(own, "ConfigMap", "thanos-sidecar-objstore") as KubeObject & {
            data: Record<string, string>;
        };
        expect(data["objstore.yaml"]).to.include("bucket: metrics-thanos-test").and.include("region: fsn1");
        expect(Object.keys(spec.podMetadata.annotations)).to.have.members([
            "perch.dev/config-hash",
            "perch.dev/secret-hash",
        ]);
    });

    it("trusts the endpoint's own CA by a file beside the bucket's, and rolls when it changes", async () => {
        const { own, spec } = await deployPrometheus({ bucket: { ...keyAccess, caCertificate } });
        const { data } = kubeObject(own, "ConfigMap", "thanos-sidecar-objstore") as KubeObject & {
            data: Record<string, string>;
        };
        expect(data).to.have.all.keys("objstore.yaml", "s3-ca.crt").and.include({ "s3-ca.crt": caCertificate });
        // The sidecar has the whole folder.
        expect(spec.volumes).to.deep.equal([{ name: "objstore", configMap: { name: "thanos-sidecar-objstore" } }]);
        expect(spec.thanos?.volumeMounts).to.deep.equal([{ name: "objstore", mountPath: "/etc/thanos/objstore" }]);
        const hash = (made: { spec: PrometheusSpec }) => made.spec.podMetadata.annotations["perch.dev/config-hash"];
        const other = await deployPrometheus({ bucket: { ...keyAccess, caCertificate: `# new\n${caCertificate}` } });
        expect(new Set([hash({ spec }), hash(other), hash(await standard())]).size).to.equal(3);
    });

    it("leaks no key", async () => {
        const { own } = await standard();
        expect(own.flatMap((seen) => leaks(seen.inputs).map((path) => `${seen.name}${path}`))).to.deep.equal([]);
    });

    it("takes its role by the ServiceAccount's annotation, and then no keys", async () => {
        const { own, spec } = await deployPrometheus({ bucket: roleAccess });
        expect(kubeObject(own, "ServiceAccount", "prometheus").metadata.annotations).to.deep.equal({
            "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/thanos",
        });
        expect(spec.containers[0]?.env).to.deep.equal([]);
    });

    it("K-147 K-159: is scraped under the profile's job name, sidecar and config-reloader under their own", async () => {
        const { own } = await standard();
        const jobs = (name: string) =>
            endpoints(kubeObject(own, "ServiceMonitor", name)).map((endpoint) => [
                endpoint.port,
                (endpoint.relabelings as { replacement: string }[])[0]?.replacement,
            ]);
        expect(jobs("prometheus")).to.deep.equal([
            ["web", "kube-prometheus-stack-prometheus"],
            ["reloader-web", "config-reloader"],
        ]);
        expect(jobs("thanos-sidecar")).to.deep.equal([["http", "thanos-sidecar"]]);
    });

    it("says nothing of what Prometheus does by itself", async () => {
        expect((await standard()).spec).to.not.have.any.keys(
            "tsdb",
            "enableRemoteWriteReceiver",
            "scrapeNativeHistograms",
            "scrapeClassicHistograms",
            "exemplars",
            "enableFeatures",
            "walCompression",
            "enforcedSampleLimit",
            "enforcedBodySizeLimit",
        );
    });

    it("takes late samples, exemplars and native histograms when told to", async () => {
        const spec = async (metrics: TestInput["metrics"]) => (await deployPrometheus({ input: { metrics } })).spec;
        expect(
            await spec({
                outOfOrderTimeWindow: "10m",
                exemplarStorage: 100_000,
                nativeHistograms: "beside",
                walCompression: false,
            }),
        ).to.deep.include({
            tsdb: { outOfOrderTimeWindow: "10m" },
            exemplars: { maxSize: 100_000 },
            enableFeatures: ["exemplar-storage"],
            scrapeNativeHistograms: true,
            scrapeClassicHistograms: true,
            walCompression: false,
        });
        const only = await spec({ nativeHistograms: "only" });
        expect(only.scrapeNativeHistograms).to.be.true;
        expect(only).to.not.have.property("scrapeClassicHistograms");
    });

    it("puts external labels beside the cluster's", async () => {
        const { spec } = await deployPrometheus({ input: { metrics: { externalLabels: { region: "fsn1" } } } });
        expect(spec.externalLabels).to.deep.equal({ region: "fsn1", cluster: "test" });
        expect((await standard()).spec.externalLabels).to.deep.equal({ cluster: "test" });
    });

    it("limits what a target may cost, in the operator's words", async () => {
        const scrapeLimits = {
            samples: 50_000,
            labels: 60,
            labelNameLength: 200,
            labelValueLength: 2000,
            bodySize: "50Mi",
            targets: 500,
        };
        const { spec } = await deployPrometheus({ input: { metrics: { scrapeLimits } } });
        expect(spec).to.deep.include({
            enforcedSampleLimit: 50_000,
            enforcedLabelLimit: 60,
            enforcedLabelNameLengthLimit: 200,
            enforcedLabelValueLengthLimit: 2000,
            enforcedBodySizeLimit: "50MiB",
            enforcedTargetLimit: 500,
        });
    });

    it("has rules look back where samples come late by remote write, or as the settings say", async () => {
        const offset = async (metrics: TestInput["metrics"]) =>
            (await deployPrometheus({ input: { metrics } })).spec.ruleQueryOffset;
        const remoteWriteReceiver = { enabled: true };
        expect(await offset({})).to.equal(undefined);
        expect(await offset({ remoteWriteReceiver })).to.equal("30s");
        expect(await offset({ remoteWriteReceiver, ruleQueryOffset: "0s" })).to.equal("0s");
        expect(await offset({ ruleQueryOffset: "1m" })).to.equal("1m");
    });

    it("lets in whoever writes, and nobody else", async () => {
        const writers = { agent: { namespace: "apps", podLabels: { app: "agent" } } };
        const { spec, made } = await deployPrometheus({
            input: { metrics: { remoteWriteReceiver: { enabled: true, writers } } },
        });
        expect(spec.enableRemoteWriteReceiver).to.be.true;
        const outside = made.platform.network
            .edges()
            .flatMap((edge) => (edge.kind === "internal" && edge.from.namespace === "apps" ? [edge] : []));
        expect(outside.map(({ from, to }) => [from, to.service, to.podPort])).to.deep.equal([
            [{ workload: "writer-agent", namespace: "apps", labels: { app: "agent" } }, "prometheus", 9090],
        ]);
    });

    it("scrapes kubelets and cAdvisor through a class that sends its token to our kubelet Service alone", async () => {
        const { own, spec } = await standard();
        const monitor = kubeObject(own, "ServiceMonitor", "kubelet");
        expect(monitor.spec).to.deep.include({ scrapeClass: "kubelet" });
        expect(endpoints(monitor).map((e) => [e.scheme, e.path, e.honorLabels])).to.deep.equal([
            ["https", "/metrics", true],
            ["https", "/metrics/cadvisor", true],
        ]);
        expect(JSON.stringify(monitor)).to.not.include("/var/run/secrets");
        expect(spec.scrapeClasses).to.have.length(1);
        expect(spec.scrapeClasses?.[0]?.relabelings).to.deep.equal([
            {
                action: "keep",
                sourceLabels: ["__meta_kubernetes_namespace", "__meta_kubernetes_service_name"],
                regex: "monitoring;kubelet",
            },
        ]);
        expect(spec.arbitraryFSAccessThroughSMs).to.deep.equal({ deny: true });
    });

    it("checks the kubelets' certificates where the cluster's CA signs them", async () => {
        const { spec } = await deployPrometheus({ input: { metrics: { kubeletCertificate: "clusterCa" } } });
        expect(spec.scrapeClasses?.[0]?.tlsConfig).to.deep.equal({
            caFile: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
        });
    });

    it("leaves kubelets alone when told to", async () => {
        const { own, spec, made } = await deployPrometheus({ input: { metrics: { kubelet: false } } });
        expect(names(own)).to.not.include("ServiceMonitor kubelet");
        expect(spec.scrapeClasses?.map(({ name }) => name)).to.deep.equal(["api-server"]);
        expect(made.platform.network.edges().map((edge) => edge.to)).to.not.include("nodes");
    });

    it("notes exactly its edges", async () => {
        const { made } = await standard();
        const edges = made.platform.network
            .edges()
            .filter((edge) => edge.kind !== "ingress" && edge.from.workload === "prometheus")
            .map((edge) =>
                edge.kind === "egress"
                    ? `${outside(edge)}:${edge.ports.join(",")}`
                    : edge.kind === "internal"
                      ? `${edge.to.pods.workload}:${edge.to.podPort}`
                      : "",
            );
        expect(edges).to.have.members([
            "apiServer:",
            "monitoredPods:",
            "nodes:10250",
            "objectStorage:443",
            "alertmanager:9093",
            "prometheus-operator:8080",
            "prometheus:9090",
            "prometheus:8080",
            "prometheus:10902",
        ]);
    });

    it("K-116: counts every container of every replica", async () => {
        const { made } = await standard();
        expect(
            made.platform.capacity.list().filter((d) => d.workload.startsWith("prometheus/") || d.volume),
        ).to.deep.equal([
            { workload: "prometheus", replicas: 2, requests: { cpu: "100m", memory: "1500Mi" }, volume: "3Gi" },
            { workload: "prometheus/config-reloader", replicas: 2, requests: { cpu: "10m", memory: "50Mi" } },
            { workload: "prometheus/thanos-sidecar", replicas: 2, requests: { cpu: "20m", memory: "128Mi" } },
        ]);
    });
});
