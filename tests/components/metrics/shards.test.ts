import { expect } from "chai";
import { parse } from "yaml";
import { configReloaderResources } from "../../../components/operated/config-reloader";
import type { PrometheusSpec } from "../../../components/metrics/prometheus-spec";
import type { Settings } from "../../../config/load";
import { parseMillicores } from "../../../config/units";
import { answered, settingsOf } from "../../support/config";
import { type KubeObject, kubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { names, once } from "./fixture";

const slo = { service: "shop", objective: 99.9, errors: "errors[{window}]", total: "all[{window}]" };

function settings(shards: number): Settings {
    return settingsOf(
        answered({
            ...required,
            cluster: { name: "test", nodes: 2 },
            metrics: { ...given.metrics, shards, retention: "30d" },
            longTerm: { kind: "thanos", ruler: {} },
            slos: { orders: slo },
            logs: { kind: "none" },
            collection: { logs: { kind: "none" } },
        }),
    );
}

const deployed = (shards: number) => once(() => deployStack(settings(shards)));
const one = deployed(1);
const three = deployed(3);

const object = async (stack: typeof three, kind: string, name: string) =>
    kubeObject((await stack()).resources, kind, name);
const specOf = async (stack: typeof three) => (await object(stack, "Prometheus", "perch")).spec as PrometheusSpec;

/** Monitors of which every shard scrapes all targets. */
function scrapedByAll(objects: readonly KubeObject[]): string[] {
    return objects
        .filter(({ kind }) => kind === "ServiceMonitor")
        .filter(({ spec }) =>
            (spec as { endpoints: { relabelings: { targetLabel?: string; replacement?: string }[] }[] }).endpoints.some(
                ({ relabelings }) =>
                    relabelings.some(
                        ({ targetLabel, replacement }) =>
                            targetLabel === "__tmp_disable_sharding" && replacement === "true",
                    ),
            ),
        )
        .map(({ metadata }) => metadata.name);
}

/** Names of the PrometheusRules, by who their label says that evaluates them. */
function evaluators(objects: readonly KubeObject[]): Record<string, string[]> {
    const rules = objects.filter(({ kind }) => kind === "PrometheusRule");
    const of = ({ metadata }: KubeObject) => metadata.labels?.["perch.dev/evaluated-by"] ?? "unsaid";
    return Object.fromEntries(
        [...new Set(rules.map(of))].map((evaluator) => [
            evaluator,
            rules.filter((rule) => of(rule) === evaluator).map(({ metadata }) => metadata.name),
        ]),
    );
}

const groupsOf = async (stack: typeof three, name: string) =>
    ((await object(stack, "PrometheusRule", name)).spec as { groups: { name: string }[] }).groups.map(
        (group) => group.name,
    );

describe("Prometheus in shards", () => {
    it("K-142: is a StatefulSet more for each, done when the replicas of all are available", async () => {
        const { spec, metadata } = await object(three, "Prometheus", "perch");
        expect(spec).to.include({ shards: 3, replicas: 2 });
        expect(await specOf(one)).to.not.have.property("shards");
        expect(metadata.annotations?.["pulumi.com/waitFor"]).to.equal("jsonpath={.status.availableReplicas}=6");
    });

    it("changes nothing else but who evaluates what, and what may be drained", async () => {
        const [before, after] = [names((await one()).resources), names((await three()).resources)];
        expect(after.filter((name) => !before.includes(name))).to.have.members([
            "PodDisruptionBudget prometheus-shard-1",
            "PodDisruptionBudget prometheus-shard-2",
            "PrometheusRule thanos-ruler",
            "PrometheusRule slos-ruler",
        ]);
        expect(before.filter((name) => !after.includes(name))).to.deep.equal(["PrometheusRule slos"]);
    });

    it("lets a drain take one replica of each shard, each pod in exactly one budget", async () => {
        const budgets = await Promise.all(
            ["", "-shard-1", "-shard-2"].map((suffix) => object(three, "PodDisruptionBudget", `prometheus${suffix}`)),
        );
        expect(budgets.map(({ spec }) => spec)).to.deep.equal(
            ["0", "1", "2"].map((shard) => ({
                maxUnavailable: 1,
                unhealthyPodEvictionPolicy: "AlwaysAllow",
                selector: {
                    matchLabels: {
                        "app.kubernetes.io/name": "prometheus",
                        "operator.prometheus.io/name": "perch",
                        "operator.prometheus.io/shard": shard,
                    },
                },
            })),
        );
    });

    it("K-128: keeps a shard's replicas apart, and lets those of two shards share a node", async () => {
        const spec = await specOf(three);
        const labelSelector = {
            matchLabels: { "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": "perch" },
        };
        const term = { topologyKey: "kubernetes.io/hostname", labelSelector };
        expect(spec.affinity?.podAntiAffinity).to.deep.equal({
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        });
        const ofShard = { maxSkew: 1, additionalLabelSelectors: "OnShard" };
        expect(spec.topologySpreadConstraints).to.deep.equal([
            { ...ofShard, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
            { ...ofShard, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" },
        ]);
    });

    it("has the Ruler link to Thanos Query, which alone finds what the Ruler has recorded", async () => {
        expect((await object(three, "ThanosRuler", "perch")).spec).to.deep.include({
            alertQueryUrl: "http://thanos-query.monitoring.svc:10902",
        });
    });

    it("leaves to each shard only the rules that are marked for it, and to the Ruler all others", async () => {
        const ruler = async (stack: typeof three) =>
            ((await object(stack, "ThanosRuler", "perch")).spec as { ruleSelector: object }).ruleSelector;
        const key = "perch.dev/evaluated-by";
        expect((await specOf(three)).ruleSelector).to.deep.equal({ matchLabels: { [key]: "prometheus" } });
        expect(await ruler(three)).to.deep.equal({
            matchExpressions: [{ key, operator: "NotIn", values: ["prometheus"] }],
        });
        expect((await specOf(one)).ruleSelector).to.deep.equal({
            matchExpressions: [{ key, operator: "NotIn", values: ["thanos-ruler"] }],
        });
        expect(await ruler(one)).to.deep.equal({ matchLabels: { [key]: "thanos-ruler" } });
    });

    it("has each shard watch what the Ruler depends on, by targets that each of them scrapes", async () => {
        const objects = kubeObjects((await three()).resources);
        const of = evaluators(objects);
        expect(of.prometheus).to.deep.equal(["thanos-ruler"]);
        expect(of["thanos-ruler"]).to.deep.equal(["slos-ruler"]);
        expect(of.unsaid).to.include.members(["general", "kubernetes", "node", "prometheus", "self-monitoring"]);
        expect(await groupsOf(three, "thanos-ruler")).to.deep.equal(["thanos-query", "thanos-rule"]);
        expect(await groupsOf(three, "thanos")).to.not.include.members(["thanos-query"]);
        expect([...(await groupsOf(three, "thanos")), ...(await groupsOf(three, "thanos-ruler"))]).to.have.members(
            await groupsOf(one, "thanos"),
        );
        expect(scrapedByAll(objects)).to.have.members(["thanos-query", "thanos-ruler"]);
        const alone = kubeObjects((await one()).resources);
        expect(scrapedByAll(alone)).to.deep.equal([]);
        expect(evaluators(alone)).to.have.all.keys("unsaid");
    });

    it("is asked by Grafana through Thanos alone", async () => {
        const sources = async (stack: typeof three) => {
            const maps = kubeObjects((await stack()).resources).filter(({ kind }) => kind === "ConfigMap");
            const text = maps
                .flatMap(({ data }) => Object.values((data ?? {}) as Record<string, string>))
                .find((file) => /^datasources:$/m.test(file));
            return (parse(text ?? "") as { datasources: { uid: string }[] }).datasources.map(({ uid }) => uid);
        };
        expect(await sources(one)).to.include.members(["thanos", "prometheus"]);
        expect(await sources(three))
            .to.include("thanos")
            .and.not.include("prometheus");
    });

    it("has the Ruler evaluate all windows of SLOs, however long each shard keeps its samples", async () => {
        const all = [...(await groupsOf(one, "slos"))];
        expect(await groupsOf(three, "slos-ruler")).to.deep.equal(all);
    });

    it("counts the pods of all shards: requests, volumes and the alert on those that are missing", async () => {
        const [few, many] = [(await one()).made.requests, (await three()).made.requests];
        // Four servers of 50 Gi more.
        expect(many.volumeGi - few.volumeGi).to.equal(200);
        const { metrics, longTerm } = settings(3);
        const sidecar = longTerm.kind === "thanos" ? longTerm.sidecar.resources.requests.cpu : "0";
        const reloader = configReloaderResources.requests.cpu;
        const cpu = [metrics.resources.requests.cpu, sidecar, reloader].reduce(
            (sum, one) => sum + parseMillicores(one),
            0,
        );
        expect(many.cpuMillicores - few.cpuMillicores).to.equal(4 * cpu);
        const { spec } = await object(three, "PrometheusRule", "self-monitoring");
        const down = (spec as { groups: { rules: { alert: string; expr: string }[] }[] }).groups
            .flatMap(({ rules }) => rules)
            .find(({ alert }) => alert === "PrometheusDown");
        expect(down?.expr).to.match(/^6 - /);
    });
});
