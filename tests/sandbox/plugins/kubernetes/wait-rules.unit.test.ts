import { expect } from "chai";
import { daemonSetLack } from "../../../../sandbox/plugins/kubernetes/await/daemon-set";
import { deploymentRule } from "../../../../sandbox/plugins/kubernetes/await/deployment";
import { ingressRule } from "../../../../sandbox/plugins/kubernetes/await/ingress";
import { isJobReady, jobRule } from "../../../../sandbox/plugins/kubernetes/await/job";
import { podProgress } from "../../../../sandbox/plugins/kubernetes/await/pods";
import {
    persistentVolumeRule,
    resourceQuotaRule,
    secretRule,
} from "../../../../sandbox/plugins/kubernetes/await/polled";
import { serviceRule } from "../../../../sandbox/plugins/kubernetes/await/service";
import { statefulSetRule } from "../../../../sandbox/plugins/kubernetes/await/stateful-set";
import type { WaitContext, Waiting, WatchRule } from "../../../../sandbox/plugins/kubernetes/await/types";
import { waitForRule } from "../../../../sandbox/plugins/kubernetes/await/wait-for";
import type { Cluster } from "../../../../sandbox/plugins/kubernetes/cluster";
import { kindOf, type PlainMap } from "../../../../sandbox/plugins/kubernetes/objects";

function contextOf(object: PlainMap, before?: PlainMap): WaitContext {
    return { object, before, status: () => undefined };
}

/** A wait that was told of these objects, in their order. */
function waitingFor(rule: WatchRule, object: PlainMap, ...events: PlainMap[]): Waiting {
    const waiting = rule.start(contextOf(object), () => undefined);
    tell(waiting, ...events);
    return waiting;
}

function tell(waiting: Waiting, ...events: PlainMap[]): void {
    for (const event of events) {
        waiting.watches.find(({ gvk }) => gvk.kind === kindOf(event))?.note({ type: "modified", object: event });
    }
}

const owned = (uid: string): PlainMap => ({ ownerReferences: [{ uid }] });
const condition = (type: string, status: string, reason = "R", message = ""): PlainMap => ({
    type,
    status,
    reason,
    message,
});

const brokenPod: PlainMap = {
    kind: "Pod",
    metadata: { name: "p", namespace: "n", ...owned("rs") },
    status: {
        conditions: [
            condition("PodScheduled", "True"),
            condition("Initialized", "True"),
            condition("Ready", "False", "ContainersNotReady", "containers with unready status: [m]"),
        ],
        containerStatuses: [
            { name: "m", state: { waiting: { reason: "ErrImagePull", message: "no such image: manifest unknown" } } },
        ],
    },
};

