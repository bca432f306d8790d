import { expect } from "chai";
import { stringify } from "yaml";
import { type AlertName, alertNames } from "../../config/alerts";
import { escalationEntries } from "../../config/escalations";
import { settingsSchema } from "../../config/schema";
import {
    alertRules,
    type AlertRule,
    everythingOn,
    isAlert,
    type RecordingRule,
    ruleFamilies,
    type RenderedRule,
    type RuleFamily,
    ruleFile,
} from "../../rules";
import { applications } from "./alerts/applications";
import { apiRequests, controlPlane } from "./alerts/control-plane";
import { kubernetes } from "./alerts/kubernetes";
import { nodes } from "./alerts/node";
import { probesAndServers } from "./alerts/probes";
import { fullVolume, jobs, type Labels, type Pair, type Series, settings } from "./alerts/series";
import { stack } from "./alerts/stack";
import { check, refusal } from "./support/check";

/** These have more than a pair: see rules.test.ts and slo.test.ts. Watchdog is never quiet: see alertmanager.test.ts. */
const elsewhere = [
    "PrometheusDown",
    "VolumeFillingUp",
    "ThanosCompactorFailed",
    "LokiRequestErrors",
    "LokiDiscardingLogs",
    "AlertmanagerDown",
    "Watchdog",
    "SLOBudgetBurn",
    "SLOMetricAbsent",
] as const satisfies AlertName[];

/** Every other alert: one that is left out doesn't compile. */
const pairs: Record<Exclude<AlertName, (typeof elsewhere)[number]>, Pair> = {
    ...kubernetes,
    ...controlPlane,
    ...nodes,
    ...probesAndServers,
    ...stack,
    ...applications,
};

const families = ruleFamilies(settings, jobs);

/** The recording rules that an expression reads, and those that they read. */
function recordingsFor(expr: string, { groups }: RuleFamily): RecordingRule[] {
    const all = groups.flatMap(({ rules }) => rules.flatMap((rule) => (isAlert(rule) ? [] : [rule])));
    const read = all.filter(({ record }) => expr.includes(record));
    const below = read.flatMap((rule) => recordingsFor(rule.expr, { name: "", groups: [{ name: "", rules: all }] }));
    return [...new Set([...below, ...read])];
}

function sample(alert: AlertRule, labels: Labels): string {
    const all = { alertname: alert.alert, alertstate: "firing", ...alert.labels, ...labels, severity: alert.severity };
    const text = Object.entries(all).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return `ALERTS{${text.join(",")}}`;
}

/** Who evaluates the rules. */
type Evaluator = "prometheus" | "ruler";

/** External labels, which Thanos Query adds: those of Prometheus to what was scraped, those of the Ruler to its recordings. */
const external = { recorded: { cluster: "test", region: "fsn1" }, scraped: { prometheus: "monitoring/perch" } };

/** Series as Thanos Query has them. */
function throughQuery({ series, values }: Series): Series {
    const labels = Object.entries({ ...external.recorded, ...external.scraped }).map(([k, v]) => `${k}="${v}"`);
    return { series: series.replace(/\}$/, `${series.endsWith("{}") ? "" : ","}${labels.join(",")}}`), values };
}

/** What is asked of promtool, and what it is to find; of the labels that an alert of the Ruler has more it sees nothing. */
function expectation(alert: AlertRule, labels: Labels, wanted: Wanted, evaluator: Evaluator) {
    const firing = `ALERTS{alertname="${alert.alert}",alertstate="firing"}`;
    if (wanted === "quiet") {
        return { expr: firing, exp_samples: [] };
    }
    return evaluator === "prometheus"
        ? { expr: firing, exp_samples: [{ labels: sample(alert, labels), value: 1 }] }
        : {
              expr: `count(${firing}) == 1 and count(${sample(alert, labels)}) == 1`,
              exp_samples: [{ labels: "{}", value: 1 }],
          };
}

/** What a run of promtool is to say of an alert. */
type Wanted = "fires" | "quiet";

/** The files of a test of one alert: alone, for promtool evaluates every rule that it is given at every minute. */
function filesOf(
    family: RuleFamily,
    alert: AlertRule,
    wanted: readonly Wanted[],
    evaluator: Evaluator,
    pair = (pairs as Partial<Record<AlertName, Pair>>)[alert.alert],
): Record<string, string> {
    if (pair === undefined) {
        return {};
    }
    const rules = [...recordingsFor(alert.expr, family), alert];
    const inputs = wanted.flatMap((one) =>
        (one === "quiet" ? [pair.quiet] : [pair.fires, ...(pair.alsoFires ?? [])]).map((input) => ({ one, input })),
    );
    const tests = inputs.map(({ one, input }) => ({
        name: `${alert.alert}: ${one}`,
        interval: "1m",
        input_series: evaluator === "prometheus" ? input : input.map(throughQuery),
        promql_expr_test: [{ ...expectation(alert, pair.labels, one, evaluator), eval_time: pair.at ?? "2h" }],
    }));
    const text = (content: object) => stringify(content, { lineWidth: 0 });
    const { groups } = ruleFile([{ name: family.name, rules }]);
    const recorded = (rule: RenderedRule) => ("record" in rule ? { ...rule, labels: external.recorded } : rule);
    const file = { groups: groups.map((group) => ({ ...group, rules: group.rules.map(recorded) })) };
    return {
        [`${alert.alert}.rules.yaml`]: text(evaluator === "prometheus" ? { groups } : file),
        [`${alert.alert}.yaml`]: text({
            rule_files: [`${alert.alert}.rules.yaml`],
            evaluation_interval: "1m",
            tests,
        }),
    };
}

