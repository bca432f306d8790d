import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { podsOfComponent, workloadOf } from "../../sandbox/commands/components";
import { answerLines } from "../../sandbox/commands/query";
import { podsLines } from "../../sandbox/commands/status";
import { profileNames } from "../../config/profiles";
import { proxyPath } from "../../sandbox/service-proxy";
import { simulatedValues } from "../../sandbox/stack-values";
import { profileSettings } from "../config/settings";

function pod(name: string, owner: { kind: string; name: string }, labels: Record<string, string> = {}): V1Pod {
    return {
        metadata: { name, labels, ownerReferences: [{ ...owner, controller: true, apiVersion: "apps/v1", uid: "u" }] },
    };
}

const program = (name: string): Record<string, string> => ({ "app.kubernetes.io/name": name });

const query = pod(
    "thanos-query-5d9-x",
    { kind: "ReplicaSet", name: "thanos-query-5d9" },
    { ...program("thanos"), "pod-template-hash": "5d9" },
);
const store = pod("thanos-store-0", { kind: "StatefulSet", name: "thanos-store" }, program("thanos"));
const prometheus = pod("prometheus-perch-0", { kind: "StatefulSet", name: "prometheus-perch" }, program("prometheus"));
const pods = [query, store, prometheus];

describe("a component", () => {
    it("is called by its workload", () => {
        expect(pods.map(workloadOf)).eql(["thanos-query", "thanos-store", "prometheus-perch"]);
        expect(podsOfComponent(pods, "thanos-query")).eql([query]);
    });

    it("or by its program, which may have several workloads, or by one pod", () => {
        expect(podsOfComponent(pods, "thanos")).eql([query, store]);
        expect(podsOfComponent(pods, "prometheus")).eql([prometheus]);
        expect(podsOfComponent(pods, "thanos-store-0")).eql([store]);
    });

    it("that isn't there is told with those that are", () => {
        expect(() => podsOfComponent(pods, "grafanna")).throws(
            'No pod belongs to a component "grafanna"; there are: prometheus-perch, thanos-query, thanos-store.',
        );
        expect(() => podsOfComponent([], "x")).throws("there are: none.");
    });
});

describe("the answer to a query", () => {
    it("is a table of series and values, in the order of the series", () => {
        const result = [
            { metric: { __name__: "up", job: "b" }, value: [1, "0"] as [number, string] },
            { metric: { __name__: "up", job: "alloy" }, value: [1, "1"] as [number, string] },
        ];
        expect(answerLines({ status: "success", warnings: [], data: { resultType: "vector", result } })).eql([
            'up{job="alloy"}  1',
            'up{job="b"}      0',
        ]);
    });

    it("says when there is none, and what the server warned of", () => {
        const data = { resultType: "vector" as const, result: [] };
        expect(answerLines({ status: "success", warnings: ["a store is down"], data })).eql([
            "Warning: a store is down",
            "No series",
        ]);
    });

    it("is an error where the query is one", () => {
        expect(() => answerLines({ status: "error", error: "parse error: unexpected end" })).throws(
            "The query is refused: parse error: unexpected end",
        );
    });
});

describe("the way to a Service through the API server", () => {
    it("is made of its URL within the cluster", () => {
        expect(proxyPath("http://thanos-query.monitoring.svc.cluster.local:10902/api/v1/query?query=up")).equals(
            "/api/v1/namespaces/monitoring/services/http:thanos-query:10902/proxy/api/v1/query?query=up",
        );
        expect(proxyPath("https://a.b.svc/")).equals("/api/v1/namespaces/b/services/https:a:443/proxy/");
    });
});

describe("the status", () => {
    it("says what is off where pods are simulated, and only there", () => {
        expect(podsLines({ kind: "simulated" })).eql([
            "Pods: simulated",
            "Off, since it takes pods that run: the admission webhook of the operator, " +
                "the custom metrics API (prometheus-adapter)",
        ]);
        expect(podsLines({ kind: "real" })).eql(["Pods: real"]);
        expect(podsLines({ kind: "own", clusterUid: "u", context: "k3s", server: "https://10.0.0.1:6443" })).eql([
            'Pods: those of your cluster of context "k3s" (https://10.0.0.1:6443)',
        ]);
        expect(podsLines(undefined)).eql(["Pods: none are up"]);
    });

    it("is true: a stack with the sandbox's settings has neither", () => {
        for (const profile of profileNames) {
            const file = Object.fromEntries(
                Object.entries(simulatedValues).map(([key, value]) => [key.replace("perch:", ""), value]),
            );
            const { metrics, autoscaling } = profileSettings(profile, file);
            expect([metrics.operator.admissionWebhook.enabled, autoscaling.kind]).eql([false, "none"]);
        }
    });
});
