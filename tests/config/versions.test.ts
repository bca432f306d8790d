import { expect } from "chai";
import { componentImages, images, pinned, resolveImages, versionOfImage } from "../../config/versions";
import { imagesSchema } from "../../config/schema/images";
import { tools, type ToolName } from "../../sandbox/toolchain/tools";

describe("config/versions", () => {
    it("pins every image to a version of its own tag", () => {
        for (const component of componentImages) {
            const { image, version } = images[component];
            expect(versionOfImage(image), image).to.equal(version);
            expect(imagesSchema.safeParse({ [component]: image }).success, image).to.be.true;
        }
    });

    it("states a reason wherever the checked version isn't the deployed one", () => {
        for (const [component, row] of Object.entries(pinned)) {
            if (row.checked !== row.deployed) {
                expect("reason" in row && row.reason, component).to.be.a("string").and.not.empty;
            }
        }
    });

    it("names the versions of the binaries that the checks really run", () => {
        const binaries: Partial<Record<keyof typeof pinned, ToolName>> = {
            prometheusOperator: "prometheus-operator",
            configReloader: "prometheus-config-reloader",
            admissionWebhook: "prometheus-operator-admission-webhook",
            prometheusAdapter: "prometheus-adapter",
            prometheus: "promtool",
            alertmanager: "amtool",
            thanos: "thanos",
            loki: "loki",
            alloy: "alloy",
            blackboxExporter: "blackbox_exporter",
            telegraf: "telegraf",
            victoriaMetrics: "victoria-metrics",
        };
        for (const component of componentImages) {
            const binary = binaries[component];
            expect(pinned[component].checked, component).to.equal(binary && tools[binary].version);
        }
    });

    it("takes image and version from an override", () => {
        const { thanos, loki, grafana, prometheus } = resolveImages({
            thanos: "mirror.example.com:5000/thanos/thanos:v0.42.9",
            loki: `mirror.example.com/loki@sha256:${"a".repeat(64)}`,
            prometheus: "ghcr.io/prometheus/prometheus:v3.14.0-distroless",
        });
        expect(thanos).to.deep.equal({ image: "mirror.example.com:5000/thanos/thanos:v0.42.9", version: "0.42.9" });
        expect(loki.version).to.equal(images.loki.version);
        expect(prometheus.version).to.equal("3.14.0");
        expect(grafana).to.deep.equal(images.grafana);
    });

    it("S-05: refuses an image without a version", () => {
        for (const image of ["grafana/loki:latest", "docker.io/grafana/loki", "loki", "docker.io/grafana/loki:main"]) {
            expect(imagesSchema.safeParse({ loki: image }).success, image).to.be.false;
        }
    });
});
