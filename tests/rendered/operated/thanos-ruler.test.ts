import * as path from "node:path";
import { expect } from "chai";
import { AppsV1Api, CoreV1Api, type V1PodSpec } from "@kubernetes/client-node";
import { admin, ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { given, required } from "../../support/stacks";
import { type BucketServer, startBucketServer } from "../support/bucket-server";
import { check, refusal } from "../support/check";
import { contentOf, type Launch } from "../support/containers";
import {
    applyCrds,
    applyMonitoring,
    applyOperator,
    deleteMonitoring,
    operatorRuns,
    ruleFiles,
    secretFiles,
} from "../support/operated";
import { comesUp, metric, withFile } from "../support/running";
import { objectsFor } from "../support/tls";

const namespace = "rendered-ruler";
const slo = {
    service: "shop",
    objective: 99.9,
    errors: 'sum(rate(http_requests_total{code=~"5.."}[{window}]))',
    total: "sum(rate(http_requests_total[{window}]))",
};

/** The Ruler's container as its node would start it, its rules beside it. */
async function launchOf(
    pod: V1PodSpec,
    objects: readonly KubeObject[],
    rules: Record<string, string>,
): Promise<Launch> {
    const container = pod.containers.find(({ name }) => name === "thanos-ruler")!;
    const env = Object.fromEntries(
        (container.env ?? []).map(({ name, value, valueFrom }) => {
            const ref = valueFrom?.secretKeyRef;
            return [
                name,
                ref?.name === undefined ? (value ?? "of-the-pod") : contentOf(objects, "Secret", ref.name)[ref.key]!,
            ];
        }),
    );
    const mounts = await Promise.all(
        (container.volumeMounts ?? []).map(async ({ name, mountPath, subPath }) => {
            const { configMap, secret } = pod.volumes?.find((volume) => volume.name === name) ?? {};
            const known = (kind: string, object: string) =>
                objects.some((one) => one.kind === kind && one.metadata.name === object);
            const files = mountPath.startsWith("/etc/thanos/rules/")
                ? rules
                : secret?.secretName !== undefined
                  ? known("Secret", secret.secretName)
                      ? contentOf(objects, "Secret", secret.secretName)
                      : await secretFiles(namespace, secret.secretName)
                  : configMap?.name !== undefined
                    ? contentOf(objects, "ConfigMap", configMap.name)
                    : {};
            const keys = secret?.items?.map(({ key }) => key) ?? Object.keys(files);
            const mounted = Object.fromEntries(Object.entries(files).filter(([key]) => keys.includes(key)));
            return [subPath === undefined ? mountPath : path.dirname(mountPath), mounted] as const;
        }),
    );
    return {
        name: container.name,
        args: [
            ...(container.args ?? []).map((arg) =>
                arg
                    .replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole)
                    // The folders of rules that are mounted, of which there is one.
                    .replace("/etc/thanos/rules/*/", "/etc/thanos/rules/thanos-ruler-perch-rulefiles-0/"),
            ),
            // Thanos's defaults, which the operator leaves out.
            ...["--http-address=0.0.0.0:10902", "--grpc-address=0.0.0.0:10901"],
        ],
        env,
        mounts: Object.fromEntries(mounts),
        ports: (container.ports ?? []).map(({ name, containerPort }) => ({ name: name ?? "", port: containerPort })),
        readiness: { path: "/-/ready", port: "web" },
    };
}

