import { CustomObjectsApi } from "@kubernetes/client-node";
import { expect } from "chai";
import { moduleFiles } from "../../../sandbox/toolchain";
import { admin, ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import { type KubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { applyFolder, applyObjects } from "../support/operated";

const group = "cert-manager.io";

/** Objects for cert-manager of a stack with all parts that have a serving certificate. */
async function objectsWith(namespace: string, certificates: object): Promise<KubeObject[]> {
    const settings = settingsOf(
        answered({
            ...required,
            ...given,
            platform: { namespace },
            autoscaling: {
                kind: "prometheusAdapter",
                rules: {
                    requests: {
                        series: 'http_requests_total{namespace!="",pod!=""}',
                        objects: { namespace: "namespace", pod: "pod" },
                        query: "rate(<<.Series>>{<<.LabelMatchers>>}[2m])",
                    },
                },
            },
            certificates: { kind: "certManager", ...certificates },
        }),
        [],
        namespace,
    );
    const objects = kubeObjects((await deployStack(settings)).resources);
    return objects.filter(
        ({ apiVersion, kind, metadata }) =>
            apiVersion.startsWith(`${group}/`) || (kind === "Namespace" && metadata.name === namespace),
    );
}

const named = (objects: readonly KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

/** What the API server has of a kind in a namespace. */
async function stored(namespace: string, plural: string): Promise<string[]> {
    const list = (await admin()
        .makeApiClient(CustomObjectsApi)
        .listNamespacedCustomObject({ group, version: "v1", namespace, plural })) as { items: KubeObject[] };
    return list.items.map(({ metadata }) => metadata.name).sort();
}

describe("What a stack asks of cert-manager, with cert-manager's own CRDs", function () {
    this.timeout(300_000);

    before(async function () {
        this.timeout(3_600_000);
        await ensurePlatform();
        await applyFolder(await moduleFiles("cert-manager-crds"));
        await eventually(() => stored("default", "certificates"), 60);
    });

    const served = ["prometheus-adapter-tls", "prometheus-operator-admission-webhook-tls"];

    it("is taken by the API server, field by field, where the authority is the stack's own", async () => {
        const namespace = "rendered-cert-manager";
        const objects = await objectsWith(namespace, {});
        await applyObjects(objects);
        expect(await stored(namespace, "certificates")).to.deep.equal(["perch-authority", ...served]);
        expect(await stored(namespace, "issuers")).to.deep.equal(["perch-authority", "perch-authority-itself"]);
    });

    it("is taken where an issuer of the cluster's is named", async () => {
        const namespace = "rendered-cert-manager-issuer";
        const objects = await objectsWith(namespace, { issuer: { name: "company" } });
        expect(named(objects)).to.have.members([
            `Namespace ${namespace}`,
            ...served.map((name) => `Certificate ${name}`),
        ]);
        await applyObjects(objects);
        expect(await stored(namespace, "certificates")).to.deep.equal(served);
    });

    it("would be refused with a field that cert-manager doesn't know, or a usage that it has no word for", async () => {
        const namespace = "rendered-cert-manager-wrong";
        const objects = await objectsWith(namespace, {});
        await applyObjects(objects.filter(({ kind }) => kind === "Namespace"));
        const certificate = objects.find(({ metadata }) => metadata.name === served[0])!;
        for (const [wrong, message] of [
            [{ dnsName: "a.example.com" }, /unknown field "dnsName"/],
            [{ usages: ["serving"] }, /Unsupported value: "serving"/],
        ] as const) {
            const said: unknown = await applyObjects([
                { ...certificate, spec: { ...(certificate.spec as object), ...wrong } },
            ]).then(
                () => "accepted",
                (error: unknown) => error,
            );
            expect(String(said)).to.match(message);
        }
    });
});
