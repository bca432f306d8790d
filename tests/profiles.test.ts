import { expect } from "chai";
import { parse } from "yaml";
import type { ProfileName } from "../config/profiles";
import { type KubeObject, kubeObject, kubeObjects, type Seen } from "./support/mocks";
import { ofKind } from "./support/stack";
import { deployStack, stacks } from "./support/stacks";

type Objects = Record<string, unknown>;

/** What a profile deploys, once. */
const deployed = new Map<ProfileName, Promise<Seen[]>>();

function resourcesOf(profile: ProfileName): Promise<Seen[]> {
    const made =
        deployed.get(profile) ?? deployStack(stacks[`profile ${profile}`]!()).then(({ resources }) => resources);
    deployed.set(profile, made);
    return made;
}

const prometheusOf = async (profile: ProfileName) =>
    kubeObject(await resourcesOf(profile), "Prometheus", "perch").spec as Objects;

const dataOf = (object: KubeObject) => (object as KubeObject & { data: Record<string, string> }).data;

/** Data sources of Grafana: name of the kind, and the default one. */
async function datasourcesOf(profile: ProfileName) {
    const { "perch.yaml": text = "" } = dataOf(
        kubeObject(await resourcesOf(profile), "ConfigMap", "grafana-datasources"),
    );
    const { datasources } = parse(text) as { datasources: { uid: string; isDefault: boolean; url: string }[] };
    return {
        uids: datasources.map(({ uid }) => uid),
        first: datasources.find(({ isDefault }) => isDefault)?.uid,
        urls: Object.fromEntries(datasources.map(({ uid, url }) => [uid, url])),
    };
}

/** Each Alertmanager behind the Service, as the operator looks them up: none of them is chosen for the others. */
const everyAlertmanager = (namespace: string) => ({
    alertmanagers: [{ namespace, name: "alertmanager", port: "web", apiVersion: "v2", timeout: "10s" }],
});

const argsOf = async (profile: ProfileName, name: string) =>
    (
        kubeObject(await resourcesOf(profile), "Deployment", name).spec as {
            template: { spec: { containers: { args: string[] }[] } };
        }
    ).template.spec.containers[0]!.args;

describe("What profile perch deploys", () => {
    const profile = "perch";

    it("P-14: gives each Prometheus a volume of the size in the settings", async () => {
        expect((await prometheusOf(profile)).storage).to.have.nested.property(
            "volumeClaimTemplate.spec.resources.requests.storage",
            stacks["profile perch"]!().metrics.volume.size,
        );
    });

    it("P-15, P-21: has Thanos Query ask the sidecars and the store gateways", async () => {
        const { "endpoints.yaml": text = "" } = dataOf(
            kubeObject(await resourcesOf(profile), "ConfigMap", "thanos-query-endpoints"),
        );
        const { endpoints } = parse(text) as { endpoints: { address: string }[] };
        expect(endpoints.map(({ address }) => address)).to.deep.equal([
            "dnssrv+_grpc._tcp.thanos-sidecar.perch-system.svc",
            "dnssrv+_grpc._tcp.thanos-store.perch-system.svc",
        ]);
    });

    it("P-16, P-24: has Grafana ask Prometheus, and Thanos Query for what is older", async () => {
        const { uids, first, urls } = await datasourcesOf(profile);
        expect(uids).to.include.members(["prometheus", "thanos"]);
        expect(first).to.equal("thanos");
        expect(urls.thanos).to.equal("http://thanos-query.perch-system.svc:10902");
    });

    it("P-18, P-41: has each Prometheus tell each Alertmanager, by no address that balances", async () => {
        const { alerting, serviceDiscoveryRole } = await prometheusOf(profile);
        expect(alerting).to.deep.equal(everyAlertmanager("perch-system"));
        expect(serviceDiscoveryRole).to.equal("EndpointSlice");
    });

    it("P-20: has a sidecar in each Prometheus's pod that uploads, by a file from a Secret or ConfigMap without keys", async () => {
        const { thanos } = (await prometheusOf(profile)) as { thanos: Objects };
        expect(thanos.objectStorageConfigFile).to.equal("/etc/thanos/objstore/objstore.yaml");
    });

    it("P-25: tells replicas apart by the label that Thanos Query is told to leave out", async () => {
        const { replicaExternalLabelName, externalLabels } = await prometheusOf(profile);
        // The operator's own default: prometheus_replica.
        expect(replicaExternalLabelName).to.equal(undefined);
        expect(externalLabels).to.not.have.property("prometheus_replica");
        expect(await argsOf(profile, "thanos-query")).to.include("--query.replica-label=prometheus_replica");
    });

    it("P-40: keeps two of three Alertmanagers through a drain", async () => {
        const budget = kubeObject(await resourcesOf(profile), "PodDisruptionBudget", "alertmanager");
        const { replicas } = kubeObject(await resourcesOf(profile), "Alertmanager", "perch").spec as Objects;
        expect([replicas, (budget.spec as Objects).maxUnavailable]).to.deep.equal([3, 1]);
    });

    it("P-42: brings neither rules nor receivers of its own", async () => {
        expect(ofKind(await resourcesOf(profile), "PrometheusRule")).to.deep.equal([]);
        const { alerting } = stacks["profile perch"]!();
        expect(alerting).to.deep.include({ receivers: {}, routes: [] });
    });
});

