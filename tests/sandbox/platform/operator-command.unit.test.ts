import type { V1Container, V1HTTPGetAction, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { isMissingImage, isOperatorImage } from "../../../sandbox/platform/images";
import { deploymentOf, operatorCommand, readinessUrl } from "../../../sandbox/platform/operator-command";
import { operatorPod } from "../../../sandbox/platform/operator-host";

const token = { name: "t", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };

function command(container: Partial<V1Container>, environment: Record<string, string> = {}) {
    return operatorCommand({ name: "operator", volumeMounts: [token], ...container }, environment, 20_001);
}

describe("the command of an operator outside its pod", () => {
    it("differs from the pod's by the listen address only", () => {
        const args = ["--controller-id=$(NS)", "--web.listen-address=:9090", "-log-level", "debug"];
        expect(command({ args }, { NS: "monitoring" })).eql({
            args: ["--web.listen-address=127.0.0.1:20001", "--controller-id=monitoring", "-log-level", "debug"],
            podPort: 9090,
        });
        expect(command({ args: ["--web.listen-address", "0.0.0.0:9091", "start"] })).eql({
            args: ["--web.listen-address=127.0.0.1:20001", "start"],
            podPort: 9091,
        });
        expect(command({}).podPort).equals(8080);
    });

    it("takes the arguments of the command too, if that is the operator", () => {
        expect(command({ command: ["/bin/operator", "--a=1"], args: ["--b=2"] }).args.slice(1)).eql(["--a=1", "--b=2"]);
        expect(() => command({ command: ["/bin/sh", "-c"] })).throws('exec: "/bin/sh"');
    });

    it("refuses files of the pod, with the flag's name", () => {
        for (const flag of ["--web.cert-file=/x", "--ca-file=/x", "--web.enable-tls", "--web.enable-tls=true"]) {
            expect(() => command({ args: [flag] })).throws(flag.split("=")[0]);
        }
        expect(command({ args: ["--web.enable-tls=false"] }).podPort).equals(8080);
    });

    it("needs the token of the ServiceAccount, as in the pod", () => {
        expect(() => command({ volumeMounts: [] })).throws("automountServiceAccountToken");
    });

    it("asks what the readiness probe asks, and finds a probe of the wrong port", () => {
        const ports = [{ name: "http", containerPort: 8080 }];
        const probed = (httpGet: V1HTTPGetAction): V1Container => ({ name: "o", ports, readinessProbe: { httpGet } });
        expect(readinessUrl(probed({ path: "/healthz", port: "http" }), 8080, 1)).equals("http://127.0.0.1:1/healthz");
        expect(readinessUrl(probed({ path: "/x", port: 8080, scheme: "HTTPS" }), 8080, 1)).equals(
            "https://127.0.0.1:1/x",
        );
        expect(readinessUrl({ name: "o" }, 8080, 1)).equals(undefined);
        expect(() => readinessUrl(probed({ port: 8081 }), 8080, 1)).throws("the operator listens on port 8080");
        expect(() => readinessUrl(probed({ port: "web" }), 8080, 1)).throws("asks port web");
    });
});

describe("the pods that are operators", () => {
    const image = "quay.io/prometheus-operator/prometheus-operator:v0.93.1";

    function pod(changes: { image?: string; metadata?: object; spec?: object; status?: object }): V1Pod {
        return {
            metadata: { uid: "u", namespace: "n", name: "p", ...changes.metadata },
            spec: { nodeName: "node", containers: [{ name: "o", image: changes.image ?? image }], ...changes.spec },
            status: { phase: "Pending", podIP: "10.0.0.1", ...changes.status },
        };
    }

    it("are told by their image", () => {
        expect(isOperatorImage(image)).equals(true);
        expect(isOperatorImage("registry.example/mirror/prometheus-operator/prometheus-operator@sha256:0")).equals(
            true,
        );
        expect(isOperatorImage("quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1")).equals(false);
        expect(isOperatorImage("quay.io/prometheus-operator/prometheus-operator-x:v1")).equals(false);
        expect(["a/broken:1", "a/broken-b", "b:does-not-exist"].map(isMissingImage)).eql([true, true, true]);
        expect(["a/b:1", "unbroken:1", "a:does-not-exist-yet"].map(isMissingImage)).eql([false, false, false]);
    });

    it("run from their start on a node until they are deleted", () => {
        expect(operatorPod(pod({}))).length(1);
        expect(operatorPod(pod({ image: "example/web:1" }))).eql([]);
        expect(operatorPod(pod({ image: image.replace("v0.93.1", "does-not-exist") }))).eql([]);
        expect(operatorPod(pod({ status: { podIP: undefined } }))).eql([]);
        expect(operatorPod(pod({ status: { phase: "Failed" } }))).eql([]);
        expect(operatorPod(pod({ metadata: { deletionTimestamp: new Date() } }))).eql([]);
    });

    it("know their Deployment", () => {
        const owned = {
            ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "my-operator-5f9", uid: "r" }],
            labels: { "pod-template-hash": "5f9" },
        };
        expect(deploymentOf(pod({ metadata: owned }))).equals("my-operator");
        expect(deploymentOf(pod({}))).equals("p");
    });
});
