import { expect } from "chai";
import { ScaledApplications } from "../../../components/autoscaling";
import type { AreaInput } from "../../../config/schema";
import { kubeObjects } from "../../support/mocks";
import { deployOnPlatform, settingsWith } from "../../support/platform";

async function scalers(targets: NonNullable<AreaInput["autoscaling"]>["targets"]) {
    const settings = settingsWith({ autoscaling: { kind: "none", targets } });
    const { resources } = await deployOnPlatform(
        settings,
        (platform, opts) => new ScaledApplications("scaled", { platform, targets: settings.autoscaling.targets }, opts),
    );
    return kubeObjects(resources).filter(({ kind }) => kind === "HorizontalPodAutoscaler");
}

describe("ScaledApplications", () => {
    it("A-29, A-30: keep an application between a minimum and a maximum, by the metrics that are named", async () => {
        const [made, ...others] = await scalers({
            blog: {
                namespace: "web",
                min: 2,
                max: 10,
                metrics: [
                    { kind: "pods", metric: "nginx_http_requests_total", average: "100" },
                    { kind: "cpu", utilization: 70 },
                ],
            },
        });
        expect(others).to.deep.equal([]);
        expect(made?.metadata).to.deep.include({ name: "blog", namespace: "web" });
        expect(made?.spec).to.deep.equal({
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "blog" },
            minReplicas: 2,
            maxReplicas: 10,
            metrics: [
                {
                    type: "Pods",
                    pods: {
                        metric: { name: "nginx_http_requests_total" },
                        target: { type: "AverageValue", averageValue: "100" },
                    },
                },
                {
                    type: "Resource",
                    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
                },
            ],
        });
    });

    it("A-30: follow metrics of no object, for each pod or for all", async () => {
        const [made] = await scalers({
            worker: {
                namespace: "shop",
                max: 9,
                metrics: [
                    { kind: "external", metric: "queue_length", labels: { queue: "orders" }, average: "30" },
                    { kind: "external", metric: "queue_age_seconds", value: "120" },
                ],
            },
        });
        expect((made?.spec as { metrics: object[] }).metrics).to.deep.equal([
            {
                type: "External",
                external: {
                    metric: { name: "queue_length", selector: { matchLabels: { queue: "orders" } } },
                    target: { type: "AverageValue", averageValue: "30" },
                },
            },
            {
                type: "External",
                external: { metric: { name: "queue_age_seconds" }, target: { type: "Value", value: "120" } },
            },
        ]);
    });

    it("are told by their own names where a target is called otherwise", async () => {
        const [made] = await scalers({
            "shop-worker": {
                namespace: "shop",
                kind: "StatefulSet",
                name: "worker",
                max: 3,
                metrics: [{ kind: "memory", utilization: 80 }],
            },
        });
        expect(made?.spec).to.deep.include({
            scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: "worker" },
            minReplicas: 1,
        });
    });

    it("A-29: are none where replicas are fixed", async () => {
        expect(await scalers({})).to.deep.equal([]);
    });
});