describe("What profile severed deploys", () => {
    const profile = "severed";

    it("S-13, S-14 (equivalent): scrapes Prometheus itself, and kube-state-metrics on 8080", async () => {
        const resources = await resourcesOf(profile);
        const jobs = ofKind(resources, "ServiceMonitor").map(({ metadata }) => metadata.name);
        expect(jobs).to.include.members(["prometheus", "kube-state-metrics"]);
        const { spec } = kubeObject(resources, "Service", "kube-state-metrics") as { spec?: { ports: Objects[] } };
        expect(spec?.ports.map(({ port }) => port)).to.include(8080);
    });

    it("S-15 (equivalent): leaves the configuration to the operator, whose reloader tells Prometheus of each change", async () => {
        const resources = await resourcesOf(profile);
        const own = kubeObjects(resources).filter(
            ({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("prometheus"),
        );
        // The adapter's, not that of Prometheus.
        expect(own.map(({ metadata }) => metadata.name)).to.deep.equal(["prometheus-adapter"]);
        const args = await argsOf(profile, "prometheus-operator");
        expect(args.filter((arg) => arg.startsWith("--prometheus-config-reloader="))).to.have.length(1);
    });

    it("S-16 (equivalent): has the remote-write receiver on", async () => {
        expect((await prometheusOf(profile)).enableRemoteWriteReceiver).to.equal(true);
    });

    it("S-17: has a Service prometheus, 9090 to 9090, inside the cluster", async () => {
        const { type, ports } = kubeObject(await resourcesOf(profile), "Service", "prometheus").spec as {
            type: string;
            ports: Objects[];
        };
        expect(type).to.equal("ClusterIP");
        expect(ports).to.deep.include({ name: "web", port: 9090, targetPort: "web" });
    });
});

describe("What profile urlshortener deploys", () => {
    it("U-12: has Grafana ask Prometheus", async () => {
        expect(await datasourcesOf("urlshortener")).to.deep.include({ first: "prometheus" });
    });

    it("U-23: has no traces: neither a part that keeps them nor a source of Grafana's", async () => {
        const { uids } = await datasourcesOf("urlshortener");
        expect(uids).to.have.members(["prometheus", "loki", "alertmanager"]);
        const workloads = (await resourcesOf("urlshortener")).filter(({ type }) =>
            /:(Deployment|StatefulSet)$/.test(type),
        );
        expect(kubeObjects(workloads).map(({ metadata }) => metadata.name)).to.have.members([
            "prometheus-operator",
            "loki",
            "grafana",
        ]);
    });

    it("U-32: has one Alertmanager, behind port 9093", async () => {
        const resources = await resourcesOf("urlshortener");
        expect(kubeObject(resources, "Alertmanager", "perch").spec).to.deep.include({ replicas: 1 });
        const { ports } = kubeObject(resources, "Service", "alertmanager").spec as { ports: object[] };
        expect(ports[0]).to.deep.include({ name: "web", port: 9093 });
    });

    it("U-13: has Prometheus tell Alertmanager", async () => {
        expect((await prometheusOf("urlshortener")).alerting).to.deep.equal(everyAlertmanager("monitoring"));
    });
});

describe("What profile acd deploys", () => {
    it("A-09: has Grafana ask Prometheus", async () => {
        expect(await datasourcesOf("acd")).to.deep.include({ first: "prometheus" });
    });

    it("A-17: has Prometheus tell Alertmanager too", async () => {
        expect((await prometheusOf("acd")).alerting).to.deep.equal(everyAlertmanager("monitoring"));
    });

    it("A-18: brings neither rules nor receivers of its own", async () => {
        expect(ofKind(await resourcesOf("acd"), "PrometheusRule")).to.deep.equal([]);
        expect(stacks["profile acd"]!().alerting).to.deep.include({ receivers: {}, routes: [] });
    });
});
