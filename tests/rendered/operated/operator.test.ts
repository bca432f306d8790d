import { expect } from "chai";
import { parse } from "yaml";
import * as z from "zod";
import { configPath } from "../../../components/alerting/alertmanager-spec";
import { eventually, ensurePlatform } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { given, required, stacks } from "../../support/stacks";
import { check, refusal } from "../support/check";
import { objectsFor } from "../support/tls";
import {
    applyCrds,
    applyMonitoring,
    applyOperator,
    containersOf,
    deleteMonitoring,
    dryRun,
    operate,
    operatorRuns,
    ruleFiles,
    secretFiles,
} from "../support/operated";

/** Scrape jobs by ServiceMonitor or PodMonitor. */
type Jobs = Record<string, number>;

const always: Jobs = { grafana: 1, kubelet: 2, prometheus: 2, "prometheus-operator": 1 };
const webhook: Jobs = { "prometheus-operator-admission-webhook": 1 };
const alertmanager: Jobs = { alertmanager: 2 };
const exporters: Jobs = { "kube-state-metrics": 2, "node-exporter": 1 };
const controlPlane: Jobs = { apiserver: 1, coredns: 1 };
const oneLoki: Jobs = { loki: 1, alloy: 1 };
const lokiRoles: Jobs = { "loki-write": 1, "loki-read": 1, "loki-backend": 1, "loki-gateway": 1, alloy: 1 };
const query: Jobs = { "thanos-sidecar": 1, "thanos-store": 1, "thanos-query": 1 };
const thanos: Jobs = { ...query, "thanos-compact": 1 };
const engines: Jobs = {
    ...{ "target-api": 1, "target-shield": 1, "target-relay": 1 },
    ...{ "target-aria": 1, "target-manuscript": 1, "target-printery": 1 },
};
const frontend: Jobs = { "thanos-query-frontend": 1 };
const kup6s = { ...always, ...alertmanager, ...exporters, ...lokiRoles, ...thanos };

/** Exactly what each stack scrapes. */
const expected: Record<string, Jobs> = {
    dev: { ...always, ...webhook, ...controlPlane, ...alertmanager, ...exporters, ...oneLoki },
    prod: {
        ...always,
        ...webhook,
        ...controlPlane,
        ...alertmanager,
        ...exporters,
        ...lokiRoles,
        ...thanos,
        ...frontend,
    },
    local: kup6s,
    "profile standard": {
        ...always,
        ...webhook,
        ...controlPlane,
        ...alertmanager,
        ...exporters,
        ...oneLoki,
        ...thanos,
        ...frontend,
    },
    "profile perch": { ...always, ...alertmanager, ...oneLoki, ...query, ...engines },
    "profile kup6s": kup6s,
    "profile severed": {
        ...always,
        "prometheus-adapter": 1,
        "kube-state-metrics": 2,
        ...oneLoki,
        "target-severed-blog": 1,
    },
    "profile urlshortener": {
        ...always,
        ...alertmanager,
        "node-exporter": 1,
        ...oneLoki,
        "target-url-shortener": 1,
    },
    "profile acd": { ...always, ...alertmanager, telegraf: 1, "victoria-metrics": 1, "target-acd-manager": 1 },
};

/** Rules of the stack's own, by the PrometheusRule that has them. */
function rulesOf(objects: readonly KubeObject[]): Map<string, number> {
    const own = objects.filter(({ kind }) => kind === "PrometheusRule");
    return new Map(
        own.map(({ metadata, spec }) => [
            metadata.name,
            (spec as { groups: { rules: object[] }[] }).groups.flatMap(({ rules }) => rules).length,
        ]),
    );
}

const configSchema = z.looseObject({ scrape_configs: z.array(z.looseObject({ job_name: z.string() })) });

interface Stack {
    namespace: string;
    objects: KubeObject[];
}

function jobsOf(text: string): Jobs {
    const jobs: Jobs = {};
    for (const { job_name } of configSchema.parse(parse(text) as unknown).scrape_configs) {
        const [kind, , monitor] = job_name.split("/");
        const name = /^(service|pod)Monitor$/.test(kind ?? "") && monitor !== undefined ? monitor : job_name;
        jobs[name] = (jobs[name] ?? 0) + 1;
    }
    return jobs;
}

