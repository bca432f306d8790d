import { expect } from "chai";
import { demandsLabel, metricName, jobMatcher, rangesOf } from "../../config/custom-metrics";
import { problemsOf, profileSettings } from "./settings";

const rule = {
    series: 'http_requests_total{pod!="",namespace!=""}',
    query: "rate(<<.Series>>{<<.LabelMatchers>>}[2m])",
};
const adapter = (more: object = {}) => ({
    autoscaling: { kind: "prometheusAdapter", rules: { requests: rule }, ...more },
});
const withRule = (more: object) => adapter({ rules: { requests: { ...rule, ...more } } });
const target = { namespace: "web", max: 5, metrics: [{ kind: "cpu", utilization: 70 }] };
const scaled = (targets: object, more: object = {}) => ({ autoscaling: { kind: "none", targets, ...more } });
/** A worker that is scaled by these metrics, beside a rule for each API. */
const queued = (metrics: object[]) =>
    adapter({
        rules: {
            requests: rule,
            queue: { api: "external", series: "queue_length", query: "sum(<<.Series>>{<<.LabelMatchers>>})" },
        },
        targets: { worker: { ...target, metrics } },
    });

describe("the name of a custom metric", () => {
    const named = (series: string, matches = "", as = "") => metricName({ series, name: { matches, as } });

    it("is what the adapter makes of it", () => {
        expect(named("up")).to.equal("up");
        expect(named('http_requests_total{pod!=""}')).to.equal("http_requests_total");
        expect(named("http_requests_total", "^(.*)_total$")).to.equal("http_requests");
        expect(named("http_requests_total", "^(.*)_total$", "${1}_per_second")).to.equal("http_requests_per_second");
        expect(named("nginx_http_requests_total", "^(.*)_total", "nginx_http_requests_total")).to.equal(
            "nginx_http_requests_total",
        );
    });

    it("isn't there where the adapter makes none", () => {
        expect(named("http_requests_total", "_sum$")).to.equal(undefined);
        // To Go that is a group called `1_rate`.
        expect(named("http_requests_total", "^(.*)_total$", "$1_rate")).to.equal(undefined);
        // The adapter doesn't choose between two groups.
        expect(named("http_requests_total", "^(http)_(.*)$")).to.equal(undefined);
    });
});

describe("a series of a custom metric", () => {
    it("has a label for sure by a matcher that no empty value passes", () => {
        const demands = (matcher: string) => demandsLabel({ series: `a{${matcher}}` }, "pod");
        for (const matcher of ['pod!=""', 'x="y",pod!=""', 'pod=~".+"', 'pod="web-0"', 'pod =~ "web-.*"']) {
            expect(demands(matcher), matcher).to.equal(true);
        }
        for (const matcher of ["", 'pod=""', 'pod=~".*"', 'pod!="x"', 'mypod!=""', 'pod!~"x"']) {
            expect(demands(matcher), matcher).to.equal(false);
        }
    });

    it("is of a job by all of its matchers of that label", () => {
        const named = (matchers: string) => jobMatcher({ series: `a{${matchers}}` })("shop");
        for (const matchers of ['job="shop"', 'pod!="", job =~ "shop|web"', 'job=~"sh.*",job="shop"']) {
            expect(named(matchers), matchers).to.equal(true);
        }
        for (const matchers of ["", 'job!="web"', 'job="web"', 'myjob="shop"', 'job=~"sho"', 'job=~"s.*",job="web"']) {
            expect(named(matchers), matchers).to.equal(false);
        }
        // RE2 knows what JavaScript doesn't.
        expect(named('job=~"(?i)shop"')).to.equal(false);
    });

    it("is looked at over the ranges of its query", () => {
        expect(rangesOf({ query: "rate(a[1m]) + max_over_time(b[1h30m:30s]) + c" })).to.deep.equal(["1m", "1h30m"]);
    });
});

