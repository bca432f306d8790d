import {
    AppsV1Api,
    BatchV1Api,
    CoordinationV1Api,
    CoreV1Api,
    NetworkingV1Api,
    setHeaderOptions,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { apiMessage, mergePatch, strategicMergePatch } from "../../../cli/kubernetes";
import { saysReady } from "../../support/ready";
import { claim, deployment, ingress, loadBalancer, privilegedPod, statefulSet } from "../support/objects";
import { admin, apply, ensurePlatform, eventually, freshNamespace, testedStorageClasses } from "../support/platform";

describe("the platform's cluster", () => {
    let core: CoreV1Api;
    let apps: AppsV1Api;
    let networking: NetworkingV1Api;

    before(async () => {
        await ensurePlatform();
        core = admin().makeApiClient(CoreV1Api);
        apps = admin().makeApiClient(AppsV1Api);
        networking = admin().makeApiClient(NetworkingV1Api);
    });

    it("has three ready nodes in three zones whose leases are kept up", async () => {
        const nodes = await eventually(async () => {
            const { items } = await core.listNode();
            const ready = items.filter(saysReady);
            expect(ready).length(3);
            return ready;
        });
        const zones = nodes.map(({ metadata }) => metadata?.labels?.["topology.kubernetes.io/zone"]);
        expect(new Set(zones).size).equals(3);
        const coordination = admin().makeApiClient(CoordinationV1Api);
        await eventually(async () => {
            const { items } = await coordination.listNamespacedLease({ namespace: "kube-node-lease" });
            expect(items.map(({ metadata }) => metadata?.name)).members(["sandbox-1", "sandbox-2", "sandbox-3"]);
        });
    });

    it("runs a Deployment of two replicas", async () => {
        const namespace = await freshNamespace("web");
        await apply(deployment(namespace, "web", "example/web:1", 2));
        await eventually(async () => {
            const { status } = await apps.readNamespacedDeployment({ namespace, name: "web" });
            expect(status?.availableReplicas).equals(2);
        });
    });

    it("gets a pod ready again that the node controller declared unready", async () => {
        const namespace = await freshNamespace("unready");
        await apply(deployment(namespace, "web", "example/web:1"));
        const ready = async () => {
            const { items } = await core.listNamespacedPod({ namespace });
            return items[0]?.status?.conditions?.find(({ type }) => type === "Ready");
        };
        await eventually(async () => {
            expect((await ready())?.status).equals("True");
        });
        const [pod] = (await core.listNamespacedPod({ namespace })).items;
        const conditions = [{ type: "Ready", status: "False", lastTransitionTime: "2000-01-01T00:00:00Z" }];
        await core.patchNamespacedPodStatus(
            { namespace, name: pod?.metadata?.name ?? "", body: { status: { conditions } } },
            strategicMergePatch,
        );
        await eventually(async () => {
            const condition = await ready();
            expect(condition?.status).equals("True");
            expect(condition?.lastTransitionTime?.getUTCFullYear()).greaterThan(2000);
        });
    });

    it("completes a Job", async () => {
        const namespace = await freshNamespace("job");
        const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x:1" }] } };
        await apply({
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { namespace, name: "j" },
            spec: { template },
        } as object);
        await eventually(async () => {
            const { status } = await admin().makeApiClient(BatchV1Api).readNamespacedJob({ namespace, name: "j" });
            expect(status?.succeeded).equals(1);
        });
    });

    for (const image of ["example/broken:1", "example/web:does-not-exist"]) {
        it(`never gets a pod of ${image} ready`, async () => {
            const namespace = await freshNamespace("bad");
            await apply(deployment(namespace, "bad", image));
            await eventually(async () => {
                const [pod] = (await core.listNamespacedPod({ namespace })).items;
                expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason).equals("ImagePullBackOff");
                expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).contains(image);
            });
            const { status } = await apps.readNamespacedDeployment({ namespace, name: "bad" });
            expect(status?.availableReplicas ?? 0).equals(0);
        });
    }

    it("starts a pod only when its Secrets and ConfigMaps are there, and says what it waits for", async () => {
        const namespace = await freshNamespace("refs");
        const needy = deployment(namespace, "needy", "example/web:1");
        const [container] = needy.spec!.template.spec!.containers;
        container!.env = [{ name: "A", valueFrom: { secretKeyRef: { name: "secret", key: "key" } } }];
        needy.spec!.template.spec!.volumes = [{ name: "v", configMap: { name: "config" } }];
        await apply(needy);
        const waitsFor = (text: string) =>
            eventually(async () => {
                const [pod] = (await core.listNamespacedPod({ namespace })).items;
                expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).equals(text);
            });
        await waitsFor('configmap "config" not found');
        const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "config" } };
        await apply(config);
        await waitsFor('secret "secret" not found');
        const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "secret" } };
        await apply({ ...secret, stringData: { other: "x" } } as object);
        await waitsFor("references non-existent secret key: key in secret");
        await apply({ ...secret, stringData: { key: "x" } } as object);
        await eventually(async () => {
            const { status } = await apps.readNamespacedDeployment({ namespace, name: "needy" });
            expect(status?.availableReplicas).equals(1);
        });
    });

    describe("with StatefulSets of every class", () => {
        const classes = ["standard", ...testedStorageClasses];
        const results = new Map<string, PromiseSettledResult<void>>();

        /** A StatefulSet gets its volume, which goes with the namespace. */
        async function bindAndDelete(name: string): Promise<void> {
            const namespace = await freshNamespace("sts");
            await apply(statefulSet(namespace, "db", name));
            await eventually(async () => {
                const { status } = await apps.readNamespacedStatefulSet({ namespace, name: "db" });
                expect(status?.readyReplicas).equals(1);
            });
            const bound = await core.readNamespacedPersistentVolumeClaim({ namespace, name: "data-db-0" });
            expect(bound.spec?.storageClassName).equals(name);
            const volume = { name: bound.spec?.volumeName ?? "" };
            expect((await core.readPersistentVolume(volume)).spec?.claimRef?.name).equals("data-db-0");
            await core.deleteNamespace({ name: namespace });
            await eventually(async () => {
                const names = (await core.listPersistentVolume()).items.map(({ metadata }) => metadata?.name);
                expect(names).not.includes(volume.name);
            });
        }

        before(async () => {
            // Side by side: controllers let each wait for seconds.
            const settled = await Promise.allSettled(classes.map(bindAndDelete));
            settled.forEach((result, index) => results.set(classes[index]!, result));
        });

        for (const name of classes) {
            it(`binds the volume of one of class ${name}, and deletes it with its claim`, () => {
                const result = results.get(name);
                if (result?.status !== "fulfilled") {
                    throw result?.reason;
                }
            });
        }
    });

    it("binds a claim without a class to the default one, only when a pod uses it", async () => {
        const namespace = await freshNamespace("pvc");
        await apply(claim(namespace, "waits"), claim(namespace, "at-once", "longhorn"));
        const phaseOf = async (name: string): Promise<string | undefined> =>
            (await core.readNamespacedPersistentVolumeClaim({ namespace, name })).status?.phase;
        await eventually(async () => expect(await phaseOf("at-once")).equals("Bound"));
        expect(await phaseOf("waits")).equals("Pending");
    });

    it("grows a volume where its class allows that, and refuses it elsewhere", async () => {
        const namespace = await freshNamespace("grow");
        await apply(claim(namespace, "data", "longhorn"), statefulSet(namespace, "local", "local-path"));
        const body = { spec: { resources: { requests: { storage: "8Gi" } } } };
        const grow = (name: string) => core.patchNamespacedPersistentVolumeClaim({ namespace, name, body }, mergePatch);
        await eventually(async () => {
            const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace });
            expect(items.map(({ status }) => status?.phase)).eql(["Bound", "Bound"]);
        });
        await grow("data");
        await eventually(async () => {
            const { spec, status } = await core.readNamespacedPersistentVolumeClaim({ namespace, name: "data" });
            expect(status?.capacity?.storage).equals("8Gi");
            const volume = await core.readPersistentVolume({ name: spec?.volumeName ?? "" });
            expect(volume.spec?.capacity?.storage).equals("8Gi");
        });
        const refusal = await grow("data-local-0").catch(apiMessage);
        expect(refusal).contains("only dynamically provisioned pvc can be resized and the storageclass");
    });

    it("gives LoadBalancer Services addresses of their own", async () => {
        const namespace = await freshNamespace("lb");
        await apply(loadBalancer(namespace, "a"), loadBalancer(namespace, "b"));
        await eventually(async () => {
            const { items } = await core.listNamespacedService({ namespace });
            const addresses = items.map(({ status }) => status?.loadBalancer?.ingress?.[0]?.ip);
            expect(new Set(addresses).size).equals(2);
            expect(addresses).not.includes(undefined);
        });
    });

    it("gives Ingresses of known classes an address, others none", async () => {
        const namespace = await freshNamespace("ing");
        await apply(
            ...["traefik", "nginx"].map((name) => ingress(namespace, name, name)),
            ingress(namespace, "default"),
            ingress(namespace, "foreign", "haproxy"),
        );
        const addressOf = async (name: string): Promise<string | undefined> =>
            (await networking.readNamespacedIngress({ namespace, name })).status?.loadBalancer?.ingress?.[0]?.ip;
        await eventually(async () => {
            expect(await addressOf("traefik")).a("string");
            expect(await addressOf("nginx")).a("string");
            expect(await addressOf("default")).equals(await addressOf("traefik"));
        });
        expect(await addressOf("foreign")).equals(undefined);
    });

    it("refuses a privileged pod in a restricted namespace", async () => {
        const namespace = await freshNamespace("psa", { "pod-security.kubernetes.io/enforce": "restricted" });
        const body = privilegedPod(namespace, "p");
        // A fresh namespace gets its default ServiceAccount a moment later.
        await eventually(async () => {
            const refusal = await core.createNamespacedPod({ namespace, body }).catch(apiMessage);
            expect(refusal).contains('violates PodSecurity "restricted:latest"');
        });
    });

    it("holds to a ResourceQuota", async () => {
        const namespace = await freshNamespace("quota");
        const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { namespace, name: "q" } };
        await apply({ ...quota, spec: { hard: { services: "1" } } } as object, loadBalancer(namespace, "a"));
        await eventually(async () => {
            const refusal = await apply(loadBalancer(namespace, "b")).catch(apiMessage);
            expect(refusal).contains("exceeded quota");
        });
    });

    it("deletes with foreground propagation", async () => {
        const namespace = await freshNamespace("gc");
        await apply(deployment(namespace, "web", "example/web:1"));
        await eventually(async () => expect((await core.listNamespacedPod({ namespace })).items).length(1));
        await apps.deleteNamespacedDeployment({ namespace, name: "web", propagationPolicy: "Foreground" });
        await eventually(async () => {
            expect((await apps.listNamespacedDeployment({ namespace })).items).length(0);
            expect((await core.listNamespacedPod({ namespace })).items).length(0);
        });
    });

    it("authorizes by RBAC", async () => {
        const namespace = await freshNamespace("rbac");
        const asNobody = setHeaderOptions("Impersonate-User", "nobody");
        const refusal = await core.listNamespacedSecret({ namespace }, asNobody).catch(apiMessage);
        expect(refusal).contains('User "nobody" cannot list resource');
    });
});