/** The configuration as Prometheus reads it, once all monitors are in it, with the files that it names. */
async function prometheusFiles(namespace: string, jobs: Jobs, rules: number): Promise<Record<string, string>> {
    const text = await eventually(async () => {
        const { "prometheus.yaml": config = "" } = await secretFiles(namespace, "prometheus-perch");
        expect(jobsOf(config)).to.deep.equal(jobs);
        return config;
    }, 60);
    const ownRules = await eventually(async () => {
        const found = Object.entries(await ruleFiles(namespace)).flatMap(([folder, files]) =>
            Object.entries(files).map(
                ([name, content]) => [`etc/prometheus/rules/${folder}/${name}`, content] as const,
            ),
        );
        expect(found).to.have.length(rules);
        return found;
    }, 60);
    return {
        "prometheus.yaml": text.replaceAll(/(?<=[\s"'])\/(etc|var)\//g, "$1/"),
        "var/run/secrets/kubernetes.io/serviceaccount/token": "token",
        ...Object.fromEntries(ownRules),
    };
}

const checkPrometheus = (files: Record<string, string>) =>
    check("promtool", ["check", "config", "prometheus.yaml"], files);
/** With the templates beside the configuration, where the pods have them too. */
const checkAlertmanager = (files: Record<string, string>) =>
    check("amtool", ["check-config", "alertmanager.yaml"], {
        ...files,
        "alertmanager.yaml": (files["alertmanager.yaml"] ?? "").replaceAll(`${configPath}/`, ""),
    });

describe("What the operator makes of each stack", function () {
    this.timeout(600_000);

    const deployed = new Map<string, Stack>();
    /** What the API server says of all objects of a stack. */
    const verdicts = new Map<string, string>();
    let sound: Record<string, string> | undefined;

    before(async function () {
        this.timeout(3_600_000);
        await ensurePlatform();
        await applyCrds();
        // Each in a namespace of its own: all operators start at the same time, and nothing waits for a namespace to go.
        for (const [index, [stack, settings]] of Object.entries(stacks).entries()) {
            const namespace = `rendered-${index}`;
            deployed.set(stack, { namespace, objects: await objectsFor(settings(namespace)) });
        }
        await Promise.all(
            [...deployed.entries()].map(async ([stack, { objects }]) => {
                await applyOperator(objects);
                verdicts.set(stack, await refusal(dryRun(objects)));
            }),
        );
    });

    it("is spoken of below for every stack", () => {
        expect(Object.keys(expected)).to.have.members(Object.keys(stacks));
    });

    for (const [stack, jobs] of Object.entries(expected)) {
        describe(stack, () => {
            let namespace: string;
            let objects: KubeObject[];

            before(async () => {
                ({ namespace, objects } = deployed.get(stack)!);
                await operatorRuns(namespace);
                await applyMonitoring(objects);
            });
            after(() => deleteMonitoring(objects));

            it("is, object by object, what the API server knows, without a warning", () => {
                expect(verdicts.get(stack)).to.equal("accepted");
            });

            it("scrapes exactly its own parts and its applications, by a configuration that promtool accepts", async () => {
                const rules = rulesOf(objects);
                const files = await prometheusFiles(namespace, jobs, rules.size);
                const said = await checkPrometheus(files);
                expect(said).to.include("is valid prometheus config file syntax");
                const found = [...said.matchAll(/(\d+) rules found/g)].map(([, count]) => Number(count));
                expect(found).to.have.members([...rules.values()]);
                sound ??= files;
            });

            if (stack === "profile urlshortener") {
                it("U-21, U-22: looks for pods in the application's namespace alone, and takes port 5000 of each", async () => {
                    const job = await eventually(async () => {
                        const { "prometheus.yaml": text = "" } = await secretFiles(namespace, "prometheus-perch");
                        const { scrape_configs: jobs } = configSchema.parse(parse(text) as unknown);
                        const found = jobs.find(({ job_name }) => job_name.includes("target-url-shortener"));
                        expect(found).to.not.equal(undefined);
                        return found;
                    }, 60);
                    expect(job?.kubernetes_sd_configs).to.deep.equal([
                        { role: "pod", namespaces: { names: ["url-shortener"] } },
                    ]);
                    const rules = job?.relabel_configs as { action: string; source_labels: string[]; regex: unknown }[];
                    // Beside those by which the operator spreads targets over shards.
                    const kept = rules.filter(
                        ({ action, source_labels }) =>
                            action === "keep" && source_labels[0]?.startsWith("__tmp_") !== true,
                    );
                    expect(kept).to.deep.equal([
                        {
                            source_labels: ["__meta_kubernetes_pod_container_port_number"],
                            regex: 5000,
                            action: "keep",
                        },
                    ]);
                });
            }

            it("K-151: asks Prometheus at /-/healthy whether it lives, and leaves no container without probes", async () => {
                const containers = await eventually(() => containersOf(namespace, "prometheus-perch"), 60);
                const prometheus = containers.find(({ name }) => name === "prometheus");
                expect(prometheus?.livenessProbe?.httpGet?.path).to.equal("/-/healthy");
                const unprobed = containers.filter(
                    ({ livenessProbe, readinessProbe }) => livenessProbe === undefined || readinessProbe === undefined,
                );
                expect(unprobed.map(({ name }) => name)).to.deep.equal([]);
            });

            it("notifies by a configuration that amtool accepts", async function () {
                if (!objects.some(({ kind }) => kind === "Alertmanager")) {
                    expect(stack).to.equal("profile severed");
                    this.skip();
                }
                const files = await eventually(() => secretFiles(namespace, "alertmanager-perch-generated"));
                expect(await checkAlertmanager(files))
                    .to.include("SUCCESS")
                    .and.include("1 templates");
                const containers = await eventually(() => containersOf(namespace, "alertmanager-perch"));
                const mounts = containers.find(({ name }) => name === "alertmanager")?.volumeMounts ?? [];
                expect(mounts.map(({ mountPath }) => mountPath)).to.include(configPath);
            });
        });
    }

    describe("the blocks of Prometheus", () => {
        const ofBlocks = /^--(storage\.tsdb\.(min|max)-block|storage\.tsdb\.delay-compact|shipper\.)/;

        /** Flags of Prometheus and its sidecar that decide on blocks and their compaction. */
        async function flags(namespace: string): Promise<string[]> {
            const containers = await eventually(() => containersOf(namespace, "prometheus-perch"), 60);
            return containers.flatMap(({ args = [] }) => args.filter((arg) => ofBlocks.test(arg))).sort();
        }

        /** What a stack with long-term metrics runs with, whatever the length of its blocks. */
        const delayed = [
            "--shipper.ignore-unequal-block-size",
            "--shipper.meta-file-name=thanos.shipper.json",
            "--storage.tsdb.delay-compact-file.path=/prometheus/thanos.shipper.json",
        ];

        for (const [blockLength, own] of [
            ["2h", []],
            ["2m", ["--storage.tsdb.min-block-duration=2m"]],
        ] as const) {
            it(`V-01: are ${blockLength} long, and compacted where they are only after their upload`, async () => {
                const namespace = `rendered-${blockLength}-blocks`;
                const settings = settingsOf(
                    answered({
                        ...required,
                        platform: { namespace },
                        metrics: { ...given.metrics, blockLength },
                    }),
                );
                const objects = await objectsFor(settings);
                await operate(namespace, objects);
                expect(await flags(namespace)).to.deep.equal([...delayed, ...own]);
                await deleteMonitoring(objects);
            });
        }
    });

    describe("a broken one", () => {
        it("would not be accepted with an unknown key, a bad value or a bad rule", async () => {
            const { "prometheus.yaml": text = "", ...others } = sound ?? {};
            const withText = (changed: string) => refusal(checkPrometheus({ ...others, "prometheus.yaml": changed }));
            expect(await withText(text.replace("job_name:", "no_such_key: 1\n  job_name:"))).to.include("no_such_key");
            expect(await withText(text.replace(/scrape_interval: .*/, "scrape_interval: often"))).to.include("often");
            const [ruleFile = ""] = Object.keys(others).filter((name) => name.includes("/rules/"));
            const broken = { ...sound, [ruleFile]: (others[ruleFile] ?? "").replace("expr:", "expression:") };
            expect(await refusal(checkPrometheus(broken))).to.include("expression");
            expect(await refusal(checkAlertmanager({ "alertmanager.yaml": "route: {}\n" }))).to.include("FAILED");
        });

        it("would not be accepted by the API server with an unknown field", async () => {
            const { objects } = deployed.get("dev")!;
            const changed = objects
                .filter(({ kind }) => kind === "Prometheus")
                .map((object) => ({ ...object, spec: { ...(object.spec as object), noSuchField: 1 } }));
            expect(await refusal(dryRun(changed))).to.include("noSuchField");
        });
    });
});