describe("wait rule of a pod", () => {
    it("names the step that it hasn't reached, and why", () => {
        const unscheduled = {
            metadata: { name: "p" },
            status: { conditions: [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")] },
        };
        expect(podProgress(unscheduled)).to.deep.equal({
            ready: false,
            waitingFor: 'Waiting for Pod "p" to be scheduled',
            problem: "0/3 nodes are available",
        });
        expect(podProgress(brokenPod).problem).to.equal(
            "[Pod n/p]: containers with unready status: [m][ErrImagePull] no such image",
        );
    });

    it("tells how a container ended", () => {
        const pod = {
            metadata: { name: "p" },
            status: {
                conditions: [
                    condition("PodScheduled", "True"),
                    condition("Initialized", "True"),
                    condition("Ready", "False", "", ""),
                ],
                containerStatuses: [
                    {
                        name: "m",
                        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
                        lastState: { terminated: { reason: "Error", exitCode: 3, finishedAt: "T", message: "boom" } },
                    },
                ],
            },
        };
        expect(podProgress(pod).problem).to.equal(
            '[Pod p]: [CrashLoopBackOff] back-off\ncontainer "m" terminated at T (Error: exit code 3)\nboom',
        );
    });

    it("is satisfied when ready, and when a pod has succeeded", () => {
        const conditions = [condition("PodScheduled", "True"), condition("Initialized", "True")];
        const ready = { status: { conditions: [...conditions, condition("Ready", "True")] } };
        const succeeded = {
            status: { phase: "Succeeded", conditions: [...conditions, condition("Ready", "False", "PodCompleted")] },
        };
        expect(podProgress(ready).ready).to.equal(true);
        expect(podProgress(succeeded).ready).to.equal(true);
    });
});

describe("wait rule of a Deployment", () => {
    const made: PlainMap = { kind: "Deployment", metadata: { name: "d", uid: "d", generation: 2 }, spec: {} };
    const live = (revision: string, ...conditions: PlainMap[]): PlainMap => ({
        ...made,
        metadata: {
            name: "d",
            uid: "d",
            generation: 2,
            annotations: { "deployment.kubernetes.io/revision": revision },
        },
        spec: { template: { spec: { volumes: [{ persistentVolumeClaim: { claimName: "data" } }] } } },
        status: { observedGeneration: 2, conditions },
    });
    const replicaSet = (revision: string, ready: number): PlainMap => ({
        kind: "ReplicaSet",
        metadata: { uid: "rs", annotations: { "deployment.kubernetes.io/revision": revision }, ...owned("d") },
        spec: { replicas: 2 },
        status: { readyReplicas: ready },
    });
    const available = condition("Available", "True");
    const progressed = condition("Progressing", "True", "NewReplicaSetAvailable");

    it("waits for the controller, for Available, and for all pods of the ReplicaSet of its revision", () => {
        const waiting = waitingFor(deploymentRule, made, { ...made, status: { observedGeneration: 1 } });
        expect(waiting.isReady()).to.equal(false);
        tell(waiting, live("1", available), replicaSet("1", 1));
        expect(waiting.isReady()).to.equal(false);
        tell(waiting, replicaSet("1", 2));
        expect(waiting.isReady()).to.equal(true);
    });

    it("waits for the roll-out after the first revision, and doesn't count the old ReplicaSet", () => {
        const waiting = waitingFor(deploymentRule, made, live("2", available), replicaSet("1", 2));
        expect(waiting.isReady()).to.equal(false);
        tell(waiting, replicaSet("2", 2));
        expect(waiting.isReady()).to.equal(false);
        expect(waiting.problems()).to.include(
            "Minimum number of Pods to consider the application live was not attained",
        );
        tell(waiting, live("2", available, progressed));
        expect(waiting.isReady()).to.equal(true);
    });

    it("waits for its claims", () => {
        const claim = (phase: string): PlainMap => ({
            kind: "PersistentVolumeClaim",
            metadata: { name: "data", uid: "c" },
            status: { phase },
        });
        const waiting = waitingFor(deploymentRule, made, live("1", available), replicaSet("1", 2), claim("Pending"));
        expect(waiting.isReady()).to.equal(false);
        expect(waiting.problems()).to.include('Failed to bind PersistentVolumeClaim(s): "data"');
        tell(waiting, claim("Bound"));
        expect(waiting.isReady()).to.equal(true);
    });

    it("tells why: its conditions, and the containers of its pods", () => {
        const quota = condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota");
        const unavailable = condition("Available", "False", "MinimumReplicasUnavailable", "none");
        const waiting = waitingFor(deploymentRule, made, live("1", unavailable, quota), replicaSet("1", 0), brokenPod);
        expect(waiting.problems()).to.deep.equal([
            "[MinimumReplicasUnavailable] none",
            "[FailedCreate] exceeded quota",
            "Minimum number of live Pods was not attained",
            "[Pod n/p]: containers with unready status: [m][ErrImagePull] no such image",
        ]);
    });
});

describe("wait rule of a StatefulSet", () => {
    const live = (generation: number, status: PlainMap, type = "RollingUpdate"): PlainMap => ({
        kind: "StatefulSet",
        metadata: { name: "s", uid: "s", generation },
        spec: { replicas: 2, updateStrategy: { type } },
        status: { observedGeneration: generation, ...status },
    });
    const counts = { replicas: 2, readyReplicas: 2, currentReplicas: 2 };

    it("waits for all replicas of the current revision, and that to be the update revision", () => {
        const made = live(1, {});
        const waiting = waitingFor(statefulSetRule, made, live(1, { ...counts, readyReplicas: 1 }));
        expect(waiting.isReady()).to.equal(false);
        expect(waiting.problems()[0]).to.equal("0 out of 2 replicas succeeded readiness checks");
        tell(waiting, live(1, { ...counts, currentRevision: "a", updateRevision: "b" }));
        expect(waiting.isReady()).to.equal(false);
        tell(waiting, live(1, { ...counts, currentRevision: "b", updateRevision: "b" }));
        expect(waiting.isReady()).to.equal(true);
    });

    it("doesn't believe a status of an older generation", () => {
        const ready = { ...counts, currentRevision: "b", updateRevision: "b" };
        const waiting = waitingFor(statefulSetRule, live(2, {}), live(2, { ...ready, observedGeneration: 1 }));
        expect(waiting.isReady()).to.equal(false);
    });

    it("with OnDelete only readiness counts after a change", () => {
        const waiting = waitingFor(
            statefulSetRule,
            live(2, {}),
            live(2, { replicas: 2, readyReplicas: 2, currentRevision: "a", updateRevision: "b" }, "OnDelete"),
        );
        expect(waiting.isReady()).to.equal(true);
    });
});

describe("wait rule of a DaemonSet", () => {
    const live = (status: PlainMap): PlainMap => ({ metadata: { generation: 2 }, status });
    const full = {
        observedGeneration: 2,
        desiredNumberScheduled: 3,
        currentNumberScheduled: 3,
        updatedNumberScheduled: 3,
        numberAvailable: 3,
        numberReady: 3,
    };

    it("waits until each node's pod is there, updated, available and ready", () => {
        expect(daemonSetLack(live(full))).to.equal(undefined);
        expect(daemonSetLack(live({ ...full, updatedNumberScheduled: 1 }))).to.equal("Updated: 1/3");
        expect(daemonSetLack(live({ ...full, numberReady: 2 }))).to.equal("Ready: 2/3");
        expect(daemonSetLack(live({ ...full, observedGeneration: 1 }))).to.contain("latest observed generation is 1");
        expect(daemonSetLack(live({ desiredNumberScheduled: 0 }))).to.contain("Missing");
    });
});

describe("wait rule of a Job", () => {
    const live = (...conditions: PlainMap[]): PlainMap => ({
        kind: "Job",
        metadata: { name: "j" },
        status: { startTime: "T", conditions },
    });

    it("waits until it is complete", () => {
        expect(isJobReady(live())).to.equal(false);
        expect(isJobReady(live(condition("Complete", "True")))).to.equal(true);
    });

    it("fails at once when it has failed for good", () => {
        const failed = live(condition("Failed", "True", "BackoffLimitExceeded", "too often"));
        expect(() => waitingFor(jobRule, live(), failed)).to.throw(/failed to initialize/);
    });
});

describe("wait rule of a Service", () => {
    const service = (spec: PlainMap, status: PlainMap = {}): PlainMap => ({
        kind: "Service",
        metadata: { name: "s" },
        spec: { selector: { app: "x" }, ...spec },
        status,
    });
    const endpoints = (subset: PlainMap): PlainMap => ({
        kind: "Endpoints",
        metadata: { name: "s" },
        subsets: [subset],
    });
    const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

    beforeEach(() => {
        process.env.PERCH_SANDBOX_SETTLE_MS = "10";
    });
    afterEach(() => {
        delete process.env.PERCH_SANDBOX_SETTLE_MS;
    });

    it("P9: waits until its endpoints have settled with none that isn't ready", async () => {
        const made = service({ clusterIP: "10.0.0.1" });
        const waiting = waitingFor(serviceRule, made, made, endpoints({ notReadyAddresses: [{ ip: "1" }] }));
        await settle();
        expect(waiting.isReady()).to.equal(false);
        expect(waiting.problems()[0]).to.contain("does not target any Pods");
        tell(waiting, endpoints({ addresses: [{ ip: "1" }] }));
        expect(waiting.isReady()).to.equal(false);
        await settle();
        expect(waiting.isReady()).to.equal(true);
    });

    it("P9: doesn't wait for pods when headless, an external name, or without a selector", () => {
        const specs: PlainMap[] = [{ clusterIP: "None" }, { type: "ExternalName" }, { selector: {} }];
        for (const spec of specs) {
            const made = service(spec);
            expect(waitingFor(serviceRule, made, made).isReady(), JSON.stringify(spec)).to.equal(true);
        }
    });

    it("waits for the address of a load balancer", () => {
        const made = service({ type: "LoadBalancer", selector: {} });
        const waiting = waitingFor(serviceRule, made, made);
        expect(waiting.isReady()).to.equal(false);
        expect(waiting.problems()[0]).to.contain("was not allocated an IP address");
        tell(waiting, service(made.spec as PlainMap, { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } }));
        expect(waiting.isReady()).to.equal(true);
    });
});

describe("wait rule of an Ingress", () => {
    const ingress = (status: PlainMap = {}): PlainMap => ({
        kind: "Ingress",
        metadata: { name: "i" },
        spec: { rules: [{ http: { paths: [{ backend: { service: { name: "web" } } }] } }] },
        status,
    });
    const addressed = ingress({ loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } });

    it("waits for an address and for the endpoints of each path", () => {
        const waiting = waitingFor(ingressRule, ingress(), addressed);
        expect(waiting.isReady()).to.equal(false);
        expect(waiting.problems()).to.deep.equal([
            "Ingress has at least one rule with an unavailable target endpoint.",
        ]);
        tell(waiting, { kind: "Endpoints", metadata: { name: "web" } });
        expect(waiting.isReady()).to.equal(true);
        tell(waiting, ingress());
        expect(waiting.isReady()).to.equal(false);
    });

    it("takes a Service with an external name for there", () => {
        const external = { kind: "Service", metadata: { name: "web" }, spec: { type: "ExternalName" } };
        expect(waitingFor(ingressRule, ingress(), addressed, external).isReady()).to.equal(true);
    });
});