describe("autoscaling", () => {
    it("is taken as a whole", () => {
        expect(
            problemsOf({
                ...adapter({
                    targets: {
                        blog: { ...target, metrics: [{ kind: "pods", metric: "http_requests_total", average: "100" }] },
                    },
                }),
            }),
        ).to.deep.equal([]);
    });

    it("A-30: is taken by metrics of no object, with any labels", () => {
        const metric = { kind: "external", metric: "queue_length" };
        expect(
            problemsOf({
                ...queued([
                    { ...metric, average: "30", labels: { queue: "orders", tier: "1.high" } },
                    { ...metric, value: "500m" },
                ]),
            }),
        ).to.deep.equal([]);
    });

    const cases: [string, object, string[]][] = [
        [
            "V-10: a window of less than two scrapes",
            withRule({ query: "rate(<<.Series>>{<<.LabelMatchers>>}[45s])" }),
            [
                'perch:autoscaling.rules.requests.query: got "[45s]"; ' +
                    "expected a window of at least 2 times metrics.scrapeInterval, which is 30s",
            ],
        ],
        [
            "V-10: a window of less than two scrapes of its own target, and a list that is older than its samples",
            {
                ...adapter({
                    relistInterval: "40s",
                    rules: {
                        requests: { ...rule, series: 'http_requests_total{job="web",pod!="",namespace!=""}' },
                        orders: { ...rule, series: 'orders_total{job=~"shop|web",pod!="",namespace!=""}' },
                        unknown: { ...rule, series: 'others_total{job="elsewhere",pod!="",namespace!=""}' },
                        fast: {
                            series: 'fast_total{job="fast",pod!="",namespace!=""}',
                            query: "rate(<<.Series>>{<<.LabelMatchers>>}[10s])",
                        },
                    },
                }),
                metrics: {
                    targets: {
                        web: { kind: "service", labels: { app: "web" }, port: "http", interval: "90s" },
                        fast: { kind: "service", labels: { app: "fast" }, port: "http", interval: "5s" },
                    },
                },
                applications: { store: { preset: "flask", job: "shop", interval: "2m", alerts: false } },
            },
            [
                'perch:autoscaling.rules.requests.query: got "[2m]"; ' +
                    "expected a window of at least 2 times metrics.targets.web.interval, which is 90s",
                'perch:autoscaling.rules.orders.query: got "[2m]"; ' +
                    "expected a window of at least 2 times applications.store.interval, which is 2m",
                'perch:autoscaling.relistInterval: got "40s"; ' +
                    "expected at least applications.store.interval, 2m: else metrics come and go",
            ],
        ],
        [
            "V-10: series without the label of their pod",
            withRule({ series: 'http_requests_total{namespace!=""}' }),
            [
                'perch:autoscaling.rules.requests.series: got "http_requests_total{namespace!=\\"\\"}"; ' +
                    'expected only series that have the label pod, by pod!=""',
            ],
        ],
        [
            "V-10: no label for the namespace",
            withRule({ objects: { pod: "pod" } }),
            [
                "perch:autoscaling.rules.requests.objects: " +
                    "no label names the namespace; expected one, such as namespace: namespace",
            ],
        ],
        [
            "a name that the adapter can't make",
            withRule({ name: { matches: "_sum$" } }),
            [
                'perch:autoscaling.rules.requests.name.as: got ""; ' +
                    'expected a name: with name.matches "_sum$" there is none',
            ],
        ],
        [
            "two metrics of one name",
            adapter({ rules: { requests: rule, more: rule } }),
            [
                'perch:autoscaling.rules.more.name.as: got "http_requests_total"; ' +
                    "expected another name: that of autoscaling.rules.requests is the same",
            ],
        ],
        [
            "no rule",
            adapter({ rules: {} }),
            ["perch:autoscaling.rules: is empty; expected at least one rule, or autoscaling.kind none"],
        ],
        [
            "Thanos where there is none",
            { ...adapter({ source: "thanos" }), longTerm: { kind: "none" } },
            [
                'perch:autoscaling.source: got "thanos"; ' +
                    "expected prometheus: longTerm.kind is none, so there is no Thanos Query",
            ],
        ],
        [
            "Thanos that sees other clusters",
            {
                ...adapter({ source: "thanos" }),
                longTerm: { query: { endpoints: { east: { addresses: ["thanos.east:443"] } } } },
            },
            [
                'perch:autoscaling.source: got "thanos"; expected prometheus, or no longTerm.query.endpoints: pods of other ' +
                    "clusters would be counted as this one's",
            ],
        ],
        [
            "a list of metrics that is older than the samples",
            adapter({ relistInterval: "10s" }),
            [
                'perch:autoscaling.relistInterval: got "10s"; ' +
                    "expected at least metrics.scrapeInterval, 30s: else metrics come and go",
            ],
        ],
        [
            "a minimum above the maximum",
            scaled({ blog: { ...target, min: 6 } }),
            ["perch:autoscaling.targets.blog.min: got 6; expected at most 5, as max"],
        ],
        [
            "A-30: a metric that no rule makes",
            adapter({
                targets: {
                    blog: { ...target, metrics: [{ kind: "pods", metric: "http_request_total", average: "1" }] },
                },
            }),
            [
                'perch:autoscaling.targets.blog.metrics[0].metric: got "http_request_total"; ' +
                    "expected a metric of autoscaling.rules; did you mean http_requests_total?",
            ],
        ],
        [
            "a custom metric without the adapter",
            scaled({ blog: { ...target, metrics: [{ kind: "pods", metric: "x", average: "1" }] } }),
            [
                'perch:autoscaling.targets.blog.metrics[0].metric: got "x"; ' +
                    "expected no metric of the custom metrics API: autoscaling.kind is none",
            ],
        ],
        [
            "A-30: an external metric that no rule makes",
            queued([{ kind: "external", metric: "queue_lenght", value: "10" }]),
            [
                'perch:autoscaling.targets.worker.metrics[0].metric: got "queue_lenght"; ' +
                    "expected a metric of autoscaling.rules with api external; did you mean queue_length?",
            ],
        ],
        [
            "metrics of the other API",
            queued([
                { kind: "external", metric: "http_requests_total", value: "10" },
                { kind: "pods", metric: "queue_length", average: "10" },
            ]),
            [
                'perch:autoscaling.targets.worker.metrics[0].metric: got "http_requests_total"; ' +
                    "expected a metric of autoscaling.rules with api external; that of kind pods has this name",
                'perch:autoscaling.targets.worker.metrics[1].metric: got "queue_length"; ' +
                    "expected a metric of autoscaling.rules; that of kind external has this name",
            ],
        ],
        [
            "an external metric without the adapter",
            scaled({ worker: { ...target, metrics: [{ kind: "external", metric: "x", average: "1" }] } }),
            [
                'perch:autoscaling.targets.worker.metrics[0].metric: got "x"; ' +
                    "expected no metric of the external metrics API: autoscaling.kind is none",
            ],
        ],
        [
            "an external metric with no aim, and one with two",
            queued([
                { kind: "external", metric: "queue_length" },
                { kind: "external", metric: "queue_length", average: "10", value: "100" },
            ]),
            [
                "perch:autoscaling.targets.worker.metrics[0].average: missing; expected average, for each pod, or value, " +
                    "for all of them",
                "perch:autoscaling.targets.worker.metrics[1].average: is given, and value too; expected one of them: " +
                    "average for each pod, value for all of them",
            ],
        ],
        [
            "a label's value that no autoscaler takes",
            queued([{ kind: "external", metric: "queue_length", value: "10", labels: { queue: "orders/high" } }]),
            [
                'perch:autoscaling.targets.worker.metrics[0].labels.queue: got "orders/high"; expected 1 to 63 letters, ' +
                    "digits, dashes, underscores and dots; any other value goes into the rule's series",
            ],
        ],
        [
            "A-28: a part of the stack itself",
            scaled({
                prometheus: { ...target, kind: "StatefulSet", namespace: "monitoring", name: "prometheus-perch" },
            }),
            [
                'perch:autoscaling.targets.prometheus.namespace: got "monitoring"; ' +
                    "expected another one: the stack's own parts have replicas as settings",
            ],
        ],
        [
            "one workload twice",
            scaled({ blog: target, again: { ...target, name: "blog" } }),
            [
                'perch:autoscaling.targets.again.name: got "Deployment web/blog"; ' +
                    "expected another workload: autoscaling.targets.blog scales it already",
            ],
        ],
        [
            "V-04, A-27: Selection Input in profile acd",
            { profile: "acd", autoscaling: { targets: { "selection-input": { ...target, namespace: "acd" } } } },
            [
                'perch:autoscaling.targets.selection-input.name: got "Deployment acd/selection-input"; ' +
                    "expected another workload: this one is never scaled (it would lose the order of Kafka's records)",
            ],
        ],
        [
            "more servers than nodes",
            { ...adapter({ replicas: 3 }), cluster: { name: "test", nodes: 2 } },
            ["perch:autoscaling.replicas: got 3; expected at most 2, one for each of cluster.nodes"],
        ],
        [
            "a certificate that is due when it is made",
            { certificates: { kind: "generated", validity: "30d", renewBefore: "30d" } },
            [
                'perch:certificates.renewBefore: got "30d"; ' +
                    "expected less than certificates.validity, 30d: else every certificate is due when it is made",
            ],
        ],
        [
            "a certificate of half an hour",
            { certificates: { kind: "generated", validity: "90m", renewBefore: "1h" } },
            ['perch:certificates.validity: got "90m"; ' + "expected whole hours, at least one, such as 2160h or 90d"],
        ],
    ];
    for (const [name, file, expected] of cases) {
        it(`refuses ${name}`, () => {
            expect(problemsOf(file as Record<string, unknown>)).to.deep.equal(expected);
        });
    }

    it("A-29: scales what the stack file names in profile acd", () => {
        const { autoscaling } = profileSettings("acd", {
            autoscaling: { targets: { "call-router": { ...target, namespace: "acd", min: 2 } } },
        });
        expect(Object.keys(autoscaling.targets)).to.deep.equal(["call-router"]);
        expect(autoscaling.targets["call-router"]).to.deep.include({ min: 2, max: 5 });
    });

    it("S-80: lets the blog of profile severed scale by its requests and its CPU", () => {
        const { autoscaling } = profileSettings("severed", {
            autoscaling: {
                targets: {
                    blog: {
                        ...target,
                        metrics: [
                            { kind: "pods", metric: "nginx_http_requests_total", average: "50" },
                            { kind: "cpu", utilization: 70 },
                        ],
                    },
                },
            },
        });
        expect(autoscaling.targets.blog?.metrics).to.have.length(2);
    });
});
