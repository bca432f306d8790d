import { AppsV1Api, CoreV1Api, type V1StatefulSet } from "@kubernetes/client-node";
import { expect } from "chai";
import { prometheusAccount } from "../../../components/metrics/prometheus-names";
import { discovered, type TargetLabels } from "../../sandbox/support/discovery";
import { admin, ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { given, required } from "../../support/stacks";
import { check } from "../support/check";
import { applyCrds, applyObjects, deleteMonitoring, operate, ruleFiles, secretFiles } from "../support/operated";
import { objectsFor } from "../support/tls";

const namespace = "rendered-prometheus-shards";
const shards = [0, 1];

/** Addresses enough that no shard gets none by chance. */
const databases = Array.from({ length: 12 }, (_, index) => `db${index}.example.com:9187`);
const sites = Array.from({ length: 8 }, (_, index) => `https://site${index}.example.com`);

/** A Service of the stack's with pods that nobody has made. */
function served(objects: readonly KubeObject[], service: string, addresses: readonly string[]): KubeObject[] {
    const made = objects.find(({ kind, metadata }) => kind === "Service" && metadata.name === service);
    const { ports = [] } = (made?.spec ?? {}) as { ports?: { name: string; port: number }[] };
    return [
        made!,
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: {
                namespace,
                name: `${service}-by-hand`,
                labels: { ...made?.metadata.labels, "kubernetes.io/service-name": service },
            },
            addressType: "IPv4",
            ports: ports.map(({ name, port }) => ({ name, port })),
            endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
        },
    ];
}

const queries = ["10.90.7.1", "10.90.7.2"];
/** The first ten have one hash. */
const stores = Array.from({ length: 20 }, (_, index) => `10.90.8.${index + 1}`);

