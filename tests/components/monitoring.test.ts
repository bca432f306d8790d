import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { Monitoring } from "../../components/monitoring";
import { alertNames } from "../../config/alerts";
import { everythingOn } from "../../rules";
import { answered, settingsOf } from "../support/config";
import { type Deployed, kubeObject, kubeObjects, type Seen, type SeenOptions } from "../support/mocks";
import { ofKind, podsOf, selects } from "../support/stack";
import { deployStack, given, required, stacks } from "../support/stacks";

const deployWith = (values: Record<string, unknown>) =>
    deployStack(settingsOf(answered({ ...required, ...given, ...values })));

const usual = settingsOf(answered({ ...required, ...given }));

describe("The composition of the stack", () => {
    it("waits for each Kubernetes object as long as the setting says, for others as they do by themselves", async () => {
        const { options } = await deployWith({ platform: { readyTimeout: "1h30m" } });
        const all = [...options.values()];
        const kubernetes = all.filter(({ type }) => type.startsWith("kubernetes:"));
        expect(kubernetes).to.not.have.length(0);
        for (const { customTimeouts } of kubernetes) {
            expect(customTimeouts).to.deep.equal({ create: "5400000ms", update: "5400000ms" });
        }
        const others = all.filter((seen) => !kubernetes.includes(seen));
        expect(others.filter(({ customTimeouts }) => Object.keys(customTimeouts).length > 0)).to.deep.equal([]);
    });

    it("leaves waiting to the provider where nothing is said", async () => {
        const { options } = await deployStack(usual);
        const timed = [...options.values()].filter(({ customTimeouts }) => Object.keys(customTimeouts).length > 0);
        expect(timed).to.deep.equal([]);
    });

    it("hands Prometheus its targets, the servers it writes to and their Secrets", async () => {
        const { resources } = await deployWith({
            metrics: {
                ...given.metrics,
                targets: { db: { kind: "static", addresses: ["db.example.com:9187"] } },
                remoteWrite: { central: { url: "https://metrics.example.com/write", login: { kind: "bearer" } } },
            },
            secrets: { remoteWrite: { central: { kind: "existing", name: "central-token" } } },
        });
        expect(kubeObject(resources, "ScrapeConfig", "target-db").metadata.namespace).to.equal("monitoring");
        const { remoteWrite } = kubeObject(resources, "Prometheus", "perch").spec as { remoteWrite: object[] };
        expect(remoteWrite[0]).to.deep.include({
            authorization: { type: "Bearer", credentials: { name: "central-token", key: "token" } },
        });
        const { egress } = kubeObject(resources, "NetworkPolicy", "prometheus").spec as {
            egress: { ports?: { port: number }[] }[];
        };
        expect(egress.map(({ ports = [] }) => ports.map(({ port }) => port))).to.deep.include.members([[443], [9187]]);
    });

    it("A-10 A-12 A-20: has Prometheus write to VictoriaMetrics and Grafana read from it", async () => {
        const { resources, made } = await deployStack(stacks["profile acd"]!());
        expect(made.endpoints.victoriaMetrics).to.equal("http://victoria-metrics.monitoring.svc:8428");
        const { remoteWrite } = kubeObject(resources, "Prometheus", "perch").spec as { remoteWrite: object[] };
        expect(remoteWrite).to.have.length(1);
        expect(remoteWrite[0]).to.deep.include({
            url: "http://victoria-metrics.monitoring.svc:8428/api/v1/write",
            writeRelabelConfigs: [
                { action: "keep", sourceLabels: ["__name__"], regex: "billing_.*" },
                { action: "labeldrop", regex: "prometheus_replica" },
            ],
        });
        const { data } = kubeObject(resources, "ConfigMap", "grafana-datasources") as { data?: Record<string, string> };
        expect(data?.["perch.yaml"]).to.include("uid: victoriaMetrics");
        expect((await deployStack(usual)).made.endpoints.victoriaMetrics).to.equal(undefined);
    });

    it("lets the autoscaler have whole answers of Thanos or none, and Grafana parts of them", async () => {
        const rules = {
            requests: {
                series: 'requests_total{pod!="",namespace!=""}',
                objects: { namespace: "namespace", pod: "pod" },
                name: { matches: "^(.*)_total", as: "requests" },
                query: "rate(<<.Series>>{<<.LabelMatchers>>}[2m])",
            },
        };
        const flags = async (source: "thanos" | "prometheus") => {
            const { resources } = await deployWith({
                longTerm: { kind: "thanos" },
                autoscaling: { kind: "prometheusAdapter", source, rules },
            });
            const { data } = kubeObject(resources, "ConfigMap", "grafana-datasources") as {
                data?: Record<string, string>;
            };
            expect(data?.["perch.yaml"]).to.include("max_source_resolution=auto&partial_response=true");
            return podsOf(resources)
                .flatMap(({ spec, operatorMade }) => (operatorMade ? [] : spec.containers))
                .flatMap(({ args = [] }) => args)
                .filter((arg) => arg.includes("partial-response"));
        };
        expect(await flags("thanos")).to.have.members([
            "--no-query.partial-response",
            ...["--no-query-range.partial-response", "--no-labels.partial-response"],
        ]);
        expect(await flags("prometheus")).to.deep.equal([]);
    });

    it("gives every alert its page where the address is known", async () => {
        interface Rule {
            alert?: string;
            annotations: Record<string, string>;
        }
        const pages = async (alerting: object) => {
            const { resources } = await deployWith({
                applications: everythingOn.applications,
                longTerm: everythingOn.longTerm,
                metrics: { ...everythingOn.metrics, ...given.metrics },
                slos: everythingOn.slos,
                secrets: { deadMansSwitchUrl: { kind: "existing", name: "check" } },
                alerting: { deadMansSwitch: { kind: "heartbeat" }, ...alerting },
            });
            const found = kubeObjects(resources).filter(({ kind }) => kind === "PrometheusRule");
            return found
                .flatMap(({ spec }) => (spec as { groups: { rules: Rule[] }[] }).groups)
                .flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined))
                .map(({ alert, annotations }) => [alert, annotations.runbook_url]);
        };
        const known = await pages({ runbookUrl: "https://wiki.example.com/{alert}" });
        expect([...new Set(known.map(([alert]) => alert))]).to.have.members(alertNames);
        expect(known).to.deep.equal(known.map(([alert]) => [alert, `https://wiki.example.com/${alert}`]));
        expect(await pages({})).to.have.deep.members(known.map(([alert]) => [alert, undefined]));
        const { length } = await pages({ kind: "none", deadMansSwitch: undefined });
        expect(length).to.be.above(100).and.below(known.length);
    });

    it("has the rules of SLOs in the objects that they always were, by who evaluates them", async () => {
        const { resources, options } = await deployWith({
            longTerm: { kind: "thanos", ruler: {} },
            slos: everythingOn.slos,
        });
        const type = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";
        for (const [object, resource, evaluator] of [
            ["slos", "test-slos", undefined],
            ["slos-ruler", "test-slos-ruler", "thanos-ruler"],
        ] as const) {
            const { metadata } = kubeObject(resources, "PrometheusRule", object);
            expect(metadata.labels?.["perch.dev/evaluated-by"]).to.equal(evaluator);
            const [alias] = options.get(`${type} test-rules-${object}`)!.aliases as pulumi.Alias[];
            const urn = pulumi.createUrn(alias!.name!, type, alias!.parent);
            expect(await new Promise((resolve) => urn.apply(resolve))).to.equal(
                `urn:pulumi:test::perch::perch:index:Monitoring$perch:alerting:SloRules$${type}::${resource}`,
            );
        }
    });

    it("has an alert that always fires, for a dead man's switch alone, in the object that it always was", async () => {
        const stack = (kind: string) =>
            deployWith({
                ...{ rules: { cluster: false }, selfMonitoring: false },
                ...(kind === "none" ? {} : { secrets: { deadMansSwitchUrl: { kind: "existing", name: "check" } } }),
                alerting: { deadMansSwitch: { kind } },
            });
        const { resources, options } = await stack("heartbeat");
        const object = kubeObject(resources, "PrometheusRule", "dead-mans-switch");
        expect(object.spec).to.have.nested.property("groups[0].rules").with.length(1);
        expect(object.spec).to.deep.nested.include({
            "groups[0].rules[0].alert": "Watchdog",
            "groups[0].rules[0].expr": "vector(1)",
        });
        const type = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";
        const [alias] = options.get(`${type} test-rules-dead-mans-switch`)!.aliases as pulumi.Alias[];
        const urn = pulumi.createUrn(alias!.name!, type, alias!.parent);
        // As it was registered when it belonged to Alertmanager: without the alias it would be deleted and made anew.
        const parents = "perch:index:Monitoring$perch:alerting:Alertmanager$perch:alerting:DeadMansSwitch";
        expect(await new Promise((resolve) => urn.apply(resolve))).to.equal(
            `urn:pulumi:test::perch::${parents}$${type}::test-alertmanager-dead-mans-switch`,
        );
        const without = await stack("none");
        expect(kubeObjects(without.resources).filter(({ kind }) => kind === "PrometheusRule")).to.deep.equal([]);
    });

    it("gives each part what follows from the load, and a part whose sizes are given those", async () => {
        const small = { metrics: { replicas: 2, ...given.metrics }, longTerm: { kind: "thanos" } };
        const { resources, made } = await deployWith({ ...small, load: { samplesPerSecond: 100_000 } });
        const before = await deployWith(small);
        const [prometheus] = ofKind(resources, "Prometheus");
        const { resources: asked, storage } = prometheus!.spec as {
            resources: object;
            storage: { volumeClaimTemplate: { spec: { resources: object } } };
        };
        expect(asked).to.deep.equal({ requests: { cpu: "3450m", memory: "17792Mi" } });
        // (1e5/s x 2 B x 50 h + 1e5/s x (6 + 2) B x 4 h) / 85 % = 55.9e9.
        expect(storage.volumeClaimTemplate.spec.resources).to.deep.equal({ requests: { storage: "53Gi" } });
        const args = podsOf(resources).find(({ owner }) => owner === "StatefulSet thanos-store")!.spec.containers[0]!
            .args;
        expect(args).to.include("--chunk-pool-size=320MiB");
        const growth = {
            cpuMillicores: 2 * (3450 - 500),
            memoryMi: 2 * (17792 - 2048) + 2 * (1408 - 512) + 2 * (1280 - 1024),
            volumeGi: 2 * (53 - 50) + 2 * (8 - 10) + (451 - 100),
        };
        for (const key of ["cpuMillicores", "memoryMi", "volumeGi"] as const) {
            expect(made.requests[key] - before.made.requests[key], key).to.equal(growth[key]);
        }
    });

    it("changes no object for a load whose sizes are all given", async () => {
        const resources = (cpu: string, memory: string) => ({ requests: { cpu, memory } });
        const sized = {
            metrics: { ...given.metrics, volume: { size: "50Gi" }, resources: resources("500m", "2Gi") },
            longTerm: {
                query: { resources: resources("200m", "512Mi") },
                store: { volume: { size: "10Gi" }, resources: resources("200m", "1Gi") },
                compactor: { volume: { size: "100Gi" } },
            },
        };
        const [without, with_] = [await deployWith(sized), await deployWith({ ...sized, load: { series: 90_000 } })];
        expect(kubeObjects(with_.resources)).to.deep.equal(kubeObjects(without.resources));
        expect(with_.made.requests).to.deep.equal(without.made.requests);
    });

    it("U-45: tells where users find Grafana and Prometheus at the nodes' address", async () => {
        const { made } = await deployWith({
            networkPolicies: { enabled: false },
            metrics: { ...given.metrics, exposure: { kind: "nodePort", port: 30090 } },
            grafana: { host: "203.0.113.7", exposure: { kind: "nodePort", port: 30030 } },
        });
        const urls = [made.grafanaUrl, made.prometheusUrl!].map(
            (url) => new Promise<string>((resolve) => url.apply(resolve)),
        );
        expect(await Promise.all(urls)).to.deep.equal(["http://203.0.113.7:30030", "http://203.0.113.7:30090"]);
        expect((await deployStack(usual)).made.prometheusUrl).to.equal(undefined);
    });

    it("narrows who may call Grafana's load balancer, at the balancer and at the pod", async () => {
        const { resources } = await deployWith({
            grafana: { exposure: { kind: "loadBalancer" } },
            networkPolicies: { clients: { cidrs: ["203.0.113.0/24"] }, nodes: { cidrs: ["10.1.0.0/16"] } },
        });
        expect(kubeObject(resources, "Service", "grafana").spec).to.deep.include({
            loadBalancerSourceRanges: ["203.0.113.0/24"],
        });
        const [policy] = kubeObjects(resources).filter(
            (o) => o.kind === "NetworkPolicy" && o.metadata.name === "grafana",
        );
        const { ingress } = policy?.spec as { ingress: { from: object[] }[] };
        expect(ingress.map(({ from }) => from)).to.deep.include([
            { ipBlock: { cidr: "203.0.113.0/24" } },
            { ipBlock: { cidr: "10.1.0.0/16" } },
        ]);
    });
});

