import { expect } from "chai";
import { operatorFlags, PrometheusOperator } from "../../../components/metrics/prometheus-operator";
import { images } from "../../../config/versions";
import { kubeObject } from "../../support/mocks";
import { containerOf, deployOn, names, once, rulesOf, settingsOf } from "./fixture";

async function deployOperator(kubelet = true) {
    const settings = settingsOf({ metrics: { kubelet } });
    return deployOn(
        settings,
        (parts, opts) => new PrometheusOperator("operator", { ...parts, settings: settings.metrics }, opts),
    );
}

const standard = once(() => deployOperator());

describe("PrometheusOperator", () => {
    it("makes exactly these", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            "ServiceAccount prometheus-operator",
            "ClusterRole perch-test-prometheus-operator",
            "ClusterRoleBinding perch-test-prometheus-operator",
            "Role prometheus-operator",
            "RoleBinding prometheus-operator",
            "Deployment prometheus-operator",
            "Service prometheus-operator",
            "ServiceMonitor prometheus-operator",
        ]);
    });

    it("touches no Secret outside the stack's namespace, and has no wildcard", async () => {
        const { resources } = await standard();
        const cluster = rulesOf(resources, "ClusterRole");
        expect(cluster.flatMap((rule) => rule.resources)).to.not.include.members(["secrets"]);
        expect(cluster.flatMap((rule) => rule.resources)).to.have.members([
            ...["servicemonitors", "podmonitors", "probes", "scrapeconfigs", "prometheusrules"],
            ...["namespaces", "storageclasses", "events", "nodes"],
        ]);
        expect(JSON.stringify([...cluster, ...rulesOf(resources, "Role")])).to.not.include("*");
    });

    it("only emits events beyond reading, in other namespaces", async () => {
        const { resources } = await standard();
        const writing = rulesOf(resources, "ClusterRole").filter((rule) =>
            rule.verbs.some((verb) => !["get", "list", "watch"].includes(verb)),
        );
        expect(writing.map((rule) => rule.resources)).to.deep.equal([["events"]]);
    });

    it("may not touch kubelet objects when kubelets aren't scraped", async () => {
        const { resources } = await deployOperator(false);
        const rules = [...rulesOf(resources, "ClusterRole"), ...rulesOf(resources, "Role")];
        expect(rules.flatMap((rule) => rule.resources)).to.not.include.oneOf(["nodes", "endpointslices"]);
        const args = containerOf(
            kubeObject(resources, "Deployment", "prometheus-operator"),
            "prometheus-operator",
        ).args;
        expect(args.filter((arg) => arg.includes("kubelet"))).to.deep.equal([]);
    });

    it("leaves alone what carries another stack's id, in whatever namespace", async () => {
        const { made, resources } = await standard();
        const { args } = containerOf(kubeObject(resources, "Deployment", "prometheus-operator"), "prometheus-operator");
        expect(args).to.include.members([
            "--controller-id=perch-test",
            "--prometheus-instance-namespaces=monitoring",
            "--alertmanager-instance-namespaces=monitoring",
            "--alertmanager-config-namespaces=monitoring",
        ]);
        expect(args.filter((arg) => arg.startsWith("--watch-referenced"))).to.deep.equal([]);
        expect(made.result.annotationsFor(2)).to.deep.equal({
            "operator.prometheus.io/controller-id": "perch-test",
            "pulumi.com/waitFor": "jsonpath={.status.availableReplicas}=2",
        });
    });

    it("gives other stacks other names and its own kubelet Service", () => {
        const flags = (instance: string, namespace: string) =>
            operatorFlags({ platform: { instance, namespace }, settings: settingsOf().metrics, images });
        const [one, two] = [flags("perch-a", "a"), flags("perch-b", "b")];
        const differ = one.filter((flag) => !two.includes(flag)).map((flag) => flag.split("=")[0]);
        expect(differ).to.deep.equal([
            "--controller-id",
            "--prometheus-instance-namespaces",
            "--alertmanager-instance-namespaces",
            "--alertmanager-config-namespaces",
            "--kubelet-service",
        ]);
    });

    it("calls the API server and nobody else", async () => {
        const { made } = await standard();
        const egress = made.platform.network.edges().filter((edge) => edge.kind !== "ingress");
        expect(egress.map((edge) => edge.to)).to.deep.equal(["apiServer"]);
    });
});
