import * as fs from "node:fs";
import { ApiException, SchedulingV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { profiles } from "../../config/profiles";
import { engineFiles } from "../../sandbox/engine/home";
import { inRunDir, runDir } from "../../sandbox/paths";
import { eventually } from "../sandbox/support/platform";
import { outputKeys } from "../support/outputs";
import { saysReady } from "../support/ready";
import { client, cluster, core, local } from "./support/deployment";
import { crdIds, everything, expectAdded, kubectl } from "./support/inventory";
import { diagnosticsOf, summary, touched } from "./support/output";
import { ProcessWatch } from "./support/process-watch";
import { leaking, secretsOf } from "./support/secrets";
import type { Stack } from "./support/stack";
import { alertmanagers, always, perNode, stateMetrics, targetsOf, times } from "./support/targets";

const grafana = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "grafana", namespace: "monitoring" } };

/** Every file below a folder, with its text. */
function* filesBelow(folder: string): Generator<[string, string]> {
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) {
            const file = `${entry.parentPath}/${entry.name}`;
            yield [file, fs.readFileSync(file, "utf8")];
        }
    }
}

describe("The life of a stack (profile kup6s)", () => {
    let stack: Stack;
    let processes: ProcessWatch;
    let atFirst: string[];
    const outputs: [string, string][] = [];

    before(async () => {
        processes = new ProcessWatch();
        stack = await local();
        atFirst = await everything();
    });

    it("P-05: comes up whole, on an empty cluster, by one command", async () => {
        const stdout = await stack.up();
        outputs.push(["pulumi up", stdout]);
        expect(summary(stdout)).to.have.all.keys("created");
    });

    it("P-06: is up only when every pod is ready", async () => {
        const { items } = await core().listPodForAllNamespaces();
        const unready = items.filter((pod) => !saysReady(pod));
        expect(unready.map((pod) => pod.metadata?.name)).to.deep.equal([]);
        const names = items.map((pod) => pod.metadata?.name);
        expect(names).to.include.members([
            "prometheus-perch-0",
            "prometheus-perch-1",
            "alertmanager-perch-0",
            "alertmanager-perch-1",
        ]);
    });

    it("K-33, K-34, K-159: finds exactly the targets that there are, by the rights of Prometheus's own account", async () => {
        const twice = (...lines: string[]) => times(2, ...lines);
        await eventually(async () => {
            expect(await targetsOf("monitoring")).to.deep.equal(
                [
                    ...always(2, "kube-prometheus-stack-prometheus"),
                    ...alertmanagers(2),
                    ...stateMetrics,
                    ...perNode.nodeExporter,
                    ...perNode.alloy,
                    "grafana grafana:3000/metrics",
                    ...twice("thanos-sidecar thanos-sidecar:10902/metrics"),
                    ...twice("thanos-query thanos-query:10902/metrics", "thanos-store thanos-store:10902/metrics"),
                    "thanos-compact thanos-compact:10902/metrics",
                    ...twice("loki loki-write:3100/metrics", "loki loki-read:3100/metrics"),
                    ...twice("loki loki-backend:3100/metrics", "loki-gateway loki-gateway:9113/metrics"),
                ].sort(),
            );
        }, 60);
    });

    it("changes nothing when nothing has changed", async () => {
        expect(summary(await stack.up())).to.have.all.keys("unchanged");
    });

    it("previews no change right after", async () => {
        const stdout = await stack.ok("preview", "--diff", "--show-sames");
        outputs.push(["pulumi preview", stdout]);
        expect(summary(stdout)).to.have.all.keys("unchanged");
    });

    it("D-13: says in the preview which parts of the profile's document aren't there", async () => {
        const preview = await stack.ok("preview");
        const said = diagnosticsOf(preview, "Stack", "perch-local");
        for (const part of profiles.kup6s.absent) {
            expect(said, preview).to.contain(`    Missing from profile kup6s: ${part}\n`);
        }
    });

    it("refreshes without drift: what the operator and controllers write isn't ours", async () => {
        expect(summary(await stack.ok("refresh", "--yes"))).to.have.all.keys("unchanged");
    });

    it("D-08: gives the outputs that a user needs, the password as a secret", async () => {
        const given = await stack.outputs();
        expect(given).to.have.all.keys(...outputKeys);
        expect(given).to.deep.include({
            grafanaUrl: "https://grafana.localhost",
            grafanaAdminUser: "admin",
            grafanaAdminPassword: "[secret]",
            namespace: "monitoring",
            buckets: { metrics: "metrics-thanos-kup6s", logs: "logs-loki-kup6s" },
        });
        const password = (await stack.ok("stack", "output", "grafanaAdminPassword", "--show-secrets")).trim();
        const { data } = await core().readNamespacedSecret({ name: "grafana-admin", namespace: "monitoring" });
        expect(Buffer.from(data?.password ?? "", "base64").toString()).to.equal(password);
    });

    describe("V-13: keeps every secret to itself", () => {
        let secrets: string[];

        before(async () => {
            secrets = await secretsOf(stack);
            // What was generated, what the stack file gave, and what the S3 API made.
            for (const [name, key] of [
                ["grafana-admin", "password"],
                ["smtp-password", "password"],
                ["objstore-loki", "secret-key"],
            ] as const) {
                const { data } = await core().readNamespacedSecret({ name, namespace: "monitoring" });
                expect(secrets, name).to.include(Buffer.from(data?.[key] ?? "", "base64").toString());
            }
        });

        it("in its state, its stack file and the logs of all processes", () => {
            expect(fs.statSync(runDir).mode & 0o077).to.equal(0);
            expect(leaking(secrets, filesBelow(engineFiles.state))).to.deep.equal([]);
            expect(leaking(secrets, filesBelow(inRunDir("logs")))).to.deep.equal([]);
            const stackFile = fs.readFileSync(engineFiles.stackConfig, "utf8");
            expect(leaking(secrets, [["stack file", stackFile]])).to.deep.equal([]);
        });

        it("in what pulumi prints", async () => {
            outputs.push(["pulumi stack output", await stack.ok("stack", "output", "--json")]);
            outputs.push(["pulumi stack", await stack.ok("stack", "--show-ids", "--show-urns")]);
            outputs.push(["pulumi preview --json", await stack.ok("preview", "--json", "--show-sames")]);
            expect(leaking(secrets, outputs)).to.deep.equal([]);
        });

        it("in the command lines of all processes since the platform's start", () => {
            const lines = processes.stop();
            expect(lines.filter((line) => line.includes(runDir))).to.have.length.greaterThan(5);
            expect(
                leaking(
                    secrets,
                    lines.map((line) => [line, line]),
                ),
            ).to.deep.equal([]);
        });

        it("in every object of the cluster but Secrets", async () => {
            const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name")).trim().split("\n");
            for (const kind of kinds.filter((name) => name !== "secrets")) {
                const text = await kubectl("get", kind, "--all-namespaces", "--output=json");
                expect(leaking(secrets, [[kind, text]])).to.deep.equal([]);
            }
        });
    });

    it("sees a change that somebody made by `kubectl edit`, and takes it back", async () => {
        await cluster().patch({ ...grafana, spec: { replicas: 0 } } as never, undefined, undefined, "kubectl-edit");
        const seen = await stack.ok("refresh", "--yes");
        expect(summary(seen)).to.include({ updated: 1 });
        const repaired = await stack.up();
        expect(touched(repaired, "updated")).to.deep.equal(["Deployment local-grafana"]);
        const { spec } = (await cluster().read(grafana)) as unknown as { spec: { replicas: number } };
        expect(spec.replicas).to.equal(1);
    });

    it("D-10: touches just what a changed setting concerns, and rolls its pods", async () => {
        await stack.set("perch:logs.retention", "760h");
        const stdout = await stack.up();
        expect(touched(stdout, "updated")).to.deep.equal([
            "ConfigMap local-loki-backend-loki-backend-config",
            "ConfigMap local-loki-read-loki-read-config",
            "ConfigMap local-loki-write-loki-write-config",
            "Deployment local-loki-read",
            "StatefulSet local-loki-backend",
            "StatefulSet local-loki-write",
        ]);
        expect(touched(stdout, "replaced")).to.deep.equal([]);
    });

    it("replaces a PriorityClass of another value, which Kubernetes doesn't change, and nothing else", async () => {
        await stack.set("perch:platform.priorityClass.value", "2000");
        const stdout = await stack.up();
        expect(touched(stdout, "replaced")).to.deep.equal(["PriorityClass local-platform"]);
        const { value } = await client(SchedulingV1Api).readPriorityClass({ name: "perch-local" });
        expect(value).to.equal(2000);
    });

    it("keeps every object in the cluster when that gets another name: a label, and part of names at the storage", async () => {
        await stack.set("perch:cluster.name", "renamed");
        const stdout = await stack.ok("preview");
        expect(stdout).to.not.match(/^\s*\S+\s+kubernetes:\S+\s+\S+\s+(create|delete|replace)\b/m);
        expect(touched(stdout, "replace")).to.include("AccessKey local-storage-loki");
        expect(touched(stdout, "update")).to.include("Prometheus local-prometheus");
        await stack.set("perch:cluster.name", "kup6s");
    });

    it("makes volumes larger by `npm run operate -- grow-volumes`, and no pod restarts", async () => {
        const pods = async () => {
            const { items } = await core().listNamespacedPod({ namespace: "monitoring" });
            return items.map(({ metadata }) => `${metadata?.name ?? ""} ${metadata?.uid ?? ""}`).sort();
        };
        const earlier = await pods();
        await stack.set("perch:metrics.volume.size", "7Gi");
        await stack.set("perch:logs.write.volume.size", "7Gi");
        const stdout = await stack.operate("grow-volumes", "--yes");
        expect(touched(stdout, "replaced")).to.deep.equal(["StatefulSet local-loki-write"]);
        expect(touched(stdout, "updated")).to.deep.equal(["Prometheus local-prometheus"]);
        expect(await pods()).to.deep.equal(earlier);
        const claims = await core().listNamespacedPersistentVolumeClaim({ namespace: "monitoring" });
        const sizes = claims.items
            .filter(({ metadata }) => /^(prometheus-perch-db|\w+-loki-write)-/.test(metadata?.name ?? ""))
            .map(({ status }) => status?.capacity?.storage);
        expect(sizes).to.deep.equal(["7Gi", "7Gi", "7Gi", "7Gi"]);
        expect(summary(await stack.ok("preview", "--diff", "--show-sames"))).to.have.all.keys("unchanged");
    });

    it("ends red and names the workload when an image can't be pulled", async () => {
        await stack.set("perch:images.grafana", "registry.example.com/broken/grafana:13.2.0");
        const { code, stdout } = await stack.runImpatiently("up", "--yes", "--skip-preview");
        expect(code).to.not.equal(0);
        expect(diagnosticsOf(stdout, "Deployment", "local-grafana"), stdout).to.match(/ImagePullBackOff|ErrImagePull/);
        await stack.remove("perch:images.grafana");
        await stack.up();
    }).timeout(1_200_000);

    it("refuses a pod that the namespace's Pod Security doesn't allow", async () => {
        const pod = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "privileged", namespace: "monitoring" },
            spec: { containers: [{ name: "c", image: "c:1", securityContext: { privileged: true } }] },
        };
        const refusal: unknown = await cluster()
            .create(pod)
            .then(
                () => undefined,
                (error: unknown) => error,
            );
        expect(refusal).to.be.instanceOf(ApiException).with.property("code", 403);
        const { message } = JSON.parse((refusal as ApiException<string>).body) as { message: string };
        expect(message).to.match(/violates PodSecurity "restricted:/);
    });

    it("leaves nothing behind but the CRDs, which are everybody's", async () => {
        await stack.destroy();
        await expectAdded(atFirst, crdIds);
    });

    it("comes up again over the CRDs that stayed", async () => {
        expect(summary(await stack.up())).to.have.all.keys("created");
    }).timeout(1_200_000);
});
