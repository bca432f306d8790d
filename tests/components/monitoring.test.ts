import { expect } from "chai";
import { settingsOf } from "../support/config";
import { kubeObject, kubeObjects } from "../support/mocks";
import { deployStack, given, required } from "../support/stacks";

const deployWith = (values: Record<string, unknown>) => deployStack(settingsOf({ ...required, ...given, ...values }));

describe("The composition of the stack", () => {
    it("waits for each Kubernetes object as long as the setting says, for others as they do by themselves", async () => {
        const { options } = await deployWith({ platform: { readyTimeout: "1h30m" } });
        const all = [...options.values()];
        const kubernetes = all.filter(({ type }) => type.startsWith("kubernetes:"));
        expect(kubernetes).to.not.have.length(0);
        for (const { customTimeouts } of kubernetes) {
            expect(customTimeouts).to.deep.equal({ create: "5400000ms", update: "5400000ms" });
        }
        const others = all.filter((seen) => !kubernetes.includes(seen));
        expect(others.filter(({ customTimeouts }) => Object.keys(customTimeouts).length > 0)).to.deep.equal([]);
    });

    it("leaves waiting to the provider where nothing is said", async () => {
        const { options } = await deployWith({});
        const timed = [...options.values()].filter(({ customTimeouts }) => Object.keys(customTimeouts).length > 0);
        expect(timed).to.deep.equal([]);
    });

    it("gives every alert its page where the address is known", async () => {
        const pages = async (alerting: object) => {
            const { resources } = await deployWith({ alerting });
            const { groups } = kubeObject(resources, "PrometheusRule", "self-monitoring").spec as {
                groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
            };
            return groups.flatMap(({ rules }) =>
                rules.map(({ alert, annotations }) => [alert, annotations.runbook_url]),
            );
        };
        const known = await pages({ runbookUrl: "https://wiki.example.com/{alert}" });
        expect(known).to.have.length(4);
        expect(known).to.deep.equal(known.map(([alert]) => [alert, `https://wiki.example.com/${alert}`]));
        expect(await pages({})).to.deep.equal(known.map(([alert]) => [alert, undefined]));
        expect(await pages({ kind: "none" })).to.have.length(3);
    });

    it("narrows who may call Grafana's load balancer, at the balancer and at the pod", async () => {
        const { resources } = await deployWith({
            grafana: { exposure: { kind: "loadBalancer" } },
            networkPolicies: { clients: { cidrs: ["203.0.113.0/24"] }, nodes: { cidrs: ["10.1.0.0/16"] } },
        });
        expect(kubeObject(resources, "Service", "grafana").spec).to.deep.include({
            loadBalancerSourceRanges: ["203.0.113.0/24"],
        });
        const [policy] = kubeObjects(resources).filter(
            (o) => o.kind === "NetworkPolicy" && o.metadata.name === "grafana",
        );
        const { ingress } = policy?.spec as { ingress: { from: object[] }[] };
        expect(ingress.map(({ from }) => from)).to.deep.include([
            { ipBlock: { cidr: "203.0.113.0/24" } },
            { ipBlock: { cidr: "10.1.0.0/16" } },
        ]);
    });
});
