import { KubernetesObjectApi, PatchStrategy, type KubernetesObject } from "@kubernetes/client-node";
import { expect } from "chai";
import { PartialFailure, type PropertyMap, UNKNOWN } from "../../../../sandbox/plugins/provider/types";
import { admin, apply, ensurePlatform, freshNamespace } from "../../support/platform";
import { type Resource, TestEngine } from "./engine";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const SERVICE = "kubernetes:core/v1:Service";
const WIDGET = "kubernetes:behaviour.example.com/v1:Widget";

/** The error that an action ends with. */
async function failureOf(action: Promise<unknown>): Promise<Error> {
    try {
        await action;
    } catch (error) {
        expect(error).to.be.instanceOf(Error);
        return error as Error;
    }
    throw new Error("expected a failure");
}

describe("the Kubernetes stand-in, against a real API server", function () {
    this.timeout(120_000);
    let engine: TestEngine;
    let namespace: string;

    before(async () => {
        process.env.PERCH_SANDBOX_SETTLE_MS = "200";
        await ensurePlatform();
        engine = await TestEngine.start();
        namespace = await freshNamespace("behaviour");
    });
    after(() => {
        delete process.env.PERCH_SANDBOX_SETTLE_MS;
    });

    const object = (kind: string, metadata: PropertyMap, fields: PropertyMap, apiVersion = "v1"): PropertyMap => ({
        apiVersion,
        kind,
        metadata: { namespace, ...metadata },
        ...fields,
    });
    const configMap = (data: PropertyMap, metadata: PropertyMap = {}): PropertyMap =>
        object("ConfigMap", metadata, { data });
    const deployment = (image: string, metadata: PropertyMap = {}): PropertyMap => {
        const labels = { app: "web" };
        const template = { metadata: { labels }, spec: { containers: [{ name: "web", image }] } };
        return object("Deployment", metadata, { spec: { selector: { matchLabels: labels }, template } }, "apps/v1");
    };
    const merge = async (kind: string, resource: Resource, patch: object, apiVersion = "v1"): Promise<void> => {
        const metadata = { namespace, name: resource.id.split("/").at(-1) };
        const body = { apiVersion, kind, metadata, ...patch } as KubernetesObject;
        const api = KubernetesObjectApi.makeApiClient(admin());
        await api.patch(body, undefined, undefined, "kubectl-edit", undefined, PatchStrategy.MergePatch);
    };

    describe("a creation that an earlier run began", () => {
        it("is gone on with where it has made the object", async () => {
            const begun = new Date();
            const first = await engine.create(CONFIG_MAP, "cut-off", configMap({ a: "1" }, { name: "cut-off" }));
            const second = await engine.create(
                CONFIG_MAP,
                "cut-off",
                configMap({ a: "2" }, { name: "cut-off" }),
                60,
                begun,
            );
            expect(second.state).to.have.nested.property("data.a", "2");
            expect(second.state).to.have.nested.property(
                "metadata.uid",
                (first.state.metadata as PropertyMap | undefined)?.uid,
            );
            expect(await engine.diff(second, configMap({ a: "2" }, { name: "cut-off" }))).to.include({
                changes: "none",
            });
            await engine.delete(second);
        });

        it("is begun once more where it hasn't", async () => {
            const inputs = configMap({ a: "1" }, { name: "never-made" });
            const made = await engine.create(CONFIG_MAP, "never-made", inputs, 60, new Date());
            await engine.delete(made);
        });

        it("takes nothing that was there before", async () => {
            const inputs = configMap({ a: "1" }, { name: "older" });
            const older = await engine.create(CONFIG_MAP, "older", inputs);
            const begun = new Date(Date.now() + 2_000);
            const error = await failureOf(engine.create(CONFIG_MAP, "older", inputs, 60, begun));
            expect(error.message).to.contain(`configmaps "older" already exists`);
            await engine.delete(older);
        });
    });

    describe("names and namespaces", () => {
        it("P14: makes up a name, keeps it, and replaces without deleting first", async () => {
            const made = await engine.create(CONFIG_MAP, "auto", configMap({ a: "1" }));
            expect(made.id).to.match(new RegExp(`^${namespace}/auto-[0-9a-f]{8}$`));
            const difference = await engine.diff(made, configMap({ a: "2" }));
            expect(difference).to.deep.include({ replaces: ["data.a"], deleteBeforeReplace: false });
            await engine.delete(made);
        });

        it("uses the provider's namespace where the object names none", async () => {
            const own = await TestEngine.start({ namespace });
            const checked = await own.check(CONFIG_MAP, "n", { apiVersion: "v1", kind: "ConfigMap" });
            expect(checked).to.have.nested.property("metadata.namespace", namespace);
            const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" };
            const global = await own.check("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "n", role);
            expect(global).not.to.have.nested.property("metadata.namespace");
        });

        it("P12: an object with a given name is deleted before it is replaced", async () => {
            const made = await engine.create(CONFIG_MAP, "given", configMap({ a: "1" }, { name: "given" }));
            const difference = await engine.diff(made, configMap({ a: "2" }, { name: "given" }));
            expect(difference).to.deep.include({ replaces: ["data.a"], deleteBeforeReplace: true });
            const renamed = await engine.diff(made, configMap({ a: "1" }, { name: "other" }));
            expect(renamed).to.deep.include({ replaces: ["metadata.name"], deleteBeforeReplace: false });
            await engine.delete(made);
        });

        it("P13: data of ConfigMaps change in place when the provider says so", async () => {
            const mutable = await TestEngine.start({ enableConfigMapMutable: "true" });
            const made = await mutable.create(CONFIG_MAP, "mutable", configMap({ a: "1" }));
            expect((await mutable.diff(made, configMap({ a: "2" }))).replaces).to.deep.equal([]);
            await mutable.delete(await mutable.update(made, configMap({ b: "2" })));
        });
    });

    describe("previews", () => {
        it("P7: returns the inputs where the namespace, the kind or a value isn't known yet", async () => {
            const absent = object("ConfigMap", { namespace: "absent", name: "a" }, {});
            expect((await engine.preview(CONFIG_MAP, "a", absent)).properties).to.deep.equal(absent);
            const foreign = object("Thing", { name: "a" }, {}, "absent.example.com/v1");
            const previewed = await engine.preview("kubernetes:absent.example.com/v1:Thing", "a", foreign);
            expect(previewed.properties).to.deep.equal(foreign);
            const unknown = configMap({ a: UNKNOWN }, { name: "a" });
            expect((await engine.preview(CONFIG_MAP, "a", unknown)).properties).to.deep.equal(unknown);
        });

        it("refuses what the API server would refuse", async () => {
            const bad = object("Service", { name: "bad" }, { spec: { ports: [{ port: 80_000 }] } });
            const failure = await failureOf(engine.preview(SERVICE, "bad", bad));
            expect(failure.message).to.match(
                /was not successfully created by the Kubernetes API server: .*spec\.ports\[0\]/,
            );
        });

        it("refuses unknown fields", async () => {
            const bad = object("Service", { name: "bad" }, { spec: { ports: [{ port: 80 }], selectr: { a: "b" } } });
            expect((await failureOf(engine.preview(SERVICE, "bad", bad))).message).to.contain("selectr");
        });

        it("changes nothing", async () => {
            const made = await engine.create(CONFIG_MAP, "dry", configMap({ a: "1" }, { labels: { x: "1" } }));
            await engine.update(made, configMap({ a: "1" }, { labels: { x: "2" } }), { preview: true });
            const read = await engine.read(made);
            expect(read.properties).to.have.nested.property("metadata.labels.x", "1");
            await engine.delete(made);
        });

        it("work without a cluster", async () => {
            const kubeconfig = admin()
                .exportConfig()
                .replaceAll(/https:\/\/[^"]*/g, "https://127.0.0.1:9");
            const lost = await TestEngine.start({ kubeconfig });
            const inputs = configMap({ a: "1" }, { name: "a" });
            expect((await lost.preview(CONFIG_MAP, "a", inputs)).properties).to.deep.equal(inputs);
            const failure = await failureOf(lost.create(CONFIG_MAP, "a", inputs));
            expect(failure.message).to.contain("configured Kubernetes cluster is unreachable");
        });
    });

    describe("objects that exist", () => {
        it("P11: aren't taken over; the message says what to do", async () => {
            await apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "there" } });
            const inputs = configMap({ a: "1" }, { name: "there" });
            expect((await engine.preview(CONFIG_MAP, "there", inputs)).properties).to.deep.equal(inputs);
            const failure = await failureOf(engine.create(CONFIG_MAP, "there", inputs));
            expect(failure.message).to.contain('configmaps "there" already exists');
            expect(failure.message).to.contain("set upsertExistingObjects on the provider");
        });

        it("are taken over by a provider that upserts, and with force from another manager", async () => {
            await apply(configMap({ a: "foreign", b: "kept" }, { name: "taken" }));
            const inputs = configMap({ a: "ours" }, { name: "taken" });
            const upserting = await TestEngine.start({ upsertExistingObjects: "true" });
            const conflict = await failureOf(upserting.create(CONFIG_MAP, "taken", inputs));
            expect(conflict.message).to.contain("server-side apply field conflict detected");
            const forcing = await TestEngine.start({ upsertExistingObjects: "true", enablePatchForce: "true" });
            const made = await forcing.create(CONFIG_MAP, "taken", inputs);
            expect(made.state).to.have.property("data").that.deep.equals({ a: "ours", b: "kept" });
            await forcing.delete(made);
        });

        it("can be imported: what was read makes no difference", async () => {
            await apply(deployment("example/app:1", { name: "imported" }));
            const type = { type: DEPLOYMENT, name: "imported", id: `${namespace}/imported` };
            const { properties, inputs } = await engine.read(type);
            const resource = { ...type, urn: "urn", state: properties, inputs };
            expect((await engine.diff(resource, deployment("example/app:1", { name: "imported" }))).changes).to.equal(
                "some",
            );
            expect((await engine.diff(resource, inputs)).detailedDiff).to.deep.equal({});
            expect(inputs).not.to.have.property("status");
            await engine.delete(resource);
        });
    });

    describe("drift", () => {
        it("is seen by a refresh and repaired by an update, also what kubectl edited", async () => {
            const inputs = configMap({ a: "1" }, { labels: { x: "1" }, name: "drift" });
            const made = await engine.create(CONFIG_MAP, "drift", inputs);
            await merge("ConfigMap", made, { metadata: { namespace, name: "drift", labels: { x: "2", y: "3" } } });
            expect((await engine.diff(made, inputs)).changes, "before the refresh").to.equal("none");
            const seen = await engine.refresh(made);
            expect(seen.inputs).to.have.nested.property("metadata.labels.x", "2");
            expect((await engine.diff(seen, inputs)).detailedDiff).to.have.all.keys("metadata.labels.x");
            const repaired = await engine.refresh(await engine.update(seen, inputs));
            expect((await engine.diff(repaired, inputs)).detailedDiff).to.deep.equal({});
            expect(repaired.state).to.have.nested.property("metadata.labels.x", "1");
            await engine.delete(repaired);
        });

        it("a deleted object is gone from the state", async () => {
            const made = await engine.create(CONFIG_MAP, "gone", configMap({ a: "1" }));
            await engine.delete(made);
            expect(await engine.read(made)).to.deep.equal({ id: "", properties: {}, inputs: {} });
            await engine.delete(made);
        });

        it("of ignored fields stays: another's field is left to it", async () => {
            const made = await engine.create(DEPLOYMENT, "ignoring", {
                ...deployment("example/app:1"),
                metadata: { namespace, annotations: { "pulumi.com/skipAwait": "true" } },
            });
            await engine.delete(made);
            const own = await engine.create(CONFIG_MAP, "ignoring", configMap({ a: "1" }, { labels: { x: "1" } }));
            const news = configMap({ a: "1" }, { labels: { x: "9", y: "1" } });
            const ignored = await engine.diff(own, news, ["metadata.labels.x"]);
            expect(ignored.detailedDiff).to.have.all.keys("metadata.labels.y");
            const updated = await engine.update(own, news, { ignoreChanges: ["metadata.labels.x"] });
            expect(updated.state).to.have.nested.property("metadata.labels.x", "1");
            expect(updated.state).to.have.nested.property("metadata.labels.y", "1");
            await engine.delete(updated);
        });
    });

    describe("server-side apply", () => {
        it("P10: reports a conflict with another manager, and takes over with pulumi.com/patchForce", async () => {
            const made = await engine.create(CONFIG_MAP, "fight", configMap({ a: "1" }, { labels: { x: "1" } }));
            const owner = { metadata: { namespace, name: made.id.split("/")[1], labels: { x: "theirs" } } };
            await apply({ apiVersion: "v1", kind: "ConfigMap", ...owner });
            const news = configMap({ a: "1" }, { labels: { x: "ours" } });
            const failure = await failureOf(engine.update(made, news));
            expect(failure).to.be.instanceOf(PartialFailure);
            expect(failure.message).to.contain("server-side apply field conflict detected");
            expect(failure.message).to.contain('conflict with "test"');
            const annotations = { "pulumi.com/patchForce": "true" };
            const forced = await engine.update(made, configMap({ a: "1" }, { labels: { x: "ours" }, annotations }));
            expect(forced.state).to.have.nested.property("metadata.labels.x", "ours");
            await engine.delete(forced);
        });

        it("removes fields that the inputs no longer have", async () => {
            const made = await engine.create(CONFIG_MAP, "less", configMap({ a: "1" }, { labels: { x: "1", y: "1" } }));
            const updated = await engine.update(made, configMap({ a: "1" }, { labels: { x: "1" } }));
            expect(updated.state).to.have.property("metadata").that.has.property("labels").that.deep.equals({ x: "1" });
            await engine.delete(updated);
        });

        it("as with the official plugin, a preview can't rename a port before the first real update", async () => {
            const inputs = (port: number): PropertyMap =>
                object("Service", {}, { spec: { clusterIP: "None", ports: [{ name: "http", port }] } });
            const made = await engine.create(SERVICE, "port", inputs(80));
            const failure = await failureOf(engine.update(made, inputs(81), { preview: true }));
            expect(failure.message).to.contain('Duplicate value: "http"');
            await engine.delete(await engine.update(made, inputs(81)));
        });
    });

    describe("warnings of the API server", () => {
        const risky = (): PropertyMap => {
            const inputs = deployment("example/app:1", { annotations: { "pulumi.com/skipAwait": "true" } });
            return { ...inputs, metadata: { ...(inputs.metadata as PropertyMap), namespace: warned } };
        };
        let warned: string;
        before(async () => {
            warned = await freshNamespace("warned", { "pod-security.kubernetes.io/warn": "restricted" });
        });

        it("are passed on, once", async () => {
            const listening = await TestEngine.start();
            await listening.preview(DEPLOYMENT, "risky", risky());
            const made = await listening.create(DEPLOYMENT, "risky", risky());
            expect(listening.said("warning")).to.have.lengthOf(1);
            expect(listening.said("warning")[0]).to.contain("would violate PodSecurity");
            await listening.delete(made);
        });

        it("are errors where the tests want it, and what was made isn't lost", async () => {
            process.env.PERCH_SANDBOX_WARNINGS = "error";
            try {
                const failure = await failureOf(engine.preview(DEPLOYMENT, "risky", risky()));
                expect(failure.message).to.contain("the API server warns: would violate PodSecurity");
                const partial = await failureOf(engine.create(DEPLOYMENT, "risky", risky()));
                expect(partial).to.be.instanceOf(PartialFailure);
                const { id, properties, inputs } = partial as PartialFailure;
                await engine.delete({ urn: "", type: DEPLOYMENT, name: "risky", id, inputs, state: properties });
            } finally {
                delete process.env.PERCH_SANDBOX_WARNINGS;
            }
        });
    });

    describe("waiting", () => {
        it("a Deployment whose image can't be pulled fails and says so, at create, update and refresh", async () => {
            const annotations = { "pulumi.com/timeoutSeconds": "4" };
            const failure = await failureOf(
                engine.create(DEPLOYMENT, "broken", deployment("example/broken:1", { annotations }), 0),
            );
            expect(failure).to.be.instanceOf(PartialFailure);
            const { id, properties, inputs, reasons } = failure as PartialFailure;
            expect(reasons[0]).to.contain("was successfully created").and.to.contain("timed out waiting to be Ready");
            expect(reasons.join("\n")).to.contain("Minimum number of live Pods was not attained");
            expect(reasons.join("\n")).to.match(/\[Pod .*broken.*\]: .*ImagePullBackOff/);
            const made = { urn: "urn", type: DEPLOYMENT, name: "broken", id, inputs, state: properties };
            expect(await failureOf(engine.read(made))).to.be.instanceOf(PartialFailure);
            const repaired = await engine.update(made, deployment("example/app:1", { annotations }));
            const worse = failureOf(
                engine.update(repaired, deployment("example/app:does-not-exist", { annotations }), { timeout: 3 }),
            );
            expect((await worse).message).to.contain("failed to fully initialize or become live");
            await engine.delete(repaired);
        });

        it("skipAwait doesn't wait", async () => {
            const annotations = { "pulumi.com/skipAwait": "true" };
            const made = await engine.create(DEPLOYMENT, "skipped", deployment("example/broken:1", { annotations }));
            await engine.read(made);
            await engine.delete(made);
        });

        it("P9: a Service waits for the pods that its selector finds", async () => {
            const web = await engine.create(DEPLOYMENT, "served", deployment("example/app:1"));
            const service = object("Service", {}, { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
            const made = await engine.create(SERVICE, "served", service);
            await engine.read(made);
            await engine.delete(made);
            await engine.delete(web);
        });

        it("a cancelled wait ends soon, and what was made isn't lost", async () => {
            const other = await TestEngine.start();
            const wait = failureOf(other.create(DEPLOYMENT, "cancelled", deployment("example/broken:1")));
            setTimeout(() => void other.provider.cancel(), 1500);
            const failure = await wait;
            expect(failure.message).to.contain("Resource operation was cancelled");
            const { id, properties, inputs } = failure as PartialFailure;
            await engine.delete({ urn: "", type: DEPLOYMENT, name: "cancelled", id, inputs, state: properties });
        });

        it("says after the time-out that finalizers hold a deleted object", async () => {
            const inputs = configMap({ a: "1" }, { finalizers: ["example.com/hold"] });
            const made = await engine.create(CONFIG_MAP, "held", inputs);
            const failure = (await failureOf(engine.delete(made, 1))) as PartialFailure;
            expect(failure.reasons.join()).to.contain("finalizers might be preventing deletion (example.com/hold)");
            await merge("ConfigMap", made, { metadata: { namespace, name: made.id.split("/")[1], finalizers: null } });
            await engine.delete(made);
        });
    });

    describe("custom resources", () => {
        const definition = {
            apiVersion: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            metadata: { name: "widgets.behaviour.example.com" },
            spec: {
                group: "behaviour.example.com",
                scope: "Namespaced",
                names: { kind: "Widget", plural: "widgets", singular: "widget" },
                versions: [
                    {
                        name: "v1",
                        served: true,
                        storage: true,
                        subresources: { status: {} },
                        schema: {
                            openAPIV3Schema: {
                                type: "object",
                                properties: {
                                    spec: { type: "object", properties: { size: { type: "integer" } } },
                                    status: { type: "object", x_kubernetes_preserve_unknown_fields: true },
                                },
                            },
                        },
                    },
                ],
            },
        };
        const crdType = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
        // Until the garbage collector knows a new kind (up to 30 s), only a deletion in the background ends.
        const background = { "pulumi.com/deletionPropagationPolicy": "background" };
        const widget = (size: number, annotations: PropertyMap = {}): PropertyMap =>
            object(
                "Widget",
                { annotations: { ...background, ...annotations } },
                { spec: { size } },
                "behaviour.example.com/v1",
            );

        it("P7: are made together with their definition, and waited for by pulumi.com/waitFor", async () => {
            const making = engine.create(WIDGET, "first", widget(1));
            const crd = await engine.create(crdType, "crd", definition);
            const first = await making;
            expect((await engine.diff(first, widget(1))).changes).to.equal("none");
            expect((await engine.diff(await engine.refresh(crd), definition)).detailedDiff).to.deep.equal({});

            const waitFor = { "pulumi.com/waitFor": '["jsonpath={.status.ready}=3", "jsonpath={.spec.size}"]' };
            let done = false;
            const waiting = engine.create(WIDGET, "waiting", widget(3, waitFor)).then((made) => {
                done = true;
                return made;
            });
            const api = KubernetesObjectApi.makeApiClient(admin());
            await new Promise((resolve) => setTimeout(resolve, 1000));
            expect(done).to.equal(false);
            const [live] = (await api.list("behaviour.example.com/v1", "Widget", namespace)).items.filter(
                ({ metadata }) => metadata?.name?.startsWith("waiting-"),
            );
            const path = `/apis/behaviour.example.com/v1/namespaces/${namespace}/widgets/${live?.metadata?.name ?? ""}`;
            await patchStatus(path, { status: { ready: 3 } });
            const made = await waiting;
            expect(made.state).to.have.nested.property("status.ready", 3);

            const failure = await failureOf(
                engine.update(made, widget(4, { "pulumi.com/waitFor": "condition=Ready" }), { timeout: 1 }),
            );
            expect((failure as PartialFailure).reasons.join()).to.contain(
                'condition=Ready (found "no such condition")',
            );
            await engine.delete(made);
            await engine.delete(first);
            await engine.delete(crd);
            await engine.delete(first);
        });
    });

    describe("what isn't part of it", () => {
        const cases: Record<string, string> = {
            "kubernetes:core/v1:ConfigMapPatch": "isn't part of the sandbox's stand-in",
            "kubernetes:core/v1:ConfigMapList": "list resources exist for compatibility",
            "kubernetes:coordination.k8s.io/v1:Lease": "add a row to sandbox/plugins/kubernetes/table.ts",
            "kubernetes:yaml:ConfigFile": "typed resources only",
            "kubernetes:helm.sh/v3:Release": "typed resources only",
            "kubernetes:kustomize/v2:Directory": "typed resources only",
        };
        for (const [type, message] of Object.entries(cases)) {
            it(`${type} is an error`, async () => {
                expect((await failureOf(engine.check(type, "x", {}))).message).to.contain(message);
            });
        }
    });
});

async function patchStatus(path: string, body: object): Promise<void> {
    const config = admin();
    const server = config.getCurrentCluster()?.server ?? "";
    const { request } = await import("node:https");
    const options = { method: "PATCH", headers: { "Content-Type": "application/merge-patch+json" } };
    await config.applyToHTTPSOptions(options);
    await new Promise<void>((resolve, reject) => {
        const sent = request(`${server}${path}/status`, options, (response) => {
            response.resume().on("end", () => {
                if (response.statusCode === 200) {
                    resolve();
                } else {
                    reject(new Error(`${path}: ${response.statusCode ?? 0}`));
                }
            });
        });
        sent.on("error", reject);
        sent.end(JSON.stringify(body));
    });
}
