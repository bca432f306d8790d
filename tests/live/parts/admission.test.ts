import { AppsV1Api, type KubernetesObject } from "@kubernetes/client-node";
import { expect } from "chai";
import { apiMessage } from "../../../cli/kubernetes";
import { kubectl } from "../support/kubectl";
import { api, live, objects } from "../support/live";
import { needsAllParts } from "../support/parts";
import { stackPods, untilAllReady } from "../support/pods";
import { until } from "../support/until";

const webhook = "prometheus-operator-admission-webhook";

describe("The admission webhook", () => {
    needsAllParts();

    const rule = (name: string, expr: string): KubernetesObject =>
        ({
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: { namespace: live().outputs.namespace, name },
            spec: { groups: [{ name, rules: [{ record: "live:test", expr }] }] },
        }) as KubernetesObject;

    const apply = (object: KubernetesObject): Promise<string> =>
        objects()
            .create(object)
            .then(() => "taken", apiMessage);

    const remove = (object: KubernetesObject) =>
        objects()
            .delete(object)
            .then(
                () => undefined,
                () => undefined,
            );

    const broken = "sum(rate(up[5m])";

    it("makes the API server refuse a rule that can't be loaded, with the reason, and take one that can", async () => {
        const [good, bad] = [rule("live-test-good", "sum(up)"), rule("live-test-broken", broken)];
        try {
            expect(await apply(good)).to.equal("taken");
            expect(await apply(bad)).to.match(
                /admission webhook "prometheusrules\.monitoring\.coreos\.com" denied the request: .*rules are not valid/i,
            );
        } finally {
            await Promise.all([good, bad].map(remove));
        }
    }).timeout(60_000);

    it("holds up nobody when it is gone: the rule is taken then", async function () {
        this.timeout(300_000);
        const { namespace } = live().outputs;
        const scale = (replicas: number) =>
            kubectl("scale", "--namespace", namespace, `deployment/${webhook}`, `--replicas=${replicas}`);
        const deployment = () => api(AppsV1Api).readNamespacedDeployment({ namespace, name: webhook });
        const { spec } = await deployment();
        const bad = rule("live-test-broken", broken);
        try {
            await scale(0);
            await until("end of the webhook's pods", 60, async () => {
                const left = (await stackPods()).filter(({ metadata }) => metadata?.name?.startsWith(webhook));
                expect(left).to.have.length(0);
            });
            expect(await apply(bad)).to.equal("taken");
        } finally {
            await remove(bad);
            await scale(spec?.replicas ?? 0);
        }
        await untilAllReady();
        expect((await deployment()).status?.readyReplicas).to.equal(2);
    });
});
