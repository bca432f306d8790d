import type { V1PodSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { complaint, requiredReferences } from "../../../sandbox/platform/references";

describe("what a pod needs before it starts", () => {
    function references(spec: Partial<V1PodSpec>): string[] {
        const found = requiredReferences({ spec: { containers: [], ...spec } });
        return found.map(({ kind, name, key }) => [kind, name, ...(key === undefined ? [] : [key])].join("/"));
    }

    it("are the volumes' objects and the keys they pick", () => {
        const volumes = [
            { name: "a", secret: { secretName: "s" } },
            { name: "b", configMap: { name: "c", items: [{ key: "k", path: "p" }] } },
            {
                name: "c",
                projected: { sources: [{ secret: { name: "t" } }, { configMap: { name: "d", optional: true } }] },
            },
            { name: "d", emptyDir: {} },
            { name: "e", secret: { secretName: "o", optional: true } },
        ];
        expect(references({ volumes })).eql(["Secret/s", "ConfigMap/c/k", "Secret/t"]);
    });

    it("are the variables' keys, of init containers too", () => {
        const main = {
            name: "main",
            env: [
                { name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
                { name: "B", valueFrom: { configMapKeyRef: { name: "c", key: "k", optional: true } } },
                { name: "C", value: "x" },
            ],
            envFrom: [{ configMapRef: { name: "all" } }],
        };
        const init = { name: "init", env: [{ name: "D", valueFrom: { configMapKeyRef: { name: "i", key: "k" } } }] };
        expect(references({ containers: [main], initContainers: [init] })).eql([
            "Secret/s/k",
            "ConfigMap/all",
            "ConfigMap/i/k",
        ]);
    });

    it("are told like a kubelet does when they are missing", () => {
        const volumes = [{ name: "a", secret: { secretName: "s", items: [{ key: "k", path: "p" }] } }];
        const pod = { metadata: { namespace: "n" }, spec: { containers: [], volumes } };
        expect(complaint(pod, () => undefined)).equals('secret "s" not found');
        expect(complaint(pod, () => ({ data: { x: "" } }))).equals("references non-existent secret key: k in s");
        expect(complaint(pod, () => ({ data: { k: "" } }))).equals(undefined);
        expect(complaint({ spec: { containers: [] } }, () => undefined)).equals(undefined);
    });
});
