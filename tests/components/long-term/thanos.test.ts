import { expect } from "chai";
import { parse } from "yaml";
import { Thanos } from "../../../components/long-term";
import type { BucketAccess } from "../../../components/object-storage/bucket-access";
import { blocksOf } from "../../../config/blocks";
import { samplesSettleAfter } from "../../../config/evaluation";
import type { ThanosSettings } from "../../../config/schema";
import { caCertificate } from "../../support/certificates";
import { type KubeObject, kubeObject, kubeObjects, leaks, type Seen } from "../../support/mocks";
import { outside } from "../../support/platform";
import {
    containerOf,
    deployOn,
    keyAccess,
    kup6s,
    names,
    once,
    otherEndpoint,
    roleAccess,
    settingsOf,
    type TestInput,
} from "../metrics/fixture";

const sidecar = otherEndpoint("thanos-sidecar", "grpc", 10901);

function thanosSettings(input: TestInput): ThanosSettings {
    const { longTerm } = settingsOf(input);
    if (longTerm.kind !== "thanos") {
        throw new Error("the settings have no Thanos");
    }
    return longTerm;
}

async function deployThanos(
    input: TestInput = kup6s,
    store: BucketAccess = keyAccess,
    compact: BucketAccess | "none" = keyAccess,
) {
    return deployOn(
        settingsOf(input),
        (parts, opts) =>
            new Thanos(
                "thanos",
                {
                    ...parts,
                    settings: thanosSettings(input),
                    blocks: blocksOf(settingsOf(input).metrics),
                    samplesSettleAfter: samplesSettleAfter(settingsOf(input)),
                    sidecar,
                    buckets: {
                        "thanos-store": store,
                        ...(compact === "none" ? {} : { "thanos-compact": compact }),
                    },
                },
                opts,
            ),
    );
}

const standard = once(() => deployThanos());

interface Spec {
    replicas: number;
    serviceName?: string;
    volumeClaimTemplates?: { spec: { storageClassName?: string; resources: { requests: { storage: string } } } }[];
    template: { metadata: { annotations: Record<string, string> }; spec: { automountServiceAccountToken: boolean } };
}

const specOf = (object: KubeObject) => object.spec as Spec;

