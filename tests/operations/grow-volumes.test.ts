import { expect } from "chai";
import { UserError } from "../../cli/errors";
import { plannedGrowth } from "../../operations/grow-volumes/plan";

const claim = (storage: string, name?: string) => ({
    ...(name === undefined ? {} : { metadata: { name } }),
    spec: { resources: { requests: { storage } } },
});

function statefulSet(size: string, name = "loki-write") {
    const spec = { replicas: 2, volumeClaimTemplates: [claim(size, "data"), claim("1Gi", "wal")] };
    return { type: "kubernetes:apps/v1:StatefulSet", inputs: { metadata: { name, namespace: "monitoring" }, spec } };
}

function prometheus(size: string) {
    const metadata = { name: "perch", namespace: "monitoring" };
    const inputs = { metadata, spec: { storage: { volumeClaimTemplate: claim(size) } } };
    return { type: "kubernetes:monitoring.coreos.com/v1:Prometheus", inputs };
}

const preview = (...steps: object[]): string => JSON.stringify({ steps });

describe("Growing volumes", () => {
    it("finds each size that the preview changes, of StatefulSets and of the operator's resources", () => {
        const replaced = { oldState: statefulSet("10Gi"), newState: statefulSet("20Gi") };
        const found = plannedGrowth(
            preview(
                { op: "create-replacement", ...replaced },
                { op: "replace", ...replaced },
                { op: "delete-replaced", oldState: replaced.oldState },
                // The stack itself has no inputs.
                { op: "same", oldState: { type: "pulumi:pulumi:Stack" }, newState: { type: "pulumi:pulumi:Stack" } },
                { op: "update", oldState: prometheus("50Gi"), newState: prometheus("80Gi") },
            ),
        );
        const at = { namespace: "monitoring" };
        expect(found).to.deep.equal([
            { ...at, kind: "StatefulSet", name: "loki-write", template: "data", from: "10Gi", to: "20Gi" },
            { ...at, kind: "Prometheus", name: "perch", template: undefined, from: "50Gi", to: "80Gi" },
        ]);
    });

    it("finds nothing where no size changes, or nothing was there before", () => {
        const configMap = { type: "kubernetes:core/v1:ConfigMap", inputs: { data: {} } };
        const found = plannedGrowth(
            preview(
                { op: "same", oldState: statefulSet("10Gi"), newState: statefulSet("10Gi") },
                { op: "create", newState: prometheus("50Gi") },
                { op: "delete", oldState: statefulSet("10Gi", "loki-backend") },
                { op: "update", oldState: configMap, newState: configMap },
            ),
        );
        expect(found).to.deep.equal([]);
    });

    it("refuses sizes that get smaller, all of them in one message", () => {
        const text = preview(
            { oldState: statefulSet("10Gi"), newState: statefulSet("9Gi") },
            { oldState: prometheus("1Ti"), newState: prometheus("1000Gi") },
        );
        expect(() => plannedGrowth(text)).to.throw(
            UserError,
            "A volume can't get smaller; nothing was changed:\n" +
                "  StatefulSet monitoring/loki-write, data: 10Gi -> 9Gi\n" +
                "  Prometheus monitoring/perch: 1Ti -> 1000Gi",
        );
    });
});
