import { AppsV1Api, DiscoveryV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { overlay } from "../../sandbox/engine/stack-config";
import { eventually } from "../sandbox/support/platform";
import { client, core, stackOf } from "./support/deployment";
import { survivors } from "./support/inventory";
import { summary, touched } from "./support/output";
import { removeWithData } from "./support/prod";
import { committedConfig, type Stack } from "./support/stack";
import { targetsOf, times } from "./support/targets";

const namespace = "monitoring";
const labelSelector = "app.kubernetes.io/name=prometheus,operator.prometheus.io/name=perch";
const claim = (pod: string) => `prometheus-perch-db-${pod}`;
const first = ["prometheus-perch-0", "prometheus-perch-1"];
const second = ["prometheus-perch-shard-1-0", "prometheus-perch-shard-1-1"];

/** What each shard scrapes all of: it watches what the Ruler depends on. */
const everyShards = /^thanos-(query|ruler?) /;

describe("Shards of Prometheus on a running stack (stack prod, with a Ruler)", () => {
    let stack: Stack;
    let kept: Record<string, string>;
    let targets: string[];
    let secondsClaims: Record<string, string>;

    /** Claims of Prometheus's pods, with their UIDs. */
    async function claims(): Promise<Record<string, string>> {
        const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace });
        return Object.fromEntries(
            items
                .map(({ metadata }) => [metadata?.name ?? "", metadata?.uid ?? ""] as const)
                .filter(([name]) => name.startsWith(claim("prometheus-perch"))),
        );
    }

    /** Prometheus's StatefulSets with their ready pods. */
    async function ready(): Promise<Record<string, number>> {
        const { items } = await client(AppsV1Api).listNamespacedStatefulSet({ namespace });
        return Object.fromEntries(
            items
                .filter(({ metadata }) => metadata?.name?.startsWith("prometheus-perch"))
                .map(({ metadata, status }) => [metadata?.name ?? "", status?.readyReplicas ?? 0]),
        );
    }

    /** Addresses of Prometheus's pods, of those whose names are given. */
    async function addresses(names: readonly string[]): Promise<string[]> {
        const { items } = await core().listNamespacedPod({ namespace, labelSelector });
        expect(items.map(({ metadata }) => metadata?.name).sort()).to.deep.equal([...names].sort());
        return items.map(({ status }) => status?.podIP ?? "").sort();
    }

    /** Whom Thanos Query asks by the SRV records of a Service in its file of endpoints. */
    async function asked(service: string): Promise<string[]> {
        const { items } = await core().listNamespacedConfigMap({ namespace });
        const file = items.find(({ metadata }) => metadata?.name === "thanos-query-endpoints");
        expect(file?.data?.["endpoints.yaml"]).to.include(`dnssrv+_grpc._tcp.${service}.${namespace}.svc`);
        const slices = await client(DiscoveryV1Api).listNamespacedEndpointSlice({
            namespace,
            labelSelector: `kubernetes.io/service-name=${service}`,
        });
        return slices.items
            .flatMap(({ endpoints }) => endpoints ?? [])
            .filter(({ conditions }) => conditions?.ready === true)
            .flatMap((endpoint) => endpoint.addresses)
            .sort();
    }

    /** Sets the number of shards, and tells what that did. */
    async function resize(shards: number): Promise<string> {
        await stack.set("perch:metrics.shards", String(shards));
        return stack.up();
    }

    const unchanged = async () => {
        expect(summary(await stack.ok("preview", "--diff", "--show-sames"))).to.have.all.keys("unchanged");
    };

    before(async () => {
        stack = await stackOf("shards", overlay(committedConfig("prod"), { "perch:longTerm": { ruler: {} } }));
        await stack.up();
        kept = await survivors();
        expect(await ready()).to.deep.equal({ "prometheus-perch": 2 });
        await eventually(async () => {
            targets = await targetsOf(namespace);
            expect(targets).to.include("thanos-sidecar thanos-sidecar:10902/metrics");
        }, 60);
    });

    after(async () => {
        await removeWithData(stack);
    });

    it("K-142: a second one comes up whole, and nothing of the first that holds data is replaced or deleted", async () => {
        const stdout = await resize(2);
        expect(touched(stdout, "replaced")).to.deep.equal([]);
        // The Ruler, which has had its long windows alone, now has the API servers' rules as a whole.
        expect(touched(stdout, "deleted")).to.deep.equal(["PrometheusRule shards-rules-control-plane-ruler"]);
        expect(await survivors()).to.include(kept);
        expect(await ready()).to.deep.equal({ "prometheus-perch": 2, "prometheus-perch-shard-1": 2 });
        const now = await claims();
        expect(Object.keys(now).sort()).to.deep.equal([...first, ...second].map(claim).sort());
        secondsClaims = Object.fromEntries(second.map((pod) => [claim(pod), now[claim(pod)] ?? ""]));
    });

    it("K-142: both divide the targets: each is one shard's, but for what all watch", async () => {
        const own = ["prometheus prometheus:9090/metrics", "config-reloader prometheus:8080/metrics"];
        const added = times(2, ...own, "thanos-sidecar thanos-sidecar:10902/metrics");
        const watched = targets.filter((target) => everyShards.test(target));
        expect(watched).to.have.length.greaterThan(0);
        await eventually(async () => {
            const shards = await Promise.all([targetsOf(namespace, 0), targetsOf(namespace, 1)]);
            expect(shards.flat().sort()).to.deep.equal([...targets, ...added, ...watched].sort());
            for (const some of shards) {
                expect(some.length).to.be.greaterThan(watched.length);
            }
        }, 60);
    });

    it("are all asked by Thanos Query", async () => {
        const all = await addresses([...first, ...second]);
        await eventually(async () => {
            expect(await asked("thanos-sidecar")).to.deep.equal(all);
        });
    });

    it("leave nothing to change", unchanged);

    it("one again is the first, with its targets; the second's claims stay with protected data", async () => {
        const stdout = await resize(1);
        expect(touched(stdout, "replaced")).to.deep.equal([]);
        // The Ruler's rules on itself are each shard's own; Prometheus evaluates all rules again.
        expect(touched(stdout, "deleted")).to.deep.equal([
            "PodDisruptionBudget shards-prometheus-shard-1",
            "PrometheusRule shards-rules-thanos-ruler",
        ]);
        expect(await survivors()).to.include({ ...kept, ...prefixed(secondsClaims) });
        await eventually(async () => {
            expect(await ready()).to.deep.equal({ "prometheus-perch": 2 });
            expect(await asked("thanos-sidecar")).to.deep.equal(await addresses(first));
            expect(await targetsOf(namespace)).to.deep.equal(targets);
        }, 60);
        await unchanged();
    });

    it("a second one that comes back takes its claims again", async () => {
        await resize(2);
        expect(await ready()).to.deep.equal({ "prometheus-perch": 2, "prometheus-perch-shard-1": 2 });
        expect(await claims()).to.include(secondsClaims);
    });

    it("one that goes where data aren't protected takes its claims with it, and only them", async () => {
        await stack.set("perch:platform.protectData", "false");
        await stack.up();
        await resize(1);
        await eventually(async () => {
            expect(Object.keys(await claims()).sort()).to.deep.equal(first.map(claim));
        }, 60);
        expect(await survivors()).to.include(kept);
    });
});

/** As {@link survivors} names claims. */
function prefixed(uids: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
        Object.entries(uids).map(([name, uid]) => [`PersistentVolumeClaim ${namespace}/${name}`, uid]),
    );
}
