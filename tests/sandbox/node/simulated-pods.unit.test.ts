import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { resolveImages } from "../../../config/versions";
import { reality } from "../../../sandbox/commands/status";
import { nodeNames } from "../../../sandbox/node/settings";
import { simulatedImages, simulationOf } from "../../../sandbox/node/simulated-pods";

function pod(image: string, nodeName?: string): V1Pod {
    return { spec: { nodeName, containers: [{ name: "main", image }] } };
}

describe("simulated pods", () => {
    it("are Grafana's and nobody else's", () => {
        const simulated = Object.entries(resolveImages())
            .filter(([, { image }]) => simulationOf(pod(image)) !== undefined)
            .map(([component]) => component);
        expect(simulated).eql(["grafana"]);
    });

    it("are known by their image in any registry and with any tag", () => {
        for (const image of [
            "grafana/grafana",
            "grafana/grafana:13.2.0",
            "docker.io/grafana/grafana@sha256:0",
            "mirror.example.com:5000/x/grafana/grafana:1",
        ]) {
            expect(simulationOf(pod(image)), image).equals(simulatedImages[0]);
        }
        for (const image of ["docker.io/grafana/grafana-image-renderer:1", "docker.io/mygrafana/grafana:1"]) {
            expect(simulationOf(pod(image)), image).equals(undefined);
        }
    });

    it("are told from real ones with the reason", () => {
        const image = "docker.io/grafana/grafana:13.2.0";
        expect(reality(pod(image, nodeNames.simulated), "real")).equals(`simulated: ${simulatedImages[0]!.reason}`);
        expect(reality(pod("docker.io/grafana/loki:3", nodeNames.real), "real")).equals("real");
        expect(reality(pod("docker.io/grafana/loki:3"), "real")).equals("waits for a node");
        expect(reality(pod(image, "sandbox-1"), "simulated")).equals("simulated: PODS=simulated");
    });
});