describe("wait rules that look again and again", () => {
    const none = undefined as unknown as Cluster;

    it("a volume is available or bound", () => {
        const ready = (phase: string): unknown =>
            persistentVolumeRule.isReady(contextOf({}), { status: { phase } }, none);
        expect(["Pending", "Available", "Bound"].map(ready)).to.deep.equal([false, true, true]);
    });

    it("a quota is noted by its controller", () => {
        const quota = (hard: PlainMap): PlainMap => ({ spec: { hard: { pods: "1" } }, status: { hard } });
        expect(resourceQuotaRule.isReady(contextOf({}), quota({}), none)).to.equal(false);
        expect(resourceQuotaRule.isReady(contextOf({}), quota({ pods: "1" }), none)).to.equal(true);
    });

    it("only the Secret of a service account's token is waited for", () => {
        const secret = (type: string, data: PlainMap): unknown =>
            secretRule.isReady(contextOf({}), { type, data }, none);
        expect(secret("Opaque", {})).to.equal(true);
        expect(secret("kubernetes.io/service-account-token", {})).to.equal(false);
        expect(secret("kubernetes.io/service-account-token", { token: "x" })).to.equal(true);
    });
});

describe("the annotation pulumi.com/waitFor", () => {
    const custom = (status: PlainMap, generation = 1): PlainMap => ({
        apiVersion: "example.com/v1",
        kind: "Widget",
        metadata: { name: "w", generation },
        status,
    });
    const holds = (expression: string, status: PlainMap, generation = 1): boolean => {
        const object = custom(status, generation);
        return waitingFor(waitForRule(expression), object, object).isReady();
    };

    it("jsonpath compares with a value, or asks for any", () => {
        expect(holds("jsonpath={.status.availableReplicas}=2", { availableReplicas: 2 })).to.equal(true);
        expect(holds("jsonpath={.status.availableReplicas}=2", { availableReplicas: 1 })).to.equal(false);
        expect(holds("jsonpath={.status.phase}", { phase: "x" })).to.equal(true);
        expect(holds("jsonpath={.status.phase}", {})).to.equal(false);
        const filter = 'jsonpath={.status.conditions[?(@.type=="Available")].status}=True';
        expect(holds(filter, { conditions: [condition("Available", "True")] })).to.equal(true);
        expect(holds(filter, { conditions: [condition("Available", "False")] })).to.equal(false);
    });

    it("condition asks for True, or for the given status", () => {
        expect(holds("condition=Ready", { conditions: [condition("Ready", "True")] })).to.equal(true);
        expect(holds("condition=Ready", { conditions: [condition("Ready", "False")] })).to.equal(false);
        expect(holds("condition=Ready=False", { conditions: [condition("Ready", "False")] })).to.equal(true);
        expect(holds("condition=Ready", {})).to.equal(false);
    });

    it("doesn't believe a status of an older generation", () => {
        const conditions = [{ ...condition("Ready", "True"), observedGeneration: 1 }];
        expect(holds("condition=Ready", { conditions }, 2)).to.equal(false);
        expect(holds("jsonpath={.status.a}=1", { a: 1, observedGeneration: 1 }, 2)).to.equal(false);
        expect(holds("jsonpath={.status.a}=1", { a: 1, observedGeneration: 2 }, 2)).to.equal(true);
    });

    it("a JSON list holds when all its expressions do", () => {
        const both = JSON.stringify(["jsonpath={.status.a}=1", "condition=Ready"]);
        expect(holds(both, { a: 1 })).to.equal(false);
        expect(holds(both, { a: 1, conditions: [condition("Ready", "True")] })).to.equal(true);
    });

    it("says what is wrong with an expression", () => {
        expect(() => waitForRule("Ready")).to.throw('expected a "jsonpath=" or "condition=" prefix, got "Ready"');
        expect(() => waitForRule("jsonpath=.status.a=1")).to.throw("should be wrapped in brackets");
        expect(() => waitForRule("jsonpath='{.status.a}'=1")).to.throw("without shell quotes");
        expect(() => waitForRule("jsonpath={.status.a}=")).to.throw("must have the form");
        expect(() => waitForRule("[]")).to.throw("at least one condition");
    });

    it("names what it found instead", () => {
        const object = custom({ phase: "Failed" });
        const waiting = waitingFor(waitForRule("jsonpath={.status.phase}=Ready"), object, object);
        expect(waiting.problems()).to.deep.equal(['Waiting for jsonpath={.status.phase}=Ready (found "Failed")']);
    });
});
