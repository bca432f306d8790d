import { expect } from "chai";
import { Alloy } from "../../../components/collection";
import type { AlloySettings } from "../../../components/collection";
import { images } from "../../../config/versions";
import { kubeObject, kubeObjects, type Seen } from "../../support/mocks";
import { type ControllerSpec, deployOnPlatform, edgeLines, endpointOf, settingsWith } from "../../support/platform";

const settings = settingsWith({ cluster: { name: "kup6s", nodes: 4 } });
const gateway = { ...endpointOf("loki-gateway", 80), podPort: 8080 };

const deployAlloy = () =>
    deployOnPlatform(
        settings,
        (platform, opts) =>
            new Alloy(
                "alloy",
                {
                    platform,
                    settings: settings.collection.logs as AlloySettings,
                    images,
                    loki: gateway,
                    jobs: { alloy: "alloy" },
                },
                opts,
            ),
    );

describe("Alloy", () => {
    let resources: Seen[];
    let made: Awaited<ReturnType<typeof deployAlloy>>["made"];
    let daemonSet: ControllerSpec;
    before(async () => {
        ({ resources, made } = await deployAlloy());
        daemonSet = kubeObject(resources, "DaemonSet", "alloy").spec as ControllerSpec;
    });

    it("makes exactly these", () => {
        expect(kubeObjects(resources).map((o) => `${o.kind} ${o.metadata.name}`)).to.have.members([
            "Namespace monitoring",
            "PriorityClass perch-test",
            "ServiceAccount alloy",
            "ClusterRole perch-test-alloy",
            "ClusterRoleBinding perch-test-alloy",
            "ConfigMap alloy-config",
            "DaemonSet alloy",
            "Service alloy",
            "ServiceMonitor alloy",
        ]);
    });

    it("K-67 K-137 K-145: runs on every node of Linux, whatever its taints, but for those that run no DaemonSet", () => {
        const { spec } = daemonSet.template;
        expect(spec.tolerations).to.deep.equal([{ operator: "Exists" }]);
        expect(spec.nodeSelector).to.deep.equal({ "kubernetes.io/os": "linux" });
        const matchExpressions = [
            { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["fargate"] },
            { key: "type", operator: "NotIn", values: ["virtual-kubelet"] },
        ];
        expect(spec.affinity).to.deep.equal({
            nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
            },
        });
    });

    it("K-68: has no access to the host: no path, network, process or privilege of it", () => {
        const { spec } = daemonSet.template;
        expect(spec.volumes.filter((volume) => "hostPath" in volume)).to.deep.equal([]);
        expect(spec).not.to.have.any.keys("hostNetwork", "hostPID", "hostIPC");
        expect(spec.securityContext).to.deep.include({ runAsNonRoot: true, runAsUser: 473 });
        expect(spec.containers.map((c) => c.securityContext)).to.deep.equal([
            { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        ]);
    });

    it("K-113: may list pods and read their logs, and nothing else", () => {
        expect(kubeObject(resources, "ClusterRole", "perch-test-alloy").rules).to.deep.equal([
            { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        ]);
        expect(daemonSet.template.spec.automountServiceAccountToken).to.equal(true);
    });

    it("K-70: knows its node by the downward API", () => {
        expect(daemonSet.template.spec.containers[0]?.env).to.deep.equal([
            { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
        ]);
    });

    it("K-72: talks to the gateway and the API server alone", () => {
        expect(edgeLines(made.platform)).to.deep.equal(["alloy -> loki-gateway:8080", "alloy -> apiServer"]);
        const files = kubeObject(resources, "ConfigMap", "alloy-config").data as Record<string, string>;
        expect(files["config.alloy"]).to.contain('"http://loki-gateway.monitoring.svc:80/loki/api/v1/push"');
        expect(files["config.alloy"]).to.contain('external_labels = {cluster = "kup6s"}');
    });

    it("K-124: asks for 50m and 128Mi on each of four nodes", () => {
        expect(daemonSet.template.spec.containers[0]?.resources.requests).to.deep.equal({
            cpu: "50m",
            memory: "128Mi",
        });
        expect(made.platform.capacity.totals()).to.deep.equal({ cpuMillicores: 200, memoryMi: 512, volumeGi: 0 });
    });

    it("K-159: is scraped", () => {
        expect(JSON.stringify(kubeObject(resources, "ServiceMonitor", "alloy").spec)).to.contain(
            '"replacement":"alloy"',
        );
    });

    it("isn't restarted for the trouble of a single component", () => {
        const [container] = daemonSet.template.spec.containers;
        expect(container?.readinessProbe.httpGet.path).to.equal("/-/ready");
        expect(container?.livenessProbe.httpGet.path).to.equal("/-/ready");
        expect(JSON.stringify(container)).not.to.contain("/-/healthy");
    });

    it("keeps what it has read in a folder of its own", () => {
        const [container] = daemonSet.template.spec.containers;
        expect(container?.args).to.include("--storage.path=/var/lib/alloy/data");
        expect(container?.volumeMounts.map((mount) => mount.mountPath)).to.have.members([
            "/etc/alloy",
            "/var/lib/alloy/data",
            "/tmp",
        ]);
    });
});
