import { expect } from "chai";
import { apiMessage } from "../../cli/kubernetes";
import { core } from "./support/live";
import { stackNamespaces } from "./support/pods";
import { testSettledPods } from "./support/settled";

describe("The stack a minute after its start", () => {
    testSettledPods();

    it("lives in namespaces that refuse what is more than that", async () => {
        const levels = await Promise.all(
            (await stackNamespaces()).map(async (name) => {
                const { metadata } = await core().readNamespace({ name });
                return [name, metadata?.labels?.["pod-security.kubernetes.io/enforce"]];
            }),
        );
        expect(levels).to.deep.equal([
            ["monitoring", "restricted"],
            ["monitoring-host", "privileged"],
        ]);
        const spec = { containers: [{ name: "c", image: "c:1", securityContext: { privileged: true } }] };
        const refusal = await core()
            .createNamespacedPod({ namespace: "monitoring", body: { metadata: { name: "privileged" }, spec } })
            .then(() => "it was taken", apiMessage);
        expect(refusal).to.match(/violates PodSecurity "restricted:/);
    });
});
