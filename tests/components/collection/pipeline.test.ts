import { expect } from "chai";
import { expression, renderAlloy } from "../../../components/collection/alloy-syntax";
import {
    defaultMetadata,
    defaultRetry,
    type LogPipeline,
    pipelineBlocks,
    renderPipeline,
} from "../../../components/collection/pipeline";

const pipeline: LogPipeline = {
    cluster: "kup6s",
    pods: { namespaces: [], labels: {} },
    pushUrl: "http://loki-gateway.monitoring.svc:80/loki/api/v1/push",
    nodeVariable: "NODE_NAME",
    metadata: defaultMetadata,
    retry: defaultRetry,
};
const text = renderPipeline(pipeline);

/** Attributes of the one block of this name, wherever it is. */
function attributesOf(name: string): Record<string, unknown> | undefined {
    const all = pipelineBlocks(pipeline).flatMap((block) => [block, ...(block.blocks ?? [])]);
    return all.find((block) => block.name === name)?.attributes;
}

describe("Pipeline of pod logs", () => {
    it("K-70, V-11: discovers the pods of its own node alone", () => {
        expect(attributesOf("selectors")).to.deep.equal({
            role: "pod",
            field: expression('"spec.nodeName=" + sys.env("NODE_NAME")'),
        });
    });

    it("K-68: reads through the Kubernetes API, from no file", () => {
        const names = pipelineBlocks(pipeline).map(({ name }) => name);
        expect(names).to.deep.equal([
            "discovery.kubernetes",
            "discovery.relabel",
            "loki.source.kubernetes",
            "loki.process",
            "loki.write",
        ]);
    });

    it("K-69: takes level, trace and span out of JSON lines as structured metadata, and drops no other line", () => {
        expect(attributesOf("stage.json")).to.deep.equal({
            expressions: {
                level: "level || severity || lvl",
                trace_id: "trace_id || traceId || traceID",
                span_id: "span_id || spanId || spanID",
            },
            drop_malformed: false,
        });
        expect(attributesOf("stage.structured_metadata")).to.deep.equal({
            values: { level: "level", trace_id: "trace_id", span_id: "span_id" },
        });
    });

    it("takes the newline from the end of each line", () => {
        expect(attributesOf("stage.replace")).to.deep.equal({ expression: "(\\n)$", replace: "" });
        expect(text).to.contain('expression = "(\\\\n)$"');
    });

    it("K-71: labels lines with cluster, namespace, pod and container, and nothing more", () => {
        expect(attributesOf("stage.label_keep")).to.deep.equal({ values: ["namespace", "pod", "container"] });
        expect(attributesOf("loki.write")).to.deep.equal({ external_labels: { cluster: "kup6s" } });
        const [, relabel] = pipelineBlocks(pipeline);
        expect(relabel?.blocks?.map((rule) => rule.attributes?.target_label)).to.deep.equal([
            "namespace",
            "pod",
            "container",
        ]);
        expect(text).not.to.contain("stage.labels");
    });

    it("S-45, U-18: takes only pods of the namespaces and with the labels asked for, literally", () => {
        const pods = { namespaces: ["url-shortener", "shop"], labels: { app: "severed-blog", "x.io/a-b": "1.0" } };
        const [, relabel] = pipelineBlocks({ ...pipeline, pods });
        const keep = (source: string, regex: string) => ({ source_labels: [source], regex, action: "keep" });
        expect(relabel?.blocks?.slice(0, -3).map(({ attributes }) => attributes)).to.deep.equal([
            keep("__meta_kubernetes_namespace", "url-shortener|shop"),
            keep("__meta_kubernetes_pod_label_app", "severed-blog"),
            keep("__meta_kubernetes_pod_label_x_io_a_b", "1\\.0"),
        ]);
        expect(text).not.to.contain('keep"');
    });

    it("K-72 K-73: pushes to the given address and tries again for over an hour", () => {
        const endpoint = attributesOf("endpoint");
        expect(endpoint).to.deep.include({
            url: pipeline.pushUrl,
            retry_on_http_429: true,
            max_backoff_period: "5m",
            max_backoff_retries: 25,
        });
    });

    it("forwards to nothing that isn't there", () => {
        const made = new Set(pipelineBlocks(pipeline).map(({ name, label }) => `${name}.${label ?? ""}`));
        const used = [...text.matchAll(/\b((?:loki|discovery)\.\w+\.\w+)\.(?:receiver|output|targets)\b/g)].map(
            ([, component]) => component,
        );
        expect(used).to.have.length(4);
        expect(used.filter((component) => !made.has(component ?? ""))).to.deep.equal([]);
    });
});

describe("Alloy's syntax", () => {
    it("writes blocks, labels, values and references", () => {
        const written = renderAlloy([
            {
                name: "a.b",
                label: "c",
                attributes: { text: 'say "hi"', n: 1, on: true, list: ["x", expression("a.b.c")], map: { "k-1": "v" } },
                blocks: [{ name: "inner" }],
            },
        ]);
        expect(written).to.equal(
            [
                'a.b "c" {',
                '\ttext = "say \\"hi\\""',
                "\tn    = 1",
                "\ton   = true",
                '\tlist = ["x", a.b.c]',
                '\tmap  = {"k-1" = "v"}',
                "",
                "\tinner { }",
                "}",
                "",
            ].join("\n"),
        );
    });
});
