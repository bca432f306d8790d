import * as fs from "node:fs";
import { ApiException } from "@kubernetes/client-node";
import { expect } from "chai";
import { engineFiles } from "../../sandbox/engine/home";
import { cluster, core, pulumiImpatient, pulumiOk, sandbox, summary, touched } from "./support/deployment";

const grafana = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "grafana", namespace: "monitoring" } };

/** Every file of the engine's state. */
function stateFiles(): string[] {
    return fs
        .readdirSync(engineFiles.state, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => fs.readFileSync(`${entry.parentPath}/${entry.name}`, "utf8"));
}

describe("The life of a stack (profile kup6s)", () => {
    before(sandbox);

    it("P-05: comes up whole, on an empty cluster, by one command", async () => {
        const stdout = await pulumiOk("up", "--yes", "--skip-preview");
        expect(summary(stdout)).to.have.all.keys("created");
    });

    it("P-06: is up only when every pod is ready", async () => {
        const { items } = await core().listPodForAllNamespaces();
        const unready = items.filter(
            (pod) => !pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
        );
        expect(unready.map((pod) => pod.metadata?.name)).to.deep.equal([]);
        const names = items.map((pod) => pod.metadata?.name);
        expect(names).to.include.members([
            "prometheus-perch-0",
            "prometheus-perch-1",
            "alertmanager-perch-0",
            "alertmanager-perch-1",
        ]);
    });

    it("changes nothing when nothing has changed", async () => {
        expect(summary(await pulumiOk("up", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
    });

    it("previews no change right after", async () => {
        expect(summary(await pulumiOk("preview"))).to.have.all.keys("unchanged");
    });

    it("refreshes without drift: what the operator and controllers write isn't ours", async () => {
        expect(summary(await pulumiOk("refresh", "--yes"))).to.have.all.keys("unchanged");
    });

    it("D-08: gives the outputs that a user needs, the password as a secret", async () => {
        const outputs = JSON.parse(await pulumiOk("stack", "output", "--json")) as Record<string, unknown>;
        expect(outputs).to.deep.include({
            grafanaUrl: "https://grafana.localhost",
            grafanaAdminUser: "admin",
            grafanaAdminPassword: "[secret]",
            namespace: "monitoring",
            buckets: { metrics: "metrics-thanos-kup6s", logs: "logs-loki-kup6s" },
        });
    });

    it("V-13: keeps no secret in plain text in its state", async () => {
        const shown = await pulumiOk("stack", "output", "grafanaAdminPassword", "--show-secrets");
        const { data } = await core().readNamespacedSecret({ name: "grafana-admin", namespace: "monitoring" });
        expect(Buffer.from(data?.password ?? "", "base64").toString()).to.equal(shown.trim());
        const encoded = Buffer.from(shown.trim()).toString("base64");
        const leaking = stateFiles().filter((text) => text.includes(shown.trim()) || text.includes(encoded));
        expect(leaking).to.have.length(0);
    });

    it("sees a change that somebody made by `kubectl edit`, and takes it back", async () => {
        await cluster().patch({ ...grafana, spec: { replicas: 0 } } as never, undefined, undefined, "kubectl-edit");
        const seen = await pulumiOk("refresh", "--yes");
        expect(summary(seen)).to.include({ updated: 1 });
        const repaired = await pulumiOk("up", "--yes", "--skip-preview");
        expect(touched(repaired, "updated")).to.deep.equal(["Deployment local-grafana"]);
        const { spec } = (await cluster().read(grafana)) as unknown as { spec: { replicas: number } };
        expect(spec.replicas).to.equal(1);
    });

    it("D-10: touches just what a changed setting concerns, and rolls its pods", async () => {
        await pulumiOk("config", "set", "--path", "perch:logs.retention", "760h");
        const stdout = await pulumiOk("up", "--yes", "--skip-preview");
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

    it("ends red and names the workload when an image can't be pulled", async () => {
        await pulumiOk("config", "set", "--path", "perch:images.grafana", "registry.example.com/broken/grafana:13.2.0");
        const { code, stdout } = await pulumiImpatient("up", "--yes", "--skip-preview");
        expect(code).to.not.equal(0);
        expect(stdout).to.match(/Deployment local-grafana/);
        expect(stdout).to.match(/ImagePullBackOff|ErrImagePull|pull/i);
        await pulumiOk("config", "rm", "--path", "perch:images.grafana");
        await pulumiOk("up", "--yes", "--skip-preview");
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
        await pulumiOk("destroy", "--yes", "--skip-preview");
        const { items } = await core().listNamespace();
        expect(items.map((n) => n.metadata?.name).filter((name) => name?.startsWith("monitoring"))).to.deep.equal([]);
        const crds = await cluster().list("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        expect(crds.items.map((crd) => crd.metadata?.name)).to.include("prometheuses.monitoring.coreos.com");
    });

    it("comes up again over the CRDs that stayed", async () => {
        const stdout = await pulumiOk("up", "--yes", "--skip-preview");
        expect(summary(stdout)).to.have.all.keys("created");
        await pulumiOk("destroy", "--yes", "--skip-preview");
    }).timeout(1_200_000);
});
