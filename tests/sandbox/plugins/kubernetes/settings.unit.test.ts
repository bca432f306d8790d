import { expect } from "chai";
import { checkConfig, diffConfig, readSettings } from "../../../../sandbox/plugins/kubernetes/settings";
import { type DiffResponse, type PropertyMap, Secret, UNKNOWN } from "../../../../sandbox/plugins/provider/types";

function kubeconfig(server: string, token = "t"): string {
    return JSON.stringify({
        "current-context": "main",
        contexts: [
            { name: "main", context: { cluster: "one", user: "u" } },
            { name: "other", context: { cluster: "two", user: "u" } },
        ],
        clusters: [
            { name: "one", cluster: { server } },
            { name: "two", cluster: { server: "https://two" } },
        ],
        users: [{ name: "u", user: { token } }],
    });
}

function diff(olds: PropertyMap, news: PropertyMap): Pick<DiffResponse, "changes" | "replaces"> {
    const request = { id: "x", urn: "", type: "", name: "", oldInputs: {}, ignoreChanges: [] };
    const { changes, replaces } = diffConfig({ ...request, olds, news });
    return { changes, replaces };
}

describe("the Kubernetes stand-in's provider resource", () => {
    it("P8: is replaced when the kubeconfig leads to another cluster, not when only the user changes", () => {
        const olds = { kubeconfig: kubeconfig("https://a") };
        expect(diff(olds, { kubeconfig: kubeconfig("https://a") })).to.deep.equal({ changes: "none", replaces: [] });
        expect(diff(olds, { kubeconfig: kubeconfig("https://a", "new") })).to.deep.equal({
            changes: "some",
            replaces: [],
        });
        expect(diff(olds, { kubeconfig: kubeconfig("https://b") }).replaces).to.deep.equal(["kubeconfig"]);
        expect(diff(olds, { ...olds, context: "other" }).replaces).to.deep.equal(["context"]);
        expect(diff(olds, { ...olds, cluster: "two" }).replaces).to.deep.equal(["cluster"]);
        expect(diff(olds, { kubeconfig: UNKNOWN }).replaces).to.deep.equal(["kubeconfig"]);
        expect(diff(olds, { ...olds, namespace: "n" })).to.deep.equal({ changes: "some", replaces: [] });
    });

    it("P8: with a clusterIdentifier only its change replaces", () => {
        const olds = { clusterIdentifier: "a", kubeconfig: kubeconfig("https://a") };
        expect(diff(olds, { clusterIdentifier: "a", kubeconfig: kubeconfig("https://b") }).replaces).to.deep.equal([]);
        expect(diff(olds, { clusterIdentifier: "a", kubeconfig: UNKNOWN }).replaces).to.deep.equal([]);
        expect(diff(olds, { ...olds, clusterIdentifier: "b" }).replaces).to.deep.equal(["clusterIdentifier"]);
        expect(diff({ kubeconfig: olds.kubeconfig }, olds).replaces).to.deep.equal([]);
    });

    it("keeps the kubeconfig secret", () => {
        const request = { urn: "", olds: {}, news: { kubeconfig: "text", context: "c" } };
        expect(checkConfig(request).inputs).to.deep.equal({ kubeconfig: new Secret("text"), context: "c" });
    });

    it("refuses what the stand-in can't do", () => {
        const news = { renderYamlToDirectory: "out", enableServerSideApply: "false" };
        const { failures } = checkConfig({ urn: "", olds: {}, news });
        expect(failures.map(({ property }) => property)).to.deep.equal([
            "renderYamlToDirectory",
            "enableServerSideApply",
        ]);
    });

    it("reads switches as the SDK sends them, and else from the environment", () => {
        process.env.PULUMI_K8S_ENABLE_SECRET_MUTABLE = "true";
        try {
            const settings = readSettings({ enableConfigMapMutable: "true", upsertExistingObjects: "false" });
            expect(settings).to.include({
                enableConfigMapMutable: true,
                enableSecretMutable: true,
                upsertExistingObjects: false,
                deleteUnreachable: false,
            });
        } finally {
            delete process.env.PULUMI_K8S_ENABLE_SECRET_MUTABLE;
        }
    });
});
