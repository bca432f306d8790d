import * as fs from "node:fs";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import type { V1ContainerStatus } from "@kubernetes/client-node";
import { expect } from "chai";
import { platformStatus } from "../../../sandbox/platform";
import type { ComponentStatus } from "../../../sandbox/platform";
import { mergePatch } from "../../../cli/kubernetes";
import { applyOperatorCrds, operatorDeployment, operatorRbac, prometheus } from "../support/operator";
import { admin, apply, ensurePlatform, eventually, freshNamespace } from "../support/platform";

describe("the operator host", () => {
    let core: CoreV1Api;
    let apps: AppsV1Api;

    before(async () => {
        await ensurePlatform();
        core = admin().makeApiClient(CoreV1Api);
        apps = admin().makeApiClient(AppsV1Api);
        await applyOperatorCrds();
    });

    it("runs the real operator, which brings up a Prometheus, and ends it with its Deployment", async () => {
        const namespace = await withOperator();
        await apply(prometheus(namespace));
        await eventually(async () => {
            expect(await prometheusStatus(namespace)).includes({ availableReplicas: 2 });
        });
        const { pid, port, log } = await operatorOf(namespace);
        const commandLine = fs.readFileSync(`/proc/${pid ?? 0}/cmdline`, "utf8").split("\0");
        expect(commandLine)
            .includes(`--controller-id=${namespace}`)
            .and.includes(`--web.listen-address=127.0.0.1:${port ?? 0}`);
        expect(log).contains(`operator-${namespace}-prometheus-operator.log`);
        const environment = fs.readFileSync(`/proc/${pid ?? 0}/environ`, "utf8");
        expect(environment).not.contains("token=").and.not.contains("eyJ");

        await apps.deleteNamespacedDeployment({ namespace, name: "prometheus-operator" });
        await eventually(async () => expect(await operatorsOf(namespace)).eql([]));
    });

    it("keeps two operators of one cluster apart", async () => {
        const [first, second] = [await withOperator(), await withOperator()];
        await apply(prometheus(first));
        await eventually(async () => expect(await prometheusStatus(first)).includes({ availableReplicas: 2 }));
        await apply(prometheus(second));
        await eventually(async () => expect(await prometheusStatus(second)).includes({ availableReplicas: 2 }));
        expect((await operatorOf(first)).pid).not.equals((await operatorOf(second)).pid);
    });

    it("restarts it when the pod template changes, and gives it the new arguments", async () => {
        const namespace = await withOperator();
        const before = await operatorOf(namespace);
        await apply(operatorDeployment(namespace, "--log-level=debug"));
        await eventually(async () => {
            const after = await operatorOf(namespace);
            expect(after.pid).not.equals(before.pid);
            expect(fs.readFileSync(`/proc/${after.pid ?? 0}/cmdline`, "utf8")).contains("--log-level=debug");
        });
        await expectAvailable(namespace);
    });

    it("restarts it after kill -9, and takes it over when the host itself was killed", async () => {
        const namespace = await withOperator();
        const before = await operatorOf(namespace);
        process.kill(before.pid!, "SIGKILL");
        await eventually(async () => {
            expect((await containerStatus(namespace)).restartCount).equals(1);
            expect((await operatorOf(namespace)).pid).not.equals(before.pid);
        });
        await expectAvailable(namespace);
        const running = await operatorOf(namespace);
        const agent = (await platformStatus()).find(({ name }) => name === "cluster-agent");
        process.kill(agent!.pid!, "SIGKILL");
        await eventually(async () => {
            await ensurePlatform();
            const next = (await platformStatus()).find(({ name }) => name === "cluster-agent");
            expect(next!.pid).not.equals(agent!.pid);
            expect(next!.healthy).equals(true);
        });
        expect((await operatorOf(namespace)).pid).equals(running.pid);
        await apply(operatorDeployment(namespace, "--log-level=debug"));
        await eventually(async () => expect((await operatorOf(namespace)).pid).not.equals(running.pid));
    });

    it("ends one whose pod went while no host ran", async () => {
        const namespace = await withOperator();
        const agent = (await platformStatus()).find(({ name }) => name === "cluster-agent");
        process.kill(agent!.pid!, "SIGKILL");
        await apps.deleteNamespacedDeployment({ namespace, name: "prometheus-operator" });
        await eventually(async () => expect((await core.listNamespacedPod({ namespace })).items).eql([]));
        expect(await operatorsOf(namespace)).length(1);
        await ensurePlatform();
        await eventually(async () => expect(await operatorsOf(namespace)).eql([]));
    });

    it("shows an operator without permissions as a crashing pod that says so", async () => {
        const namespace = await freshNamespace("op");
        const [account] = operatorRbac(namespace);
        await apply(account, operatorDeployment(namespace));
        await eventually(async () => {
            const { state, lastState, ready } = await containerStatus(namespace);
            expect(ready).equals(false);
            expect(state?.waiting?.reason).equals("CrashLoopBackOff");
            expect(state?.waiting?.message).contains("check the RBAC permissions");
            expect(lastState?.terminated?.exitCode).equals(1);
        });
        expect(await availableReplicas(namespace)).equals(0);
        // With the permissions it recovers by itself.
        await apply(...operatorRbac(namespace));
        await expectAvailable(namespace);
    });

    it("shows an operator with an unknown flag as a crashing pod", async () => {
        const namespace = await freshNamespace("op");
        await apply(...operatorRbac(namespace), operatorDeployment(namespace, "--no-such-flag"));
        await eventually(async () => {
            const { lastState } = await containerStatus(namespace);
            expect(lastState?.terminated?.exitCode).equals(2);
        });
    });

    it("leaves an operator off whose role lacks a kind, as in a real cluster", async () => {
        const namespace = await withOperator();
        const rbac = admin().makeApiClient(RbacAuthorizationV1Api);
        const rules = operatorRbac(namespace)[1].rules?.filter(({ apiGroups }) => !apiGroups?.includes("apps"));
        await rbac.patchClusterRole({ name: `operator-${namespace}`, body: { rules } }, mergePatch);
        await apply(prometheus(namespace));
        await eventually(async () => {
            const log = fs.readFileSync((await operatorOf(namespace)).log, "utf8");
            expect(log).contains('cannot create resource \\"statefulsets\\"');
        });
    });

    it("refuses what can't run outside the pod, with the reason on the pod", async () => {
        const namespace = await freshNamespace("op");
        const withTls = operatorDeployment(namespace, "--web.cert-file=/etc/tls/tls.crt");
        await apply(...operatorRbac(namespace), withTls);
        await eventually(async () => {
            const { state } = await containerStatus(namespace);
            expect(state?.waiting?.reason).equals("CreateContainerConfigError");
            expect(state?.waiting?.message).contains("--web.cert-file names files in the pod");
        });
    });

    it("leaves an operator whose image doesn't exist to the pull error", async () => {
        const namespace = await freshNamespace("op");
        const broken = operatorDeployment(namespace);
        broken.spec!.template.spec!.containers[0]!.image =
            "quay.io/prometheus-operator/prometheus-operator:does-not-exist";
        await apply(...operatorRbac(namespace), broken);
        await eventually(async () => {
            expect((await containerStatus(namespace)).state?.waiting?.reason).equals("ImagePullBackOff");
        });
        expect(await operatorsOf(namespace)).eql([]);
    });

    async function withOperator(): Promise<string> {
        const namespace = await freshNamespace("op");
        await apply(...operatorRbac(namespace), operatorDeployment(namespace));
        await expectAvailable(namespace);
        return namespace;
    }

    async function expectAvailable(namespace: string): Promise<void> {
        await eventually(async () => expect(await availableReplicas(namespace)).equals(1));
        await eventually(async () => expect((await operatorOf(namespace)).healthy).equals(true));
    }

    async function availableReplicas(namespace: string): Promise<number> {
        const { status } = await apps.readNamespacedDeployment({ namespace, name: "prometheus-operator" });
        return status?.availableReplicas ?? 0;
    }

    async function containerStatus(namespace: string): Promise<V1ContainerStatus> {
        const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=operator" });
        const [status] = items[0]?.status?.containerStatuses ?? [];
        expect(status).not.equals(undefined);
        return status!;
    }

    async function prometheusStatus(namespace: string): Promise<object> {
        const object = (await admin().makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
            group: "monitoring.coreos.com",
            version: "v1",
            plural: "prometheuses",
            namespace,
            name: "p",
        })) as { status?: object };
        return object.status ?? {};
    }
});

async function operatorsOf(namespace: string): Promise<ComponentStatus[]> {
    return (await platformStatus()).filter(({ name }) => name.startsWith(`operator-${namespace}-`));
}

async function operatorOf(namespace: string): Promise<ComponentStatus> {
    const operators = await operatorsOf(namespace);
    expect(operators).length(1);
    return operators[0]!;
}
