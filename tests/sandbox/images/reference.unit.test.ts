import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { formatReference, parseReference } from "../../../sandbox/images/reference";

describe("images: references", () => {
    const digest = `sha256:${"a".repeat(64)}`;

    it("takes them apart as container runtimes do", () => {
        const expected: Record<string, [string, string, string]> = {
            "quay.io/thanos/thanos:v0.42.4": ["quay.io", "thanos/thanos", "v0.42.4"],
            "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0": [
                "registry.k8s.io",
                "kube-state-metrics/kube-state-metrics",
                "v2.20.0",
            ],
            "docker.io/grafana/loki:3.7.8": ["docker.io", "grafana/loki", "3.7.8"],
            "grafana/loki:3.7.8": ["docker.io", "grafana/loki", "3.7.8"],
            "docker.io/busybox": ["docker.io", "library/busybox", "latest"],
            busybox: ["docker.io", "library/busybox", "latest"],
            "localhost/x:1": ["localhost", "x", "1"],
            "mirror.example.com:5000/a/b_c/d-e:1": ["mirror.example.com:5000", "a/b_c/d-e", "1"],
            [`quay.io/thanos/thanos@${digest}`]: ["quay.io", "thanos/thanos", digest],
            [`quay.io/thanos/thanos:v0.42.4@${digest}`]: ["quay.io", "thanos/thanos", digest],
        };
        for (const [text, [registry, repository, version]] of Object.entries(expected)) {
            expect(parseReference(text), text).to.deep.equal({ registry, repository, version });
        }
    });

    it("writes them in one form", () => {
        expect(formatReference(parseReference("busybox:1.37"))).to.equal("docker.io/library/busybox:1.37");
        expect(formatReference(parseReference(`quay.io/a/b:1@${digest}`))).to.equal(`quay.io/a/b@${digest}`);
    });

    it("refuses what is none", () => {
        for (const text of [
            "",
            "quay.io/",
            "quay.io/A/b:1",
            "quay.io/a/../b:1",
            "quay.io/a:b:c",
            "quay.io/a@sha256:1",
        ]) {
            expect(() => parseReference(text), text).to.throw(UserError, "isn't an image reference");
        }
    });
});
