import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { CannotCreateContainer, environmentOf, expandVariables } from "../../../sandbox/platform/container-env";
import { isLess, quantityValue } from "../../../sandbox/platform/quantity";

const pod: V1Pod = {
    metadata: { name: "p-1", namespace: "monitoring", uid: "u", labels: { app: "operator" } },
    spec: { nodeName: "sandbox-1", serviceAccountName: "operator", containers: [] },
    status: { podIP: "10.244.0.7" },
};

function environment(container: Partial<V1Container>, keys: Record<string, string> = {}) {
    return environmentOf(pod, { name: "main", ...container }, (kind, name, key) =>
        Promise.resolve(keys[`${kind}/${name}/${key}`]),
    );
}

async function refusal(container: Partial<V1Container>): Promise<string> {
    const error: unknown = await environment(container).catch((thrown: unknown) => thrown);
    expect(error).instanceOf(CannotCreateContainer);
    return (error as Error).message;
}

describe("the environment of a container that runs as a process", () => {
    it("has plain values, earlier variables in later ones, and the host name", async () => {
        const env = [{ name: "A", value: "1" }, { name: "B", value: "$(A)/$(NONE)/$$(A)" }, { name: "EMPTY" }];
        expect(await environment({ env })).eql({ HOSTNAME: "p-1", A: "1", B: "1/$(NONE)/$(A)", EMPTY: "" });
    });

    it("has fields of the pod", async () => {
        const paths = ["metadata.namespace", "metadata.labels['app']", "spec.nodeName", "status.podIP"];
        const env = paths.map((fieldPath) => ({ name: fieldPath, valueFrom: { fieldRef: { fieldPath } } }));
        const values = await environment({ env });
        expect(paths.map((path) => values[path])).eql(["monitoring", "operator", "sandbox-1", "10.244.0.7"]);
    });

    it("has resources in the asked unit, rounded up", async () => {
        const of = (resource: string, divisor?: string) => ({ valueFrom: { resourceFieldRef: { resource, divisor } } });
        const env = [
            { name: "CPUS", ...of("limits.cpu") },
            { name: "BYTES", ...of("limits.memory") },
            { name: "MIB", ...of("limits.memory", "1Mi") },
        ];
        const resources = { limits: { cpu: "200m", memory: "128Mi" } };
        expect(await environment({ env, resources })).includes({ CPUS: "1", BYTES: "134217728", MIB: "128" });
    });

    it("has keys of Secrets and ConfigMaps, and stops at a missing one that isn't optional", async () => {
        const secret = { secretKeyRef: { name: "s", key: "k" } };
        const env = [
            { name: "S", valueFrom: secret },
            { name: "C", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } },
            { name: "O", valueFrom: { configMapKeyRef: { name: "none", key: "k", optional: true } } },
        ];
        const values = await environment({ env }, { "Secret/s/k": "x", "ConfigMap/c/k": "y" });
        expect(values).eql({ HOSTNAME: "p-1", S: "x", C: "y" });
        expect(await refusal({ env: [{ name: "S", valueFrom: secret }] })).equals("couldn't find key k in Secret s");
    });

    it("refuses what it doesn't know, instead of leaving it out", async () => {
        const unknown = { fieldRef: { fieldPath: "status.qosClass" } };
        expect(await refusal({ env: [{ name: "Q", valueFrom: unknown }] })).contains("status.qosClass");
        expect(await refusal({ envFrom: [{ secretRef: { name: "s" } }] })).contains("envFrom");
    });

    it("expands arguments as a kubelet does", () => {
        expect(expandVariables("--ns=$(NS),$(NS) $$(NS) $(X) $", { NS: "a" })).equals("--ns=a,a $(NS) $(X) $");
    });
});

describe("quantities", () => {
    it("are compared over their units", () => {
        expect(quantityValue("1.5Gi")).equals(1_610_612_736);
        expect(quantityValue("250m")).equals(0.25);
        expect(quantityValue("1e3")).equals(1000);
        expect(quantityValue("large")).satisfies(Number.isNaN);
        expect(isLess("5Gi", "5000Mi")).equals(false);
        expect(isLess("1G", "1Gi")).equals(true);
    });
});
