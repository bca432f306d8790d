import { AppsV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { z } from "zod";
import { applicationNamespace, applicationUrl, shop } from "../support/application";
import { ClientPod } from "../support/client-pod";
import { early } from "../support/early";
import { kubectl } from "../support/kubectl";
import { api, core } from "../support/live";
import { needsAllParts, scaling } from "../support/parts";
import { until } from "../support/until";

const metricsSchema = z.object({
    items: z.array(
        z.object({
            describedObject: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
            metricName: z.string(),
            value: z.string(),
        }),
    ),
});

/** What the API server passes on of prometheus-adapter. */
async function customMetrics() {
    const path = `/apis/custom.metrics.k8s.io/v1beta1/namespaces/${applicationNamespace}/pods/*/${scaling.metric}`;
    return metricsSchema.parse(JSON.parse(await kubectl("get", "--raw", path))).items;
}

/** A quantity of the API as a number: `1500m` is 1.5. */
const quantity = (text: string): number => (text.endsWith("m") ? Number(text.slice(0, -1)) / 1_000 : Number(text));

describe("Autoscaling", function () {
    this.timeout(600_000);
    needsAllParts();

    const deployment = () =>
        api(AppsV1Api).readNamespacedDeployment({ namespace: applicationNamespace, name: shop.name });

    const answered = early(this, "all parts", async () => {
        const items = await until(`metric ${scaling.metric} of the shop`, 180, async () => {
            const found = await customMetrics();
            expect(found).to.not.have.length(0);
            return found;
        });
        const { items: running } = await core().listNamespacedPod({
            namespace: applicationNamespace,
            labelSelector: `app=${shop.name}`,
        });
        return { items, pods: running.map(({ metadata }) => metadata?.name).sort() };
    });

    const scaled = early(this, "all parts", async () => {
        await answered().catch(() => undefined);
        const before = (await deployment()).spec?.replicas;
        const visit = `wget -q -O /dev/null '${applicationUrl(shop, "buy")}'; sleep 0.05`;
        const customers = await ClientPod.start({
            namespace: applicationNamespace,
            command: ["sh", "-c", `while true; do ${visit}; done`],
        });
        try {
            await until(`shop with ${scaling.max} pods`, 240, async () => {
                const { spec, status } = await deployment();
                expect([spec?.replicas, status?.readyReplicas]).to.deep.equal([scaling.max, scaling.max]);
            });
            return { before, rates: (await customMetrics()).map(({ value }) => quantity(value)) };
        } finally {
            await customers.remove();
        }
    });

    it("S-21, S-26: the API server answers for custom metrics, of each pod", async () => {
        const { items, pods } = await answered();
        expect(items.map(({ describedObject }) => describedObject.name).sort()).to.deep.equal(pods);
        expect(items.map(({ describedObject }) => describedObject.kind)).to.deep.equal(pods.map(() => "Pod"));
    });

    it("S-80: a Deployment gets more pods when its custom metric rises, up to the maximum", async () => {
        const { before, rates } = await scaled();
        expect(before).to.equal(scaling.min);
        expect(rates.reduce((sum, rate) => sum + rate, 0)).to.be.above(scaling.average);
    });
});
