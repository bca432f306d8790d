import { expect } from "chai";
import { stringify } from "yaml";
import type { AlertName } from "../../config/alerts";
import { jobNames } from "../../config/jobs";
import { alertRules, ruleFamilies, ruleFile } from "../../rules";
import { profileSettings } from "../config/settings";
import { type Labels, series, type Series } from "./alerts/series";
import { check } from "./support/check";

const settings = profileSettings("urlshortener");
const groups = ruleFamilies(settings, jobNames(settings.metrics)).flatMap((family) => family.groups);
const rules = ruleFile(groups);
const names = alertRules(groups).map(({ alert }) => alert);

const job = { job: "url-shortener", namespace: "url-shortener" };

const up = (pod: string, values: string) => series("up", { ...job, pod }, values);
const requests = (values: string, labels: Labels = {}) =>
    series(
        "flask_http_request_duration_seconds_count",
        { ...job, pod: "app-0", path: "/urls", status: "200", ...labels },
        values,
    );
const probes = (values: string) => ["/health", "/ready", "/metrics"].map((path) => requests(values, { path }));

/** Each minute another short link is called for the first time, and never again, as a pod has it until it ends. */
const onceEach = (make: (path: string, values: string) => Series[], { first = 10, last = 59, until = 59 } = {}) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((minute) =>
        make(`/link-${minute}`, `_x${minute} 1x${until - minute} stale`),
    );

/** Buckets of requests that take between 2.5 and 5 seconds. */
const slow = (path: string, values: string) =>
    [["2.5", values.replace(" 1x", " 0x")] as const, ["5", values] as const, ["+Inf", values] as const].map(
        ([le, each]) =>
            series(
                "flask_http_request_duration_seconds_bucket",
                { ...job, pod: "app-0", path, status: "302", le },
                each,
            ),
    );

/** What happens, and which alerts fire at a given time. */
interface Case {
    what: string;
    input: Series[];
    fires: Record<string, Partial<Record<AlertName, number>>>;
}

/** Three pods that users call. */
const pods = [up("app-0", "1x60"), up("app-1", "1x60"), up("app-2", "1x60")];

