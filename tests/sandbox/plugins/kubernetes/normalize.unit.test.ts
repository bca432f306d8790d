import { expect } from "chai";
import { normalizeInputs } from "../../../../sandbox/plugins/kubernetes/normalize";
import type { PlainMap } from "../../../../sandbox/plugins/kubernetes/objects";
import { UNKNOWN } from "../../../../sandbox/plugins/provider/types";

const deployment = (podSpec: PlainMap): PlainMap => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: {} },
    spec: { replicas: 0, template: { spec: podSpec } },
});

describe("normalizing inputs of the Kubernetes stand-in", () => {
    it("leaves out zero values that Go's types leave out, and keeps those behind pointers", () => {
        const given = deployment({
            hostNetwork: false,
            automountServiceAccountToken: false,
            containers: [{ name: "m", args: [], env: [{ name: "A", value: "" }], volumeMounts: [{ readOnly: false }] }],
            volumes: [{ name: "v", emptyDir: {} }],
        });
        const expected = deployment({
            automountServiceAccountToken: false,
            containers: [{ name: "m", env: [{ name: "A" }], volumeMounts: [{}] }],
            volumes: [{ name: "v", emptyDir: {} }],
        });
        expected.metadata = { name: "web" };
        expect(normalizeInputs(given)).to.deep.equal(expected);
    });

    it("writes quantities in canonical form, wherever a Go type has one", () => {
        const given = deployment({
            containers: [{ resources: { requests: { cpu: "1000m", memory: "0.5Gi" }, limits: { cpu: 2 } } }],
            volumes: [{ emptyDir: { sizeLimit: "1024Mi" } }],
        });
        expect(normalizeInputs(given).spec).to.deep.equal({
            replicas: 0,
            template: {
                spec: {
                    containers: [{ resources: { requests: { cpu: "1", memory: "512Mi" }, limits: { cpu: "2" } } }],
                    volumes: [{ emptyDir: { sizeLimit: "1Gi" } }],
                },
            },
        });
    });

    it("moves stringData of a Secret into data, where it wins", () => {
        const secret = { apiVersion: "v1", kind: "Secret", data: { a: "b2xk", b: "Yg==" }, stringData: { a: "new" } };
        const expected = { apiVersion: "v1", kind: "Secret", data: { a: "bmV3", b: "Yg==" } };
        expect(normalizeInputs(secret)).to.deep.equal(expected);
    });

    it("takes line breaks out of data of a Secret, as the API server does", () => {
        const secret = { apiVersion: "v1", kind: "Secret", data: { a: "bm\nV3\n", bad: "?" } };
        expect(normalizeInputs(secret).data).to.deep.equal({ a: "bmV3", bad: "?" });
    });

    it("leaves out null, and keeps fields that it doesn't know for the API server to refuse", () => {
        const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", rules: [], extra: 1, metadata: null };
        expect(normalizeInputs(role)).to.deep.equal({
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "Role",
            rules: [],
            extra: 1,
        });
    });

    it("takes a CRD's status and preserveUnknownFields: false away", () => {
        const crd = {
            apiVersion: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            spec: { preserveUnknownFields: false, scope: "Namespaced" },
            status: { conditions: [] },
        };
        expect(normalizeInputs(crd)).to.deep.equal({
            apiVersion: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            spec: { scope: "Namespaced" },
        });
    });

    it("doesn't touch custom resources, nor anything with an unknown part, but for read-only metadata", () => {
        const custom = { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", spec: { replicas: 0, tag: "" } };
        expect(normalizeInputs({ ...custom, metadata: { uid: "1", name: "a" } })).to.deep.equal({
            ...custom,
            metadata: { name: "a" },
        });
        const unknown = deployment({ hostNetwork: false, nodeName: UNKNOWN });
        expect(normalizeInputs(unknown)).to.deep.equal(unknown);
    });
});