/** Whom a rule of a NetworkPolicy is about. */
interface Peer {
    namespaceSelector?: { matchLabels?: Record<string, string> };
    podSelector?: { matchLabels: Record<string, string> };
    ipBlock?: { cidr: string };
}

/** A rule of a NetworkPolicy's egress. */
interface Egress {
    to: Peer[];
    ports?: { port: number }[];
}

/** A rule of a NetworkPolicy's ingress. */
interface Ingress {
    from: Peer[];
    ports: { port: number }[];
}

/** A peer that isn't of the stack, as a person would call it; undefined: one of its pods. */
function outsider({ namespaceSelector, podSelector, ipBlock }: Peer): string | undefined {
    if (ipBlock !== undefined) {
        return ipBlock.cidr;
    }
    const namespace = namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"];
    const pods = Object.values(podSelector?.matchLabels ?? {}).join(" ");
    return namespace === "monitoring" ? undefined : `${namespace ?? "any namespace"}/${pods === "" ? "any pod" : pods}`;
}

/** What leads out of the stack, `from -> peer:ports`, and into it, `peer -> to:ports`. */
function outerEdges(resources: Seen[]): string[] {
    const portsOf = (ports?: { port: number }[]) => ports?.map(({ port }) => port).join(",") ?? "any";
    const lines = ofKind(resources, "NetworkPolicy").flatMap(({ metadata: { name }, spec }) => {
        const { egress = [], ingress = [] } = spec as { egress?: Egress[]; ingress?: Ingress[] };
        return [
            ...egress.flatMap(({ to, ports }) =>
                to.flatMap((peer) => {
                    const out = outsider(peer);
                    return out === undefined ? [] : [`${name} -> ${out}:${portsOf(ports)}`];
                }),
            ),
            ...ingress.flatMap(({ from, ports }) =>
                from.flatMap((peer) => {
                    const out = outsider(peer);
                    return out === undefined ? [] : [`${out} -> ${name}:${portsOf(ports)}`];
                }),
            ),
        ];
    });
    return [...new Set(lines)];
}

