import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../sandbox/support/platform";
import { saysReady } from "../support/ready";
import { client, core, local } from "./support/deployment";
import { accountThings, clusterObjects } from "./support/inventory";
import { summary, touched } from "./support/output";
import { prod, prodNamespace, removeWithData } from "./support/prod";
import type { Stack } from "./support/stack";

/** What one stack has in the cluster: in its namespaces, and with its name in none. */
async function objectsOf(stack: Stack, namespace: string): Promise<Record<string, string>> {
    const own = [...(await clusterObjects()).values()].filter((found) =>
        found.namespace === ""
            ? [namespace, `${namespace}-host`].includes(found.name) || found.name.startsWith(`perch-${stack.name}`)
            : [namespace, `${namespace}-host`].includes(found.namespace),
    );
    return Object.fromEntries(own.map(({ id, version }) => [id, version]));
}

/** Names of the pods of a namespace that aren't ready. */
async function unready(namespace: string): Promise<string[]> {
    const { items } = await core().listNamespacedPod({ namespace });
    expect(items).to.have.length.greaterThan(0);
    return items.filter((pod) => !saysReady(pod)).map((pod) => pod.metadata?.name ?? "");
}

describe("Two stacks in one cluster: kup6s, and prod beside it", () => {
    const apps = (): AppsV1Api => client(AppsV1Api);
    let first: Stack;
    let second: Stack;

    before(async () => {
        first = await local();
        await first.set("perch:platform.neighbours[0]", prodNamespace);
        await first.set("perch:longTerm.bucket.name", "metrics-thanos-kup6s");
        await first.set("perch:logs.bucket.name", "logs-loki-kup6s");
        await first.up();
        second = await prod();
    });

    after(async () => {
        await removeWithData(second);
        // Other profiles that this stack gets have no such keys.
        for (const key of ["platform.neighbours", "longTerm.bucket", "logs.bucket"]) {
            await first.remove(`perch:${key}`);
        }
    });

    it("the second comes up whole, and the first stays as it is, down to each object's version", async () => {
        const untouched = await objectsOf(first, "monitoring");
        expect(untouched).to.include.keys("ClusterRole perch-local-prometheus", "Secret monitoring/prometheus-perch");
        expect(summary(await second.up())).to.have.all.keys("created");
        expect(await unready(prodNamespace)).to.deep.equal([]);
        expect(await objectsOf(first, "monitoring")).to.deep.equal(untouched);
    });

    it("each operator minds its own Prometheus only", async () => {
        const operator = { namespace: prodNamespace, name: "prometheus-operator" };
        const prometheus = { namespace: prodNamespace, name: "prometheus-perch" };
        const scale = (replicas: number) =>
            apps().patchNamespacedDeploymentScale({
                ...operator,
                body: [{ op: "replace", path: "/spec/replicas", value: replicas }],
            });
        await scale(0);
        await eventually(async () => {
            const { items } = await core().listNamespacedPod({ namespace: prodNamespace });
            expect(
                items.map(({ metadata }) => metadata?.name).filter((name) => name?.startsWith(operator.name)),
            ).to.deep.equal([]);
        });
        const { metadata } = await apps().readNamespacedStatefulSet(prometheus);
        await apps().deleteNamespacedStatefulSet(prometheus);
        // The first stack's operator would make it anew within a second, as the second one's does below.
        await sleep(5_000);
        const { items } = await apps().listNamespacedStatefulSet({ namespace: prodNamespace });
        expect(items.map((set) => set.metadata?.name))
            .to.include("loki-write")
            .and.not.include(prometheus.name);
        await scale(1);
        await eventually(async () => {
            const made = await apps().readNamespacedStatefulSet(prometheus);
            expect(made.metadata?.uid).to.not.equal(metadata?.uid);
            expect(made.status?.availableReplicas).to.equal(2);
        }, 60);
    });

    it("a change in the first leaves the second alone", async () => {
        const untouched = await objectsOf(second, prodNamespace);
        await first.set("perch:metrics.retention", "2d");
        // A rule knows the retention, too.
        expect(touched(await first.up(), "updated")).to.deep.equal([
            "Prometheus local-prometheus",
            "PrometheusRule local-rules-prometheus",
        ]);
        expect(await objectsOf(second, prodNamespace)).to.deep.equal(untouched);
    });

    it("the first can be destroyed, and the second stays whole", async () => {
        const untouched = await objectsOf(second, prodNamespace);
        await first.destroy();
        await eventually(async () => {
            expect(await objectsOf(first, "monitoring")).to.deep.equal({});
        });
        expect((await accountThings()).filter((thing) => /local|kup6s/.test(thing))).to.deep.equal([]);
        expect(await objectsOf(second, prodNamespace)).to.deep.equal(untouched);
        expect(await unready(prodNamespace)).to.deep.equal([]);
        expect(summary(await second.ok("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
        expect(summary(await second.ok("preview"))).to.have.all.keys("unchanged");
    });
});