describe("What the operator makes of shards of Prometheus", function () {
    this.timeout(600_000);

    let objects: KubeObject[] = [];
    let sets: V1StatefulSet[] = [];
    let config = "";

    before(async function () {
        this.timeout(3_600_000);
        await ensurePlatform();
        await applyCrds();
        const settings = settingsOf(
            answered({
                ...required,
                platform: { namespace },
                metrics: {
                    ...given.metrics,
                    shards: shards.length,
                    blackbox: { enabled: true },
                    targets: {
                        databases: { kind: "static", addresses: databases },
                        sites: { kind: "probe", module: "http_2xx", targets: sites },
                    },
                },
                longTerm: { kind: "thanos", ruler: {} },
                logs: { kind: "none" },
                collection: { logs: { kind: "none" } },
            }),
            [],
            "prometheus-shards",
        );
        objects = await objectsFor(settings);
        await applyObjects(objects.filter(({ kind }) => kind === "Namespace"));
        await applyObjects([...served(objects, "thanos-query", queries), ...served(objects, "thanos-store", stores)]);
        await operate(namespace, objects);
        await eventually(async () => {
            ({ "prometheus.yaml": config = "" } = await secretFiles(namespace, "prometheus-perch"));
            for (const job of ["scrapeConfig/", "probe/", "serviceMonitor/"]) {
                expect(config).to.include(`job_name: ${job}${namespace}/`);
            }
            expect(config).to.include(`/${namespace}/thanos-query/0`).and.to.include(`/${namespace}/thanos-store/0`);
            const { items } = await admin().makeApiClient(AppsV1Api).listNamespacedStatefulSet({ namespace });
            sets = items.filter(({ metadata }) => metadata?.name?.startsWith("prometheus-perch"));
            expect(sets).to.have.length(shards.length);
        }, 60);
    });
    after(() => deleteMonitoring(objects));

    it("is a StatefulSet for each, with claims of its own, whose pods know which they are", () => {
        const of = ({ metadata, spec }: V1StatefulSet) => ({
            name: metadata?.name,
            replicas: spec?.replicas,
            claims: spec?.volumeClaimTemplates?.map((claim) => claim.metadata?.name),
            shard: spec?.template.spec?.containers
                .find(({ name }) => name === "config-reloader")
                ?.env?.find(({ name }) => name === "SHARD")?.value,
        });
        const claims = ["prometheus-perch-db"];
        expect(sets.map(of)).to.have.deep.members([
            { name: "prometheus-perch", replicas: 2, claims, shard: "0" },
            { name: "prometheus-perch-shard-1", replicas: 2, claims, shard: "1" },
        ]);
    });

    it("links in its alerts to the Services, not to the pod that sends them: Prometheus's, and the Ruler's to Query's", async () => {
        const flags = (set: V1StatefulSet, flag: string) =>
            set.spec?.template.spec?.containers
                .flatMap(({ args = [] }) => args)
                .filter((arg) => arg.startsWith(`--${flag}=`));
        for (const set of sets) {
            expect(flags(set, "web.external-url")).to.deep.equal([
                `--web.external-url=http://prometheus.${namespace}.svc:9090`,
            ]);
            expect(flags(set, "web.route-prefix")).to.deep.equal(["--web.route-prefix=/"]);
        }
        const api = admin().makeApiClient(AppsV1Api);
        await eventually(async () => {
            const ruler = await api.readNamespacedStatefulSet({ namespace, name: "thanos-ruler-perch" });
            expect(flags(ruler, "alert.query-url")).to.deep.equal([
                `--alert.query-url=http://thanos-query.${namespace}.svc:10902`,
            ]);
        }, 30);
    });

    it("is of the pods of one disruption budget each, and of the stack's Services and policies all", () => {
        const selects = (selector: Record<string, string>, set: V1StatefulSet) =>
            Object.entries(selector).every(([key, value]) => set.spec?.template.metadata?.labels?.[key] === value);
        const budgets = objects.filter(
            ({ kind, metadata }) => kind === "PodDisruptionBudget" && metadata.name.startsWith("prometheus"),
        );
        const selectors = budgets.map(
            ({ spec }) => (spec as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels,
        );
        for (const set of sets) {
            expect(selectors.filter((selector) => selects(selector, set))).to.have.length(1);
            for (const service of ["prometheus", "thanos-sidecar"]) {
                const found = objects.find(({ kind, metadata }) => kind === "Service" && metadata.name === service);
                expect(selects((found?.spec as { selector: Record<string, string> }).selector, set)).to.equal(true);
            }
            const policy = objects.filter(
                ({ kind, metadata, spec }) =>
                    kind === "NetworkPolicy" &&
                    metadata.name.startsWith("prometheus") &&
                    selects(
                        (spec as { podSelector: { matchLabels?: Record<string, string> } }).podSelector.matchLabels ??
                            {},
                        set,
                    ),
            );
            expect(policy.map(({ metadata }) => metadata.name)).to.include("prometheus");
        }
    });

    it("K-128: keeps a shard's replicas apart by that shard's label", () => {
        for (const [index, set] of sets.entries()) {
            const constraints = set.spec?.template.spec?.topologySpreadConstraints ?? [];
            const label = "operator.prometheus.io/shard";
            expect(constraints.map(({ topologyKey }) => topologyKey)).to.have.length(2);
            for (const one of constraints) {
                expect(one.labelSelector?.matchLabels?.[label], String(index)).to.equal(
                    set.spec?.template.metadata?.labels?.[label],
                );
            }
        }
    });

    it("is a configuration that promtool accepts, whose rules are those that are marked for it", async () => {
        for (const shard of shards) {
            const said = await check("promtool", ["check", "config", "--syntax-only", "prometheus.yaml"], {
                "prometheus.yaml": config.replaceAll("$(SHARD)", String(shard)),
            });
            expect(said).to.include("is valid prometheus config file syntax");
        }
        const files = await eventually(async () => {
            const found = Object.values(await ruleFiles(namespace)).flatMap((each) => Object.keys(each));
            expect(found).to.have.length(1);
            return found;
        }, 60);
        expect(files[0]).to.match(new RegExp(`^${namespace}-thanos-ruler-`));
    });

    it("leaves all other rules to the Ruler, which gets each of them", async () => {
        const all = objects.filter(({ kind }) => kind === "PrometheusRule").map(({ metadata }) => metadata.name);
        expect(all).to.include.members(["general", "kubernetes", "prometheus", "thanos", "thanos-ruler"]);
        await eventually(async () => {
            const { items } = await admin()
                .makeApiClient(CoreV1Api)
                .listNamespacedConfigMap({ namespace, labelSelector: "thanos-ruler-name=perch" });
            const files = items.flatMap(({ data = {} }) => Object.keys(data));
            const names = files.map((file) => /^(.*)-[0-9a-f-]{36}\.yaml$/.exec(file)?.[1]);
            expect(names).to.have.members(
                all.filter((name) => name !== "thanos-ruler").map((name) => `${namespace}-${name}`),
            );
        }, 60);
    });

    describe("finds targets", () => {
        const found: TargetLabels[][] = [];
        /** Addresses of a job's targets that a shard has. */
        const of = (shard: number, job: string) =>
            (found[shard] ?? [])
                .filter((labels) => labels.job === job)
                .map(({ instance, __address__: address }) => instance ?? address ?? "");

        before(async () => {
            await eventually(async () => {
                for (const shard of shards) {
                    found[shard] = await discovered(config, { namespace, name: prometheusAccount }, shard);
                }
                expect(of(0, "thanos-query")).to.have.length(queries.length);
            }, 120);
        });

        it("of which each is one shard's, none is nobody's, and no shard has none", () => {
            const jobs: [job: string, all: readonly string[]][] = [
                ["databases", databases],
                ["sites", sites],
            ];
            for (const [job, all] of jobs) {
                const each = shards.map((shard) => of(shard, job));
                expect(each.flat(), job).to.have.members(all);
                expect(
                    each.every((some) => some.length > 0),
                    job,
                ).to.equal(true);
            }
            const addresses = shards.map((shard) =>
                of(shard, "thanos-store").map((address) => address.replace(/:.*/, "")),
            );
            expect(addresses.flat()).to.have.members(stores);
            expect(addresses.every((some) => some.length > 0)).to.equal(true);
        });

        it("but for those by which each shard watches what the Ruler depends on: all have all of them", () => {
            for (const shard of shards) {
                expect(of(shard, "thanos-query").map((address) => address.replace(/:.*/, ""))).to.have.members(queries);
            }
        });
    });
});