describe("Thanos", () => {
    it("makes exactly these", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            ...["ServiceAccount", "Deployment", "Service", "PodDisruptionBudget", "ServiceMonitor"].map(
                (kind) => `${kind} thanos-query`,
            ),
            "ConfigMap thanos-query-endpoints",
            ...["ServiceAccount", "StatefulSet", "Service", "PodDisruptionBudget", "ServiceMonitor"].map(
                (kind) => `${kind} thanos-store`,
            ),
            "ConfigMap thanos-store-objstore",
            "ConfigMap thanos-store-caches",
            ...["ServiceAccount", "StatefulSet", "Service", "ServiceMonitor"].map((kind) => `${kind} thanos-compact`),
            "ConfigMap thanos-compact-objstore",
        ]);
    });

    it("K-114: has no permission in Kubernetes and no API token", async () => {
        const { resources } = await standard();
        expect(kubeObjects(resources).filter((o) => o.kind.includes("Role"))).to.deep.equal([]);
        const pods = kubeObjects(resources).filter((o) => ["Deployment", "StatefulSet"].includes(o.kind));
        expect(pods.map((o) => specOf(o).template.spec.automountServiceAccountToken)).to.deep.equal([
            false,
            false,
            false,
        ]);
    });

    it("K-37 K-117 K-129: has two stateless Query servers", async () => {
        const { resources } = await standard();
        const query = kubeObject(resources, "Deployment", "thanos-query");
        expect(specOf(query).replicas).to.equal(2);
        expect(containerOf(query, "thanos-query").resources).to.deep.equal({
            requests: { cpu: "200m", memory: "512Mi" },
        });
    });

    it("K-42 K-43 K-97 K-118 K-130: has two store gateways with a volume each", async () => {
        const { resources } = await standard();
        const store = kubeObject(resources, "StatefulSet", "thanos-store");
        expect(specOf(store)).to.deep.include({ replicas: 2, serviceName: "thanos-store" });
        expect(specOf(store).volumeClaimTemplates?.[0]?.spec).to.deep.include({
            storageClassName: "longhorn",
            resources: { requests: { storage: "10Gi" } },
        });
        expect(containerOf(store, "thanos-store").resources).to.deep.equal({
            requests: { cpu: "200m", memory: "1Gi" },
        });
    });

    it("K-44 K-45 K-98 K-119 K-135 V-05: has one Compactor with a workspace", async () => {
        const { resources } = await standard();
        const compact = kubeObject(resources, "StatefulSet", "thanos-compact");
        expect(specOf(compact).replicas).to.equal(1);
        expect(specOf(compact).volumeClaimTemplates?.[0]?.spec).to.deep.include({
            storageClassName: "longhorn",
            resources: { requests: { storage: "20Gi" } },
        });
        expect(containerOf(compact, "thanos-compact").resources).to.deep.equal({
            requests: { cpu: "500m", memory: "2Gi" },
        });
    });

    it("K-44 V-05: has no setting that makes two Compactors", () => {
        expect(() => settingsOf({ longTerm: { kind: "thanos", compactor: { replicas: 2 } as object } })).to.throw();
    });

    it("K-46 K-47 K-50: downsamples, and keeps no resolution longer than its bucket", async () => {
        const { resources } = await standard();
        const { args } = containerOf(kubeObject(resources, "StatefulSet", "thanos-compact"), "thanos-compact");
        expect(args).to.include.members([
            "--wait",
            "--retention.resolution-raw=90d",
            "--retention.resolution-5m=365d",
            "--retention.resolution-1h=730d",
        ]);
        expect(args).to.not.include("--downsampling.disable");
    });

    it("merges blocks that overlap only where late samples make some", async () => {
        const flags = async (input: TestInput) => {
            const { resources } = await deployThanos(input);
            return containerOf(kubeObject(resources, "StatefulSet", "thanos-compact"), "thanos-compact").args;
        };
        const late = await flags({ ...kup6s, metrics: { ...kup6s.metrics, outOfOrderTimeWindow: "10m" } });
        expect(late).to.include("--compact.enable-vertical-compaction");
        expect(await flags(kup6s)).to.deep.equal(late.filter((flag) => !flag.includes("vertical")));
    });

    it("goes on to merge them where it is told to, after late samples are turned off", async () => {
        const { resources } = await deployThanos({
            ...kup6s,
            longTerm: { kind: "thanos", compactor: { verticalCompaction: true } },
        });
        const { args } = containerOf(kubeObject(resources, "StatefulSet", "thanos-compact"), "thanos-compact");
        expect(args).to.include("--compact.enable-vertical-compaction");
    });

    it("K-138: merges the samples of replicas by the label that the operator gives them", async () => {
        const { resources } = await standard();
        const { args } = containerOf(kubeObject(resources, "Deployment", "thanos-query"), "thanos-query");
        expect(args.filter((arg) => arg.startsWith("--query.replica-label"))).to.deep.equal([
            "--query.replica-label=prometheus_replica",
            "--query.replica-label=thanos_ruler_replica",
        ]);
    });

    it("waits for a silent store as long as the settings say", async () => {
        const flag = async (input: TestInput) => {
            const { resources } = await deployThanos(input);
            const { args } = containerOf(kubeObject(resources, "Deployment", "thanos-query"), "thanos-query");
            return args.filter((arg) => arg.startsWith("--store.response-timeout"));
        };
        expect(await flag(kup6s)).to.deep.equal(["--store.response-timeout=30s"]);
        expect(await flag({ longTerm: { kind: "thanos", query: { storeTimeout: "0s" } } })).to.deep.equal([
            "--store.response-timeout=0s",
        ]);
    });

    it("limits what a call to a store gateway may cost where the settings do", async () => {
        const flags = async (callLimits: object) => {
            const { resources } = await deployThanos({ longTerm: { kind: "thanos", store: { callLimits } } });
            const { args } = containerOf(kubeObject(resources, "StatefulSet", "thanos-store"), "thanos-store");
            return args.filter((arg) => /^--store\.(limits|grpc)\./.test(arg));
        };
        expect(await flags({})).to.deep.equal(["--store.grpc.series-max-concurrency=20"]);
        expect(await flags({ series: 100_000, samples: 5_000_000, downloaded: "2Gi", calls: 8 })).to.deep.equal([
            "--store.limits.request-series=100000",
            "--store.limits.request-samples=5000000",
            "--store.grpc.downloaded-bytes-limit=2GiB",
            "--store.grpc.series-max-concurrency=8",
        ]);
    });

    it("passes no flag that Thanos 0.42 deprecates", async () => {
        const { resources } = await standard();
        const args = [
            containerOf(kubeObject(resources, "Deployment", "thanos-query"), "thanos-query"),
            containerOf(kubeObject(resources, "StatefulSet", "thanos-store"), "thanos-store"),
        ].flatMap((container) => container.args);
        const deprecated =
            /^--(endpoint(-group|-strict)*=|store(-strict|\.sd-files)?=|grpc-client-|store\.grpc\.(touched|series-sample))/;
        expect(args.filter((arg) => deprecated.test(arg))).to.deep.equal([]);
    });

    it("K-152: is asked whether it lives and is ready as Thanos says", async () => {
        const { resources } = await standard();
        for (const [kind, name] of [
            ["Deployment", "thanos-query"],
            ["StatefulSet", "thanos-store"],
            ["StatefulSet", "thanos-compact"],
        ] as const) {
            const container = containerOf(kubeObject(resources, kind, name), name);
            expect(container.livenessProbe.httpGet, name).to.deep.equal({ path: "/-/healthy", port: "http" });
            expect(container.readinessProbe.httpGet, name).to.deep.equal({ path: "/-/ready", port: "http" });
        }
    });

    it("K-38 K-39: asks sidecars and store gateways, and so may reach both", async () => {
        const { made, resources } = await standard();
        const { data } = kubeObject(resources, "ConfigMap", "thanos-query-endpoints") as KubeObject & {
            data: Record<string, string>;
        };
        expect(data["endpoints.yaml"]).to.include("dnssrv+_grpc._tcp.thanos-sidecar.monitoring.svc");
        expect(data["endpoints.yaml"]).to.include("dnssrv+_grpc._tcp.thanos-store.monitoring.svc");
        expect(kubeObject(resources, "Service", "thanos-store").spec).to.deep.include({ clusterIP: "None" });
        const edges = made.platform.network.edges().map((edge) => {
            const from = edge.kind === "ingress" ? edge.from : edge.from.workload;
            return `${from} -> ${edge.kind === "egress" ? outside(edge) : `${edge.to.pods.workload}:${edge.to.podPort}`}`;
        });
        expect(edges).to.have.members([
            "thanos-query -> thanos-sidecar:10901",
            "thanos-query -> thanos-store:10901",
            "thanos-store -> objectStorage",
            "thanos-compact -> objectStorage",
        ]);
    });

    it("K-139: a store gateway may fail: the other is asked by itself, and a dead one restarts", async () => {
        const { resources } = await standard();
        // Each pod by its own address, not one of them by a balancing one.
        expect(kubeObject(resources, "Service", "thanos-store").spec).to.deep.include({ clusterIP: "None" });
        const store = containerOf(kubeObject(resources, "StatefulSet", "thanos-store"), "thanos-store");
        expect(store.livenessProbe.httpGet.path).to.equal("/-/healthy");
        const query = containerOf(kubeObject(resources, "Deployment", "thanos-query"), "thanos-query");
        expect(query.args.filter((arg) => /partial-response|strict/.test(arg))).to.deep.equal([]);
        expect(kubeObject(resources, "PodDisruptionBudget", "thanos-store").spec).to.deep.include({
            maxUnavailable: 1,
        });
    });

    it("K-144: has as many store gateways as the settings say", async () => {
        const { resources } = await deployThanos({ ...kup6s, longTerm: { kind: "thanos", store: { replicas: 4 } } });
        expect(specOf(kubeObject(resources, "StatefulSet", "thanos-store")).replicas).to.equal(4);
    });

    it("K-40: offers its query API", async () => {
        const { made } = await standard();
        expect(made.result.query).to.deep.include({ service: "thanos-query", portName: "http", port: 10902 });
    });

    describe("with a Query Frontend", () => {
        const withFrontend = once(() => deployThanos({ longTerm: { kind: "thanos" } }));

        it("has it in front of Query, as the one that others ask", async () => {
            const { made, resources } = await withFrontend();
            expect(names(resources).filter((name) => name.includes("frontend"))).to.have.members([
                ...[
                    "ServiceAccount",
                    "Deployment",
                    "Service",
                    "PodDisruptionBudget",
                    "ServiceMonitor",
                    "ConfigMap",
                ].map((kind) => `${kind} thanos-query-frontend`),
            ]);
            expect(made.result.query).to.deep.include({
                service: "thanos-query-frontend",
                portName: "http",
                port: 10902,
            });
            const edges = made.platform.network
                .edges()
                .flatMap((edge) =>
                    edge.kind === "internal" && edge.from.workload === "thanos-query-frontend"
                        ? [`${edge.to.pods.workload}:${edge.to.podPort}`]
                        : [],
                );
            expect(edges).to.deep.equal(["thanos-query:10902"]);
        });

        it("divides ranges and labels by a day, and keeps their answers in half of its memory", async () => {
            const { resources } = await withFrontend();
            const frontend = kubeObject(resources, "Deployment", "thanos-query-frontend");
            expect(containerOf(frontend, "thanos-query-frontend").args).to.include.members([
                "--query-frontend.downstream-url=http://thanos-query.monitoring.svc:10902",
                "--query-range.split-interval=24h",
                "--labels.split-interval=24h",
                "--query-frontend.log-queries-longer-than=10s",
                "--query-range.response-cache-max-freshness=1m",
                "--labels.response-cache-max-freshness=1m",
            ]);
            const { data } = kubeObject(resources, "ConfigMap", "thanos-query-frontend") as KubeObject & {
                data: Record<string, string>;
            };
            expect(parse(data["response-cache.yaml"] ?? "")).to.deep.equal({
                type: "IN-MEMORY",
                config: { max_size: "128MiB", validity: "24h" },
            });
        });

        it("K-40: leaves it out where the settings have none", async () => {
            const { resources } = await standard();
            expect(names(resources).filter((name) => name.includes("frontend"))).to.deep.equal([]);
        });
    });

    describe("with its caches in memcached", () => {
        const cached = once(() => deployThanos({ longTerm: { kind: "thanos", caches: { kind: "memcached" } } }));
        const caches = ["thanos-index-cache", "thanos-bucket-cache", "thanos-response-cache"];

        it("has one memcached for each, of two servers without a volume", async () => {
            const { resources } = await cached();
            expect(names(resources).filter((name) => name.endsWith("-cache"))).to.have.members(
                caches.flatMap((cache) =>
                    ["ServiceAccount", "StatefulSet", "Service", "PodDisruptionBudget", "ServiceMonitor"].map(
                        (kind) => `${kind} ${cache}`,
                    ),
                ),
            );
            for (const cache of caches) {
                const spec = specOf(kubeObject(resources, "StatefulSet", cache));
                expect(spec).to.deep.include({ replicas: 2, serviceName: cache });
                expect(spec).to.not.have.property("volumeClaimTemplates");
                expect(kubeObject(resources, "Service", cache).spec).to.deep.include({ clusterIP: "None" });
            }
        });

        it("gives items four fifths of the memory that it requests, and asks the port alone whether it lives", async () => {
            const { resources } = await cached();
            const memcached = containerOf(kubeObject(resources, "StatefulSet", "thanos-index-cache"), "memcached");
            expect(memcached.args).to.deep.equal([
                "--memory-limit=819",
                "--max-item-size=5242880",
                "--conn-limit=1024",
                "--port=11211",
            ]);
            expect(memcached.livenessProbe).to.deep.include({ tcpSocket: { port: "memcache" } });
            expect(memcached.livenessProbe).to.not.have.property("httpGet");
            const exporter = containerOf(kubeObject(resources, "StatefulSet", "thanos-index-cache"), "exporter");
            expect(exporter.livenessProbe.httpGet).to.deep.equal({ path: "/", port: "metrics" });
        });

        it("is found by its clients, each server by name, and nothing is kept in their own memory", async () => {
            const { made, resources } = await cached();
            const data = ["thanos-store-caches", "thanos-query-frontend"].flatMap((name) =>
                Object.entries((kubeObject(resources, "ConfigMap", name) as KubeObject & { data: object }).data),
            ) as [string, string][];
            const found = data
                .filter(([file]) => file.endsWith("cache.yaml"))
                .map(
                    ([, text]) =>
                        parse(text) as { type: string; config: { addresses: string[]; max_item_size: string } },
                );
            expect(found.map(({ type }) => type)).to.deep.equal(["MEMCACHED", "MEMCACHED", "MEMCACHED"]);
            expect(found.flatMap(({ config }) => config.addresses)).to.have.members(
                caches.map((cache) => `dnssrvnoa+_memcache._tcp.${cache}.monitoring.svc`),
            );
            expect(new Set(found.map(({ config }) => config.max_item_size))).to.deep.equal(new Set(["5242880B"]));
            const edges = made.platform.network
                .edges()
                .flatMap((edge) =>
                    edge.kind === "internal" && caches.includes(edge.to.pods.workload)
                        ? [`${edge.from.workload} -> ${edge.to.pods.workload}:${edge.to.podPort}`]
                        : [],
                );
            expect(edges).to.have.members([
                "thanos-store -> thanos-index-cache:11211",
                "thanos-store -> thanos-bucket-cache:11211",
                "thanos-query-frontend -> thanos-response-cache:11211",
            ]);
        });

        it("makes a store gateway wait for its servers, without which it doesn't start", async () => {
            const { options } = await cached();
            const store = options.get("perch:long-term:ThanosStore thanos-store");
            expect(store?.dependsOn).to.have.members(["thanos-index-cache", "thanos-bucket-cache"]);
        });

        it("keeps no answers where there is no Query Frontend", async () => {
            const { resources } = await deployThanos({
                longTerm: { kind: "thanos", queryFrontend: "none", caches: { kind: "memcached" } },
            });
            expect(names(resources)).to.not.include("StatefulSet thanos-response-cache");
        });
    });

    describe("with its bucket in shards", () => {
        const shardFlag = /^--(min-time|max-time|selector\.relabel-config-file)=/;
        const stores = (resources: Seen[]) =>
            kubeObjects(resources).filter(
                ({ kind, metadata }) => kind === "StatefulSet" && metadata.name.includes("store"),
            );
        const flags = (resources: Seen[]) =>
            Object.fromEntries(
                stores(resources).map((store) => [
                    store.metadata.name,
                    containerOf(store, "thanos-store").args.filter((arg) => shardFlag.test(arg)),
                ]),
            );
        const deployShards = (shards: object) =>
            deployThanos({ longTerm: { kind: "thanos", store: { shards } } as never });

        it("K-42: keeps its name, and has all blocks, without", async () => {
            expect(flags((await standard()).resources)).to.deep.equal({ "thanos-store": [] });
        });

        it("divides blocks by hash: each has one remainder", async () => {
            const { made, resources } = await deployShards({ kind: "hash", count: 3 });
            const file = "--selector.relabel-config-file=/etc/thanos/shard/blocks.yaml";
            const names = ["thanos-store-0", "thanos-store-1", "thanos-store-2"];
            expect(flags(resources)).to.deep.equal(Object.fromEntries(names.map((name) => [name, [file]])));
            const kept = names.map((name) => {
                const { data } = kubeObject(resources, "ConfigMap", `${name}-shard`) as KubeObject & {
                    data: Record<string, string>;
                };
                const [hash, keep] = parse(data["blocks.yaml"] ?? "") as [object, { regex: string }];
                expect(hash).to.deep.equal({
                    action: "hashmod",
                    source_labels: ["__block_id"],
                    target_label: "shard",
                    modulus: 3,
                });
                return keep.regex;
            });
            expect(kept).to.deep.equal(["0", "1", "2"]);
            const asked = made.platform.network
                .edges()
                .flatMap((edge) =>
                    edge.kind === "internal" && edge.to.podPort === 10901 ? [edge.to.pods.workload] : [],
                );
            expect(asked).to.have.members(["thanos-sidecar", ...names]);
            const selectors = stores(resources).map(({ spec }) =>
                JSON.stringify((spec as { selector: object }).selector),
            );
            expect(new Set(selectors).size).to.equal(3);
        });

        it("divides blocks by age: each begins where the one before ends", async () => {
            const { resources } = await deployShards({ kind: "time", ages: ["30d", "180d"] });
            expect(flags(resources)).to.deep.equal({
                "thanos-store-0": ["--min-time=-30d"],
                "thanos-store-1": ["--min-time=-180d", "--max-time=-30d"],
                "thanos-store-2": ["--max-time=-180d"],
            });
        });
    });

    describe("with other clusters", () => {
        const endpoints = {
            east: {
                addresses: ["thanos.east.example.com:443", "10.1.2.3:10901"],
                tls: { kind: "verified", caCertificate, serverName: "thanos.east", clientSecretName: "east-client" },
            },
            west: { addresses: ["thanos.west.example.com:443"] },
            near: { addresses: ["thanos.near:10901"], tls: { kind: "none" } },
        };
        const others = once(() => deployThanos({ longTerm: { kind: "thanos", query: { endpoints } } as never }));

        it("K-146: asks each address, by the certificates of its cluster", async () => {
            const { resources } = await others();
            const { data } = kubeObject(resources, "ConfigMap", "thanos-query-endpoints") as KubeObject & {
                data: Record<string, string>;
            };
            const file = parse(data["endpoints.yaml"] ?? "") as { endpoints: { address: string }[] };
            const east = {
                client_config: {
                    tls_config: {
                        enabled: true,
                        ca_file: "/etc/thanos/endpoint-cas/east.crt",
                        cert_file: "/etc/thanos/endpoint-clients/east/tls.crt",
                        key_file: "/etc/thanos/endpoint-clients/east/tls.key",
                    },
                    server_name: "thanos.east",
                },
            };
            expect(file.endpoints.filter(({ address }) => !address.startsWith("dnssrv+"))).to.deep.equal([
                { address: "thanos.east.example.com:443", ...east },
                { address: "10.1.2.3:10901", ...east },
                { address: "thanos.west.example.com:443", client_config: { tls_config: { enabled: true } } },
                { address: "thanos.near:10901" },
            ]);
        });

        it("mounts the CAs, whose change rolls it, and the Secrets of its own certificates", async () => {
            const { made, resources } = await others();
            const { data } = kubeObject(resources, "ConfigMap", "thanos-query-endpoint-cas") as KubeObject & {
                data: object;
            };
            expect(data).to.deep.equal({ "east.crt": caCertificate });
            const query = kubeObject(resources, "Deployment", "thanos-query");
            expect(specOf(query).template.metadata.annotations).to.include.keys("perch.dev/config-hash");
            const { volumes } = specOf(query).template.spec as unknown as { volumes: { secret?: object }[] };
            expect(volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret]))).to.deep.equal([
                {
                    secretName: "east-client",
                    defaultMode: 0o440,
                    items: [
                        { key: "tls.crt", path: "tls.crt" },
                        { key: "tls.key", path: "tls.key" },
                    ],
                },
            ]);
            const egress = made.platform.network
                .edges()
                .filter((edge) => edge.kind === "egress" && edge.from.workload === "thanos-query");
            expect(egress.map((edge) => edge.kind === "egress" && [edge.to, edge.ports])).to.deep.equal([
                ["otherClusters", [443, 10901]],
            ]);
        });
    });

    it("K-159: is scraped, each part under its own job", async () => {
        const { resources } = await standard();
        const jobs = kubeObjects(resources)
            .filter((o) => o.kind === "ServiceMonitor")
            .map((o) => (o.spec as { endpoints: { relabelings: { replacement: string }[] }[] }).endpoints)
            .map((endpoints) => endpoints[0]?.relabelings[0]?.replacement);
        expect(jobs).to.have.members(["thanos-query", "thanos-store", "thanos-compact"]);
    });

    it("sizes the store gateway's caches by its memory instead of Thanos's 2 GB", async () => {
        const { resources } = await standard();
        const { args } = containerOf(kubeObject(resources, "StatefulSet", "thanos-store"), "thanos-store");
        expect(args).to.include("--chunk-pool-size=256MiB");
        expect(args).to.not.include("--enable-auto-gomemlimit");
    });

    it("V-01: takes blocks up as fast as they come", async () => {
        const flags = async (input: TestInput) => {
            const { resources } = await deployThanos(input);
            return ["thanos-store", "thanos-compact"].flatMap((name) =>
                containerOf(kubeObject(resources, "StatefulSet", name), name).args.filter((arg) =>
                    /^--(consistency-delay|sync-block-duration)=/.test(arg),
                ),
            );
        };
        expect(await flags(kup6s)).to.deep.equal(["--sync-block-duration=15m", "--consistency-delay=30m"]);
        expect(await flags({ ...kup6s, metrics: { blockLength: "2m" } })).to.deep.equal([
            "--sync-block-duration=15s",
            "--consistency-delay=30s",
        ]);
    });

    it("heeds a memory limit", async () => {
        const { resources } = await deployThanos({
            longTerm: { kind: "thanos", query: { resources: { limits: { memory: "1Gi" } } } },
        });
        const { args } = containerOf(kubeObject(resources, "Deployment", "thanos-query"), "thanos-query");
        expect(args).to.include("--enable-auto-gomemlimit");
    });

    it("uses each client's own access, leaks no key and rolls when one changes", async () => {
        const own = (name: string): BucketAccess => ({
            ...keyAccess,
            auth:
                keyAccess.auth.kind === "keys"
                    ? { kind: "keys", secret: { ...keyAccess.auth.secret, name } }
                    : keyAccess.auth,
        });
        const { resources } = await deployThanos(kup6s, own("s3-store"), own("s3-compact"));
        for (const [name, secret] of [
            ["thanos-store", "s3-store"],
            ["thanos-compact", "s3-compact"],
        ] as const) {
            const object = kubeObject(resources, "StatefulSet", name);
            const env = containerOf(object, name).env ?? [];
            expect(env.map((e) => e.valueFrom)).to.deep.equal([
                { secretKeyRef: { name: secret, key: "access-key" } },
                { secretKeyRef: { name: secret, key: "secret-key" } },
            ]);
            expect(specOf(object).template.metadata.annotations).to.include.keys(
                "perch.dev/config-hash",
                "perch.dev/secret-hash",
            );
        }
        expect(resources.flatMap((seen) => leaks(seen.inputs))).to.deep.equal([]);
        // Only clients of the bucket know where it is.
        expect(JSON.stringify(kubeObject(resources, "Deployment", "thanos-query"))).to.not.include("objstore");
    });

    it("trusts the endpoint's own CA in store gateway and Compactor, by a file whose change rolls them", async () => {
        const access = { ...keyAccess, caCertificate };
        const { resources } = await deployThanos(kup6s, access, access);
        const { resources: before } = await standard();
        for (const name of ["thanos-store", "thanos-compact"]) {
            const { data } = kubeObject(resources, "ConfigMap", `${name}-objstore`) as KubeObject & { data: object };
            expect(data).to.have.all.keys("objstore.yaml", "s3-ca.crt").and.include({ "s3-ca.crt": caCertificate });
            const [now, then] = [resources, before].map(
                (seen) =>
                    specOf(kubeObject(seen, "StatefulSet", name)).template.metadata.annotations[
                        "perch.dev/config-hash"
                    ],
            );
            expect(now).to.not.equal(then);
        }
    });

    it("takes roles by the ServiceAccounts' annotations", async () => {
        const { resources } = await deployThanos(kup6s, roleAccess, roleAccess);
        for (const name of ["thanos-store", "thanos-compact"]) {
            expect(kubeObject(resources, "ServiceAccount", name).metadata.annotations).to.deep.equal({
                "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/thanos",
            });
            expect(containerOf(kubeObject(resources, "StatefulSet", name), name)).to.not.have.property("env");
        }
    });

    it("says what is missing when the Compactor has no access to the bucket", async () => {
        let message = "";
        await deployThanos(kup6s, keyAccess, "none").catch((error: unknown) => {
            message = error instanceof Error ? error.message : "";
        });
        expect(message).to.include("no access to the bucket is given for thanos-compact");
    });

    it("leaves the Compactor out when there is none", async () => {
        const { made, resources } = await deployThanos(
            { longTerm: { kind: "thanos", compactor: "none" } },
            keyAccess,
            "none",
        );
        expect(names(resources).filter((name) => name.includes("compact"))).to.deep.equal([]);
        expect(made.result.compactor).to.equal(undefined);
    });
});
