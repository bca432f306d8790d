import { ApiextensionsV1Api, AppsV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import type { ProfileName } from "../../config/profiles";
import { type ConfigValues, overlay } from "../../sandbox/engine";
import { profileValues } from "../../sandbox/stack-values";
import { applyOperatorCrds } from "../sandbox/support/operator";
import { eventually } from "../sandbox/support/platform";
import { client, cluster, sandbox, stackOf } from "./support/deployment";
import { crdIds, everything, expectAdded, kubectl, stackCrds } from "./support/inventory";
import { alertmanagers, always, perNode, stateMetrics, targetsOf } from "./support/targets";
import { summary, touched } from "./support/output";
import { committedConfig, type Stack } from "./support/stack";

/** One run of a stack through its life. */
interface Case {
    readonly name: string;
    readonly config: ConfigValues;
    /** What it scrapes, beside what every stack does. */
    readonly scraped: readonly string[];
    /** A setting to change, and what that touches. */
    readonly change: { readonly key: string; readonly value: string; readonly updated: readonly string[] };
}

/** What `make up PROFILE=<profile>` deploys. */
function profile(name: ProfileName): ConfigValues {
    return { ...overlay(committedConfig("local"), profileValues(name)), "perch:profile": name };
}

const grafana = "grafana grafana:3000/metrics";
const logs = ["loki loki:3100/metrics", ...perNode.alloy];

/** All but kup6s, perch, and standard as in production, whose lives are told in files of their own. */
const cases: readonly Case[] = [
    {
        name: "dev",
        config: committedConfig("dev"),
        scraped: [
            "apiserver kubernetes/metrics",
            grafana,
            ...alertmanagers(1),
            ...stateMetrics,
            ...perNode.nodeExporter,
            ...logs,
        ],
        change: {
            key: "perch:logs.retention",
            value: "72h",
            updated: ["ConfigMap dev-loki-loki-config", "StatefulSet dev-loki"],
        },
    },
    {
        name: "severed",
        config: profile("severed"),
        scraped: ["grafana grafana-service:3000/metrics", ...stateMetrics, ...logs],
        change: {
            key: "perch:metrics.scrapeInterval",
            value: "20s",
            // Grafana's datasource knows the interval, for the steps of graphs.
            updated: [
                "ConfigMap severed-grafana-grafana-datasources",
                "Deployment severed-grafana",
                "Prometheus severed-prometheus",
            ],
        },
    },
    {
        name: "urlshortener",
        config: profile("urlshortener"),
        scraped: [grafana, ...alertmanagers(1), ...perNode.nodeExporter, ...logs],
        change: {
            key: "perch:grafana.exposure.port",
            value: "30031",
            // Grafana's own URL has the port.
            updated: [
                "ConfigMap urlshortener-grafana-grafana-config",
                "Deployment urlshortener-grafana",
                "Service urlshortener-grafana-grafana",
            ],
        },
    },
    {
        name: "acd",
        config: profile("acd"),
        scraped: [grafana, ...alertmanagers(1), ...perNode.telegraf, "victoria-metrics victoria-metrics:8428/metrics"],
        change: { key: "perch:metrics.retention", value: "16d", updated: ["Prometheus acd-prometheus"] },
    },
];

/** A Prometheus of another installation, for an operator that isn't ours. */
const theirs = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "Prometheus",
    metadata: { namespace: "foreign", name: "theirs" },
    spec: { replicas: 1 },
};

/** The CRDs as another installation has brought them, and its Prometheus: those that an earlier stack left go. */
async function installTheirs(): Promise<void> {
    await kubectl("delete", "customresourcedefinition", ...stackCrds, "--ignore-not-found");
    await applyOperatorCrds();
    // The API server takes a moment to serve a new CRD.
    await eventually(() => cluster().create(theirs));
}

describe("Every other stack", () => {
    before(async () => {
        await sandbox();
        await cluster().create({ apiVersion: "v1", kind: "Namespace", metadata: { name: theirs.metadata.namespace } });
    });

    for (const { name, config, scraped, change } of cases) {
        describe(`Stack ${name}`, () => {
            let stack: Stack;
            let atFirst: string[];

            before(async () => {
                await installTheirs();
                stack = await stackOf(name, config);
                atFirst = await everything();
            });

            it("comes up whole", async () => {
                expect(summary(await stack.up())).to.have.all.keys("created");
            });

            it("finds exactly the targets that there are, by the rights of Prometheus's own account", async () => {
                await eventually(async () => {
                    expect(await targetsOf("monitoring")).to.deep.equal([...always(1), ...scraped].sort());
                }, 60);
            });

            it("has taken over the CRDs of another installation, whose Prometheus it leaves alone", async () => {
                for (const crd of stackCrds) {
                    const { metadata, spec } = await client(ApiextensionsV1Api).readCustomResourceDefinition({
                        name: crd,
                    });
                    expect(metadata?.labels).to.include({ "app.kubernetes.io/managed-by": "pulumi" });
                    // Ours are stripped of descriptions.
                    expect(spec.versions.map(({ schema }) => schema?.openAPIV3Schema?.description)).to.deep.equal(
                        spec.versions.map(() => undefined),
                    );
                }
                const { items } = await client(AppsV1Api).listNamespacedStatefulSet(theirs.metadata);
                expect(items).to.deep.equal([]);
            });

            it("previews no change, and refreshes without drift", async () => {
                expect(summary(await stack.ok("preview"))).to.have.all.keys("unchanged");
                expect(summary(await stack.ok("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
            });

            it("touches just what a changed setting concerns", async () => {
                await stack.set(change.key, change.value);
                const stdout = await stack.up();
                expect(touched(stdout, "updated")).to.deep.equal(change.updated);
                expect(touched(stdout, "replaced")).to.deep.equal([]);
            });

            it("leaves nothing behind when it is destroyed", async () => {
                await stack.destroy();
                await expectAdded(atFirst, crdIds);
            });
        });
    }
});