describe("Thanos Ruler, as the operator makes it and Thanos takes it", function () {
    this.timeout(600_000);

    let server: BucketServer;
    let objects: KubeObject[];
    let pod: V1PodSpec;
    let rules: Record<string, string>;
    let replicas: number | undefined;

    before(async function () {
        this.timeout(3_600_000);
        server = await startBucketServer();
        await ensurePlatform();
        await applyCrds();
        const settings = settingsOf(
            answered({
                ...required,
                platform: { namespace },
                metrics: { ...given.metrics, retention: "1d", externalLabels: { region: "west" } },
                longTerm: { kind: "thanos", ruler: {} },
                slos: { orders: slo },
            }),
        );
        objects = await objectsFor(settings);
        await applyOperator(objects);
        await operatorRuns(namespace);
        await applyMonitoring(objects);
        const spec = await eventually(async () => {
            const apps = admin().makeApiClient(AppsV1Api);
            return (await apps.readNamespacedStatefulSet({ namespace, name: "thanos-ruler-perch" })).spec!;
        }, 60);
        replicas = spec.replicas;
        pod = spec.template.spec!;
        const { items } = await admin()
            .makeApiClient(CoreV1Api)
            .listNamespacedConfigMap({ namespace, labelSelector: "thanos-ruler-name=perch" });
        rules = Object.assign({}, ...items.map(({ data }) => data)) as Record<string, string>;
    });
    after(async () => {
        await deleteMonitoring(objects);
        await server.close();
    });

    const ruler = () => pod.containers.find(({ name }) => name === "thanos-ruler")!;

    it("has two replicas, told apart by a label that alerts don't carry, and probes for every container", () => {
        expect(replicas).to.equal(2);
        expect(ruler().args).to.include.members([
            '--label=cluster="test"',
            '--label=region="west"',
            '--label=thanos_ruler_replica="$(POD_NAME)"',
            "--alert.label-drop=thanos_ruler_replica",
            "--rule-query-offset=30s",
        ]);
        const unprobed = pod.containers.filter(
            ({ livenessProbe, readinessProbe }) => !livenessProbe || !readinessProbe,
        );
        expect(unprobed.map(({ name }) => name)).to.deep.equal([]);
        expect(ruler().livenessProbe?.httpGet).to.deep.include({ path: "/-/healthy", port: "web" });
    });

    it("evaluates what reads further back than Prometheus keeps, which Prometheus doesn't", async () => {
        const ofRuler = Object.values(rules).join("\n");
        const ofPrometheus = await eventually(async () => {
            const text = Object.values(await ruleFiles(namespace))
                .flatMap((files) => Object.values(files))
                .join("\n");
            expect(text).to.include("slo:sli_error:ratio_rate1d");
            return text;
        }, 60);
        for (const window of ["3d", "30d"]) {
            expect(ofRuler).to.include(`record: slo:sli_error:ratio_rate${window}\n`);
            expect(ofPrometheus).to.not.include(`record: slo:sli_error:ratio_rate${window}\n`);
        }
        expect(ofRuler).to.not.include("record: slo:sli_error:ratio_rate1d\n");
        const said = await check("promtool", ["check", "rules", ...Object.keys(rules)], rules);
        // Of SLOs, and of the API servers' burn rate.
        const found = [...said.matchAll(/(\d+) rules found/g)].map(([, count]) => count);
        expect(found).to.have.members(["5", "2"]);
    });

    it("comes up with its flags, files and rules, and asks for its bucket", async () => {
        const metrics = await comesUp("thanos", await launchOf(pod, objects, rules), server.env, new Map(), (text) =>
            /^thanos_rule_loaded_rules\{.*\} [1-9]/m.test(text),
        );
        expect(metrics).to.match(/^thanos_rule_loaded_rules\{.*\} [1-9]/m);
        expect(metric(metrics, "thanos_rule_config_last_reload_successful")).to.equal(1);
        for (const name of [
            "thanos_alert_queue_alerts_dropped_total",
            "prometheus_rule_evaluations_total",
            "prometheus_rule_group_interval_seconds",
            "thanos_rule_evaluation_with_warnings_total",
            "thanos_rule_query_apis_dns_lookups_total",
            "thanos_rule_alertmanagers_dns_lookups_total",
        ]) {
            expect(metrics, name).to.match(new RegExp(`^# TYPE ${name} `, "m"));
        }
        const addresses = [...metrics.matchAll(/^thanos_rule_\w+_dns_provider_results\{addr="(.*?)"\}/gm)].map(
            ([, a]) => a,
        );
        expect(addresses).to.have.members([
            `dnssrv+_web._tcp.alertmanager-operated.${namespace}.svc`,
            `dns+thanos-query.${namespace}.svc:10902`,
        ]);
    });

    it("would not come up with an API of Alertmanager that there isn't", async () => {
        const launch = withFile(await launchOf(pod, objects, rules), "alertmanagers.yaml", (text) =>
            text.replace("api_version: v2", "api_version: v9"),
        );
        expect(await refusal(comesUp("thanos", launch, server.env))).to.include("v9");
    });
});
