import { expect } from "chai";
import { problemsOf, type StackFile } from "./settings";

const flask = { shop: { preset: "flask", namespace: "shop" } };
const slo = {
    service: "shop",
    objective: 99.9,
    errors: 'sum(rate(requests_total{job="shop",code=~"5.."}[{window}]))',
    total: 'sum(rate(requests_total{job="shop"}[{window}]))',
};
const shop = (interval?: string) => ({
    kind: "pods",
    namespace: "shop",
    labels: {},
    port: "http",
    ...(interval === undefined ? {} : { interval }),
});

const withoutRules = { rules: { cluster: false }, selfMonitoring: false };

describe("scrapes and the windows of rates", () => {
    const refused: [what: string, file: StackFile, message: string][] = [
        [
            "an interval with which no rate over five minutes has a value",
            { metrics: { scrapeInterval: "151s" } },
            'metrics.scrapeInterval: got "151s"; expected at most 150s: alert KubeStatefulSetUpdateNotRolledOut needs 2 scrapes in its window of 5m',
        ],
        [
            "the same without any rules on the cluster: those on the stack itself read it, too",
            { metrics: { scrapeInterval: "5m" }, rules: { cluster: false } },
            'metrics.scrapeInterval: got "5m"; expected at most 150s: alert LokiRequestErrors needs 2 scrapes in its window of 5m',
        ],
        [
            "an interval that an application has from all others, and whose alert reads two minutes",
            { metrics: { scrapeInterval: "90s" }, applications: flask },
            'metrics.scrapeInterval: got "90s"; expected at most 1m: alert HighAppCPU needs 2 scrapes in its window of 2m',
        ],
        [
            "the same, as the application's own",
            { applications: { shop: { ...flask.shop, interval: "2m" } } },
            'applications.shop.interval: got "2m"; expected at most 1m: alert HighAppCPU needs 2 scrapes in its window of 2m',
        ],
        [
            "a target that an objective reads",
            { slos: { checkout: slo }, metrics: { retention: "3d", targets: { shop: shop("3m") } } },
            'metrics.targets.shop.interval: got "3m"; expected at most 150s: SLO checkout needs 2 scrapes in its window of 5m',
        ],
    ];
    for (const [what, file, message] of refused) {
        it(`refuses ${what}`, () => {
            expect(problemsOf(file)).to.deep.equal([`perch:${message}`]);
        });
    }

    const taken: [what: string, file: StackFile][] = [
        ["just two scrapes in the shortest window", { metrics: { scrapeInterval: "150s" } }],
        ["an application without alerts", { applications: { shop: { ...flask.shop, interval: "2m", alerts: false } } }],
        [
            "an application of whose alerts the one with the shortest window is off",
            {
                applications: { shop: { ...flask.shop, interval: "2m" } },
                rules: { alerts: { HighAppCPU: { enabled: false } } },
            },
        ],
        ["a target that no rule reads", { metrics: { targets: { shop: shop("4m") } } }],
        [
            "an objective on another job",
            { slos: { checkout: slo }, metrics: { retention: "3d", targets: { other: shop("4m") } } },
        ],
        ["seldom scrapes of all, and no rules", { metrics: { scrapeInterval: "5m" }, ...withoutRules }],
    ];
    for (const [what, file] of taken) {
        it(`takes ${what}`, () => {
            expect(problemsOf(file)).to.deep.equal([]);
        });
    }
});
