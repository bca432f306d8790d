import { readFileSync } from "node:fs";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { adminKubeconfig } from "../../../sandbox/platform";
import { admin, ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { given, required } from "../../support/stacks";
import { type Launch, launchesOfImage } from "../support/containers";
import { applyController, applyObjects } from "../support/operated";
import { loopbackPorts, metric, whileRunning } from "../support/running";
import { objectsFor } from "../support/tls";

const namespace = "rendered-shards";
const name = "kube-state-metrics";

/** A claim whose volume may be full. */
const claim: KubeObject = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { namespace, name: "scratch", labels: { "excluded-from-alerts": "true" } },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

interface Kubeconfig {
    users: { user: object }[];
}

/** The administrator's configuration with the ServiceAccount's own token in place of his. */
async function kubeconfig(): Promise<string> {
    const { status } = await admin()
        .makeApiClient(CoreV1Api)
        .createNamespacedServiceAccountToken({ name, namespace, body: { spec: { audiences: [] } } });
    const config = parse(readFileSync(adminKubeconfig, "utf8")) as Kubeconfig;
    return stringify({ ...config, users: config.users.map((one) => ({ ...one, user: { token: status?.token } })) });
}

/** What one pod says: its metrics of the cluster, and those of its own. */
interface Told {
    objects: string;
    itself: string;
}

/** Runs the program of one pod, as that pod: with its arguments, its name and its rights; and asks it during the work. */
async function asPod<T>(
    launch: Launch,
    pod: string,
    config: string,
    work: (ask: () => Promise<Told>) => Promise<T>,
): Promise<T> {
    const ports = await loopbackPorts(launch);
    const at = (port: number) => String(ports.get(port) ?? 0);
    const args = launch.args.map((arg) =>
        arg
            .replace(/^--pod=.*/, `--pod=${pod}`)
            .replace(/^--pod-namespace=.*/, `--pod-namespace=${namespace}`)
            .replace(/^(--(?:telemetry-)?port=)(\d+)$/, (_, flag: string, port) => flag + at(Number(port))),
    );
    const moved: Launch = {
        ...launch,
        args: [...args, "--host=127.0.0.1", "--telemetry-host=127.0.0.1", "--kubeconfig=/etc/kubeconfig/config"],
        mounts: { ...launch.mounts, "/etc/kubeconfig": { config } },
    };
    const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${at(port)}/metrics`)).text();
    return whileRunning("kube-state-metrics", moved, {}, ports, () =>
        work(async () => ({ objects: await metrics(8080), itself: await metrics(8081) })),
    );
}

/** What both shards say once they have read what there is. */
function whenRead(...shards: (() => Promise<Told>)[]): Promise<Told[]> {
    return eventually(async () => {
        const told = await Promise.all(shards.map((ask) => ask()));
        for (const { objects } of told) {
            expect(objects).to.match(/^kube_namespace_created\{/m);
            expect(objects).to.match(/^kube_clusterrole|^kube_lease_owner|^kube_pod_info\{/m);
        }
        // Their uids say which shard has which pod: one may have none.
        expect(told.map((each) => each.objects).join("\n")).to.match(/^kube_persistentvolumeclaim_labels\{/m);
        expect(told.flatMap(podsIn)).to.have.members([`${name}-0`, `${name}-1`]);
        return told;
    });
}

const podsIn = ({ objects }: Told) =>
    [...objects.matchAll(/^kube_pod_info\{namespace="([^"]+)",pod="([^"]+)"/gm)]
        .filter(([, own]) => own === namespace)
        .map(([, , pod]) => pod);

const namespacesIn = ({ objects }: Told) =>
    [...objects.matchAll(/^kube_namespace_created\{namespace="([^"]+)"\}/gm)].map(([, each]) => each ?? "");

describe("kube-state-metrics in two shards, against a real API server", function () {
    this.timeout(300_000);

    let objects: KubeObject[] = [];
    let told: Told[] = [];

    before(async () => {
        await ensurePlatform();
        const kubeStateMetrics = { shards: 2, labels: { pods: ["app.kubernetes.io/name"] } };
        const metrics = { ...given.metrics, kubeStateMetrics };
        const settings = settingsOf(answered({ ...required, platform: { namespace }, metrics }));
        objects = await objectsFor(settings);
        await applyController(objects, name);
        await applyObjects([claim]);
        const core = admin().makeApiClient(CoreV1Api);
        await eventually(async () => {
            const { items } = await core.listNamespacedPod({
                namespace,
                labelSelector: `app.kubernetes.io/name=${name}`,
            });
            expect(items.map(({ metadata }) => metadata?.name)).to.have.members([`${name}-0`, `${name}-1`]);
        }, 120);
        const [launch] = launchesOfImage(objects, name);
        const config = await kubeconfig();
        told = await asPod(launch!, `${name}-0`, config, (first) =>
            asPod(launch!, `${name}-1`, config, (second) => whenRead(first, second)),
        );
    });

    it("has pods that know their number and how many they are, by the rights that they get", () => {
        for (const [ordinal, { itself }] of told.entries()) {
            expect(metric(itself, "kube_state_metrics_total_shards")).to.equal(2);
            expect(metric(itself, `kube_state_metrics_shard_ordinal{shard_ordinal="${ordinal}"}`)).to.equal(ordinal);
        }
    });

    it("tells of each object once", async () => {
        const { items } = await admin().makeApiClient(CoreV1Api).listNamespace();
        const found = told.flatMap(namespacesIn);
        expect(found).to.have.members(items.map(({ metadata }) => metadata?.name));
        expect(found).to.have.length(items.length);
    });

    it("may read all that it watches", () => {
        for (const { itself } of told) {
            // A list comes by a watch, where the API server can do that.
            expect(itself).to.match(/^kube_state_metrics_(list|watch)_total\{.*result="success".*\} [1-9]/m);
            expect(itself).to.not.match(/^kube_state_metrics_(list|watch)_total\{.*result="error".*\} [1-9]/m);
        }
    });

    it("tells which volumes may be full, as the rules read it", () => {
        const all = told.map((each) => each.objects).join("\n");
        const labels = `namespace="${namespace}",persistentvolumeclaim="scratch",label_excluded_from_alerts="true"`;
        expect(all).to.include(`\nkube_persistentvolumeclaim_labels{${labels}} 1`);
        const rules = JSON.stringify(objects.filter(({ kind }) => kind === "PrometheusRule"));
        expect(rules).to.include("kube_persistentvolumeclaim_labels{").and.include("label_excluded_from_alerts=");
    });

    it("tells the labels that the settings name", () => {
        const all = told.map((each) => each.objects).join("\n");
        expect(all).to.match(
            new RegExp(
                `^kube_pod_labels\\{namespace="${namespace}",pod="${name}-[01]",.*label_app_kubernetes_io_name="${name}"`,
                "m",
            ),
        );
    });
});