/** Runs the tests of a family's alerts, each with its expression, or with another one in its place. */
async function run(
    family: RuleFamily,
    wanted: readonly Wanted[],
    { instead, evaluator = "prometheus" }: { instead?: string; evaluator?: Evaluator } = {},
): Promise<string> {
    const files = Object.fromEntries(
        alertRules(family.groups).flatMap((alert) =>
            Object.entries(
                filesOf(family, instead === undefined ? alert : { ...alert, expr: instead }, wanted, evaluator),
            ),
        ),
    );
    const tests = Object.keys(files).filter((name) => !name.endsWith(".rules.yaml"));
    return check("promtool", ["test", "rules", ...tests], files);
}

describe("Every alert, as promtool sees it", function () {
    this.timeout(300_000);

    it("is shipped where everything is on, and has a pair of tests", () => {
        const all = families.flatMap(({ groups }) => alertRules(groups)).map(({ alert }) => alert);
        const shipped = [...new Set(all)];
        expect(shipped).to.have.members(alertNames);
        expect([...Object.keys(pairs), ...elsewhere]).to.have.members(shipped);
    });

    it("names in its texts only labels that it has", () => {
        for (const rule of families.flatMap(({ groups }) => alertRules(groups))) {
            const pair = (pairs as Partial<Record<AlertName, Pair>>)[rule.alert];
            const named = [...`${rule.summary} ${rule.description}`.matchAll(/\$labels\.(\w+)/g)].map(
                ([, label]) => label,
            );
            if (pair !== undefined) {
                expect(Object.keys({ ...pair.labels, ...rule.labels }), rule.alert).to.include.members(named);
            }
        }
    });

    it("has the labels by which it silences others, or is silenced, of one object", () => {
        const ofRule = new Map(
            families.flatMap(({ groups }) => alertRules(groups)).map((one) => [one.alert, one.labels]),
        );
        const labels = (alert: AlertName) => {
            const pair = { ...pairs, VolumeFillingUp: { labels: fullVolume } }[alert as keyof typeof pairs];
            return Object.keys({ ...pair.labels, ...ofRule.get(alert) });
        };
        for (const [alert, { of, by }] of escalationEntries) {
            for (const one of [alert, ...of]) {
                expect(labels(one), one).to.include.members([...by]);
            }
        }
    });

    it("gives what a Ruler evaluates external labels: an expression that they break is noticed", async () => {
        const general = families.find(({ name }) => name === "general")!;
        const instead = 'vector(1) unless on () {cluster="test",prometheus="monitoring/perch"}';
        await run(general, ["quiet"], { instead, evaluator: "ruler" });
        await refusal(run(general, ["quiet"], { instead }));
    });

    it("looks back three days at the API servers where a Ruler is there, which the Prometheus of two days can't", async () => {
        // Twice as many as the objective allows: too few for the windows of a day.
        const slowly: Pair = {
            ...pairs.KubeAPIErrorBudgetBurn,
            fires: apiRequests(0, 2),
            quiet: apiRequests(0.4, 0.4),
        };
        const tested = (ruler: object | "none") => {
            const longTerm = { ...everythingOn.longTerm, ruler };
            const metrics = { ...everythingOn.metrics, retention: "2d" };
            const all = ruleFamilies(settingsSchema.parse({ ...everythingOn, longTerm, metrics }), jobs);
            const groups = all
                .filter(({ name }) => name.startsWith("control-plane"))
                .flatMap((family) => family.groups);
            const alert = alertRules(groups).find((one) => one.alert === "KubeAPIErrorBudgetBurn")!;
            const evaluator = ruler === "none" ? "prometheus" : "ruler";
            const files = filesOf({ name: "control-plane", groups }, alert, ["fires", "quiet"], evaluator, slowly);
            return check("promtool", ["test", "rules", "KubeAPIErrorBudgetBurn.yaml"], files);
        };
        await tested({});
        expect(await refusal(tested("none"))).to.include('alertname=\\"KubeAPIErrorBudgetBurn\\"');
    });

    for (const family of families.filter(({ groups }) => alertRules(groups).some(({ alert }) => alert in pairs))) {
        it(`fires when it should and keeps still when it shouldn't: ${family.name}`, async () => {
            await run(family, ["fires", "quiet"]);
        });

        it(`does so too where a Ruler evaluates it, by series with external labels: ${family.name}`, async () => {
            await run(family, ["fires", "quiet"], { evaluator: "ruler" });
        });

        it(`would be noticed if it never fired, or always: ${family.name}`, async () => {
            const never = await refusal(run(family, ["fires"], { instead: "vector(1) > 2" }));
            const always = await refusal(run(family, ["quiet"], { instead: "vector(1)" }));
            for (const { alert } of alertRules(family.groups).filter((one) => one.alert in pairs)) {
                expect(never).to.include(`alertname=\\"${alert}\\"`);
                expect(always).to.include(`alertname=\\"${alert}\\"`);
            }
        });
    }
});