const cases: Case[] = [
    { what: "all is well", input: [...pods, requests("0+60x60"), ...probes("0+6x60")], fires: { "50m": {} } },
    {
        what: "U-24: one of three pods doesn't answer",
        input: [pods[0]!, pods[1]!, up("app-2", "1x20 0x40"), requests("0+60x60")],
        fires: { "21m30s": {}, "22m30s": { ServiceDown: 1 } },
    },
    {
        what: "I-23: every pod is deleted, and the targets with them",
        input: [up("app-0", "1x20 stale _x40"), up("app-1", "1x20 stale _x40")],
        fires: { "19m": { NoRequests: 1 }, "21m30s": {}, "23m": { ServiceDown: 1 } },
    },
    {
        what: "U-53: a rolling update takes one pod after the other",
        input: [
            up("app-0", "1x20 stale _x40"),
            up("app-1", "1x22 stale _x38"),
            up("app-2", "1x24 stale _x36"),
            up("app-3", "_x20 0 1x40"),
            up("app-4", "_x22 0 1x40"),
            up("app-5", "_x24 0 1x40"),
            requests("0+60x60"),
        ],
        fires: { "21m": {}, "22m": {}, "23m": {}, "24m": {}, "26m": {}, "30m": {} },
    },
    {
        what: "I-22: a quarter of the requests ends in a server error",
        input: [...pods, requests("0+70x60"), requests("0+30x60", { status: "503" })],
        fires: { "30m": { HighErrorRate: 1, HighErrorRateCritical: 1 } },
    },
    {
        what: "U-25: one request in ten ends in a server error",
        input: [...pods, requests("0+90x60"), requests("0+10x60", { status: "500" })],
        fires: { "30m": { HighErrorRate: 1 } },
    },
    {
        what: "U-25: users ask for what isn't there",
        input: [...pods, requests("0+10x60"), requests("0+90x60", { status: "404" })],
        fires: { "30m": {} },
    },
    {
        what: "U-58: probes fail, users don't",
        input: [...pods, requests("0+10x60"), requests("0+90x60", { path: "/ready", status: "503" })],
        fires: { "30m": {} },
    },
    {
        what: "U-31: users stop calling, probes don't",
        input: [...pods, requests("0+60x20 1200x40"), ...probes("0+6x60")],
        fires: { "23m": {}, "26m": { NoRequests: 1 } },
    },
    {
        what: "U-25, U-28, U-31: each short link is called once, and ends in a server error",
        input: [
            ...pods,
            ...probes("0+6x60"),
            ...onceEach((path, values) => [requests(values, { path, status: "500" })]),
        ],
        fires: { "30m": { HighErrorRate: 1, HighErrorRateCritical: 1 } },
    },
    {
        what: "U-25, U-31: each short link is called once, and is found",
        input: [...pods, ...onceEach((path, values) => [requests(values, { path, status: "302" })])],
        fires: { "30m": {} },
    },
    {
        what: "U-26: each short link is called once, and slow",
        input: [
            ...pods,
            ...onceEach((path, values) => [requests(values, { path, status: "302" }), ...slow(path, values)]),
        ],
        fires: { "30m": { HighLatency: 1 } },
    },
    {
        what: "U-31: a rollout replaces every pod, while each short link is called once",
        input: [
            up("app-0", "1x20 stale _x40"),
            up("app-1", "_x20 1x40"),
            ...onceEach((path, values) => [requests(values, { path })], { last: 20, until: 20 }),
            ...onceEach((path, values) => [requests(values, { path, pod: "app-1" })], { first: 21 }),
        ],
        fires: { "21m": {}, "23m": {}, "25m": {}, "30m": {} },
    },
    {
        what: "U-31: short links were called once, long ago",
        input: [...pods, requests("_x10 1x49", { path: "/link-0" })],
        fires: { "12m": {}, "20m": { NoRequests: 1 } },
    },
    {
        what: "U-25: Prometheus sees an application for the first time, which failed long ago",
        input: [up("app-0", "_x20 1x40"), requests("_x20 1000+60x40"), requests("_x20 900x40", { status: "500" })],
        fires: { "21m": {}, "24m": {}, "26m": {} },
    },
    {
        what: "U-25: an application that failed long ago is back after Prometheus couldn't reach it",
        input: [
            up("app-0", "1x10 0x10 1x40"),
            requests("1000+60x10 stale _x9 1000+60x40"),
            requests("900x10 stale _x9 900x40", { status: "500" }),
        ],
        fires: { "9m": {}, "13m": { ServiceDown: 1 }, "23m": {}, "27m": {} },
    },
    {
        what: "U-31: an application has just started, and nobody has called it",
        input: [up("app-0", "_x20 1x40")],
        fires: { "24m": {}, "26m": { NoRequests: 1 } },
    },
];

function testFile({ what, input, fires }: Case): string {
    const tests = Object.entries(fires).flatMap(([at, expected]) =>
        names.map((alert) => ({
            expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
            eval_time: at,
            exp_samples: expected[alert] === undefined ? [] : [{ labels: "{}", value: expected[alert] }],
        })),
    );
    return stringify(
        {
            rule_files: ["rules.yaml"],
            evaluation_interval: "30s",
            tests: [{ name: what, interval: "1m", input_series: input, promql_expr_test: tests }],
        },
        { lineWidth: 0 },
    );
}

describe("The eight alerts of profile urlshortener, as promtool sees them", function () {
    this.timeout(120_000);

    it("U-10: are eight", () => {
        expect(names).to.have.length(8);
    });

    for (const one of cases) {
        it(one.what, async () => {
            await check("promtool", ["test", "rules", "test.yaml"], {
                "rules.yaml": stringify(rules, { lineWidth: 0 }),
                "test.yaml": testFile(one),
            });
        });
    }
});