/** Who may call which pods of the stack, `from -> to:port`, as the egress rules have it. */
function internalEdges(resources: Seen[]): string[] {
    const named = podsOf(resources).map((pod) => ({
        ...pod,
        name: pod.operatorMade ? pod.labels["app.kubernetes.io/component"] : pod.owner.split(" ")[1],
    }));
    const lines = ofKind(resources, "NetworkPolicy").flatMap(({ metadata, spec }) =>
        ((spec as { egress?: Egress[] }).egress ?? []).flatMap(({ to, ports }) =>
            to.flatMap(({ podSelector }) =>
                podSelector === undefined
                    ? []
                    : named
                          .filter(({ labels }) => selects(podSelector.matchLabels, labels))
                          .flatMap((pod) => (ports ?? []).map(({ port }) => `${metadata.name} -> ${pod.name}:${port}`)),
            ),
        ),
    );
    return [...new Set(lines)];
}

describe("The composition of kup6s", () => {
    let deployed: Deployed<Monitoring>;
    let all: SeenOptions[];
    let names: string[];
    /** The components directly below the stack's one. */
    let parts: string[];

    before(async () => {
        // Profile kup6s, with NetworkPolicies.
        deployed = await deployStack(stacks.local!());
        const entries = [...deployed.options.entries()];
        all = entries.map(([, seen]) => seen);
        names = entries.map(([key]) => key.split(" ")[1] ?? "");
        parts = names.filter((_, index) => all[index]?.parent === "local");
    });

    /** The part that a resource belongs to: names derive from that of their component. */
    const partOf = (name: string) =>
        parts.filter((part) => name === part || name.startsWith(`${part}-`)).sort((a, b) => b.length - a.length)[0];

    it("K-06: is made of these components", () => {
        const types = new Set(all.map(({ type }) => type).filter((type) => type.startsWith("perch:")));
        expect([...types].map((type) => type.split(":")[2])).to.have.members([
            "Monitoring",
            "Platform",
            "NetworkPolicies",
            "ExternalAccess",
            "Workload",
            "ServiceAccount",
            "ObjectStorage",
            "Bucket",
            "StackSecrets",
            "StackSecret",
            "PrometheusOperator",
            "Prometheus",
            "KubeStateMetrics",
            "NodeExporter",
            "Thanos",
            "ThanosQuery",
            "ThanosStore",
            "ThanosCompactor",
            "Loki",
            "Alloy",
            "Alertmanager",
            "PrometheusRules",
            "Grafana",
        ]);
    });

    it("K-17, K-18, K-19, K-20: comes in stages: buckets and secrets, Prometheus and Loki, Thanos and Alloy", () => {
        const stagesOf = (makesPods: boolean) => {
            const waits: Record<string, string[]> = {};
            all.forEach(({ type, dependsOn }, index) => {
                const part = partOf(names[index] ?? "");
                const isController = /:apps\/v1:|:monitoring.coreos.com\/v1:(Prometheus|Alertmanager)$/.test(type);
                if (part !== undefined && !type.startsWith("perch:") && isController === makesPods) {
                    const others = dependsOn.map((name) => partOf(name)).filter((name) => name !== part);
                    const stages = [...new Set(others)].join(" and ");
                    waits[part] = [...new Set([...(waits[part] ?? []), stages])];
                }
            });
            return waits;
        };
        const stored = "local-secrets and local-storage";
        expect(stagesOf(true)).to.deep.equal({
            "local-operator": [""],
            "local-alertmanager": [`local-operator and ${stored}`],
            "local-prometheus": [`local-operator and ${stored}`],
            "local-kube-state-metrics": [""],
            "local-node-exporter": [""],
            "local-loki": [stored],
            "local-thanos": ["local-prometheus"],
            "local-alloy": ["local-loki"],
            "local-grafana": [""],
        });
        // What pods need is there before.
        expect([...new Set(Object.values(stagesOf(false)).flat())]).to.deep.equal([""]);
        const buckets = deployed.resources.filter(({ type }) => type === "aws:s3/bucket:Bucket");
        expect(buckets.map(({ name }) => partOf(name))).to.deep.equal(["local-storage", "local-storage"]);
    });

    it("K-102, K-126: says what all of it requests, on three nodes", () => {
        // The document's table on four nodes, less one Alloy; then what the document doesn't count, in the same order:
        // operator, config-reloaders, sidecars, kube-state-metrics, node-exporters, gateways and their exporters.
        const cpu = 2400 - 50 + (50 + 4 * 10 + 2 * 20 + 20 + 3 * 20 + 2 * 20 + 2 * 5);
        const memory = 10880 - 128 + (128 + 4 * 50 + 2 * 128 + 128 + 3 * 32 + 2 * 32 + 2 * 24);
        expect(deployed.made.requests).to.deep.equal({ cpuMillicores: cpu, memoryMi: memory, volumeGi: 91 });
    });

    it("K-38, K-39, K-60, K-61, K-62, K-63, K-72, K-81: opens exactly these ways between its pods", () => {
        const roles = ["loki-write", "loki-read", "loki-backend"];
        const scraped = [
            ...["alertmanager:8080", "alertmanager:9093", "prometheus:8080", "prometheus:9090", "prometheus:10902"],
            ...["prometheus-operator:8080", "kube-state-metrics:8080", "kube-state-metrics:8081"],
            ...["thanos-query:10902", "thanos-store:10902", "thanos-compact:10902"],
            ...roles.map((role) => `${role}:3100`),
            ...["loki-gateway:9113", "alloy:12345", "grafana:3000"],
        ];
        // Prometheus sends alerts to the port of Alertmanager that it scrapes.
        expect(internalEdges(deployed.resources)).to.have.members([
            ...scraped.map((target) => `prometheus -> ${target}`),
            "alertmanager -> alertmanager:9094",
            "thanos-query -> prometheus:10901",
            "thanos-query -> thanos-store:10901",
            "alloy -> loki-gateway:8080",
            ...roles.map((role) => `loki-gateway -> ${role}:3100`),
            ...roles.flatMap((from) => roles.flatMap((to) => [7946, 9095].map((port) => `${from} -> ${to}:${port}`))),
            "grafana -> thanos-query:10902",
            "grafana -> loki-gateway:8080",
            "grafana -> alertmanager:9093",
        ]);
    });

    it("reaches these peers outside of the stack, and is reached by these", () => {
        const ofStack = [
            ...["prometheus", "prometheus-operator", "kube-state-metrics", "alertmanager", "grafana", "alloy"],
            ...["thanos-query", "thanos-store", "thanos-compact", "acme-http01-solver"],
            ...["loki-write", "loki-read", "loki-backend", "loki-gateway"],
        ];
        const anywhere = (from: string, ports: string) =>
            ["0.0.0.0/0", "::/0"].map((cidr) => `${from} -> ${cidr}:${ports}`);
        expect(outerEdges(deployed.resources)).to.have.members([
            ...ofStack.map((from) => `${from} -> kube-system/kube-dns:53,53`),
            ...["prometheus", "prometheus-operator", "kube-state-metrics", "alloy"].flatMap((from) =>
                anywhere(from, "443,6443,8443"),
            ),
            ...["prometheus", "thanos-store", "thanos-compact", "loki-write", "loki-read", "loki-backend"].flatMap(
                (from) => anywhere(from, "443"),
            ),
            ...anywhere("alertmanager", "587"),
            "prometheus -> any namespace/any pod:any",
            ...["10250", "9100"].flatMap((port) => anywhere("prometheus", port)),
            "any namespace/any pod -> grafana:3000",
            "any namespace/any pod -> acme-http01-solver:8089",
        ]);
    });

    it("lets each of its pods be called by whom may call it, and by nobody else of it", () => {
        const callers = ofKind(deployed.resources, "NetworkPolicy").flatMap(({ metadata: { name: to }, spec }) =>
            ((spec as { ingress?: Ingress[] }).ingress ?? []).flatMap(({ from, ports }) =>
                podsOf(deployed.resources)
                    .filter(({ labels }) =>
                        from.some(
                            (peer) => outsider(peer) === undefined && selects(peer.podSelector!.matchLabels, labels),
                        ),
                    )
                    .flatMap(({ owner, operatorMade, labels }) => {
                        const caller = operatorMade ? labels["app.kubernetes.io/component"] : owner.split(" ")[1];
                        return ports.map(({ port }) => `${caller} -> ${to}:${port}`);
                    }),
            ),
        );
        expect([...new Set(callers)]).to.have.members(internalEdges(deployed.resources));
    });

    it("K-81: sends alerts to Alertmanager", () => {
        const { alerting } = kubeObject(deployed.resources, "Prometheus", "perch").spec as {
            alerting: { alertmanagers: object[] };
        };
        expect(alerting.alertmanagers).to.have.length(1);
        expect(alerting.alertmanagers[0]).to.deep.include({
            namespace: "monitoring",
            name: "alertmanager",
            port: "web",
            apiVersion: "v2",
        });
        expect(kubeObject(deployed.resources, "Service", "alertmanager").metadata.namespace).to.equal("monitoring");
    });
});
