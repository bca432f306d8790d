import { expect } from "chai";
import { problemsOf } from "./settings";

const problems = (metrics: object) => problemsOf({ metrics });

describe("exporters and VictoriaMetrics in a stack file", () => {
    const refused: [string, object, string][] = [
        [
            "V-04: two servers of VictoriaMetrics",
            { victoriaMetrics: { enabled: true, replicas: 2 } },
            "victoriaMetrics.replicas: got 2; expected 1: a single server shares its data with no other",
        ],
        [
            "less than a day of VictoriaMetrics",
            { victoriaMetrics: { retention: "12h" } },
            'victoriaMetrics.retention: got "12h"; expected whole hours, 1d or more',
        ],
        [
            "a part of an hour of it",
            { victoriaMetrics: { retention: "1d30m" } },
            'victoriaMetrics.retention: got "1d30m"; expected whole hours, 1d or more',
        ],
        [
            "series that are no expression",
            { victoriaMetrics: { series: "billing_(" } },
            'victoriaMetrics.series: got "billing_("; expected a regular expression of Go (RE2), which looks neither ' +
                "ahead nor back, such as billing_.*",
        ],
        [
            "another server of VictoriaMetrics's name",
            {
                victoriaMetrics: { enabled: true },
                remoteWrite: { "victoria-metrics": { url: "https://vm.example.com" } },
            },
            "remoteWrite.victoria-metrics: is the name of the stack's own VictoriaMetrics, which is on; expected another one",
        ],
        [
            "one port of the node for two programs",
            { nodeExporter: { port: 9200 }, telegraf: { enabled: true, port: 9200 } },
            "telegraf.port: got 9200; expected another port of the node: node-exporter has this one",
        ],
        [
            "Telegraf looking all the time",
            { telegraf: { interval: "10ms" } },
            'telegraf.interval: got "10ms"; expected 1s or more',
        ],
        ["no shard", { kubeStateMetrics: { shards: 0 } }, "kubeStateMetrics.shards: got 0; expected at least 1"],
        [
            "a label that can't be one",
            { kubeStateMetrics: { labels: { pods: ["app name"] } } },
            'kubeStateMetrics.labels.pods[0]: got "app name"; expected the name of a label or annotation, such as ' +
                "app.kubernetes.io/name, or *",
        ],
    ];
    for (const [what, metrics, message] of refused) {
        it(`refuses ${what}`, () => {
            expect(problems(metrics)).to.deep.equal([`perch:metrics.${message}`]);
        });
    }

    it("refuses labels of what isn't watched, Secrets above all", () => {
        const [message] = problems({ kubeStateMetrics: { labels: { secrets: ["app"] } } });
        expect(message).to.match(/^perch:metrics\.kubeStateMetrics\.labels\.secrets: /);
    });

    it("takes the name of VictoriaMetrics for another server where it is off", () => {
        expect(problems({ remoteWrite: { "victoria-metrics": { url: "https://vm.example.com" } } })).to.deep.equal([]);
    });
});
