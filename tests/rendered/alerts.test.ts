import { expect } from "chai";
import { stringify } from "yaml";
import { type AlertName, alertNames } from "../../config/alerts";
import {
    alertRules,
    type AlertRule,
    isAlert,
    type RecordingRule,
    ruleFamilies,
    type RuleFamily,
    ruleFile,
} from "../../rules";
import { applications } from "./alerts/applications";
import { controlPlane } from "./alerts/control-plane";
import { kubernetes } from "./alerts/kubernetes";
import { nodes } from "./alerts/node";
import { probesAndServers } from "./alerts/probes";
import { jobs, type Labels, type Pair, settings } from "./alerts/series";
import { stack } from "./alerts/stack";
import { check, refusal } from "./support/check";

/** These have more than a pair: see rules.test.ts. Watchdog is never quiet: see alertmanager.test.ts. */
const elsewhere = [
    "PrometheusDown",
    "VolumeFillingUp",
    "ThanosCompactorFailed",
    "LokiRequestErrors",
    "AlertmanagerDown",
    "Watchdog",
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

/** What a run of promtool is to say of an alert. */
type Wanted = "fires" | "quiet";

/** The files of a test of one alert: alone, for promtool evaluates every rule that it is given at every minute. */
function filesOf(family: RuleFamily, alert: AlertRule, wanted: readonly Wanted[]): Record<string, string> {
    const pair = (pairs as Partial<Record<AlertName, Pair>>)[alert.alert];
    if (pair === undefined) {
        return {};
    }
    const rules = [...recordingsFor(alert.expr, family), alert];
    const tests = wanted.map((one) => ({
        name: `${alert.alert}: ${one}`,
        interval: "1m",
        input_series: pair[one],
        promql_expr_test: [
            {
                expr: `ALERTS{alertname="${alert.alert}",alertstate="firing"}`,
                eval_time: pair.at ?? "2h",
                exp_samples: one === "quiet" ? [] : [{ labels: sample(alert, pair.labels), value: 1 }],
            },
        ],
    }));
    const text = (content: object) => stringify(content, { lineWidth: 0 });
    return {
        [`${alert.alert}.rules.yaml`]: text(ruleFile([{ name: family.name, rules }])),
        [`${alert.alert}.yaml`]: text({
            rule_files: [`${alert.alert}.rules.yaml`],
            evaluation_interval: "1m",
            tests,
        }),
    };
}

/** Runs the tests of a family's alerts, each with its expression, or with another one in its place. */
async function run(family: RuleFamily, wanted: readonly Wanted[], instead?: string): Promise<string> {
    const files = Object.fromEntries(
        alertRules(family.groups).flatMap((alert) =>
            Object.entries(filesOf(family, instead === undefined ? alert : { ...alert, expr: instead }, wanted)),
        ),
    );
    const tests = Object.keys(files).filter((name) => !name.endsWith(".rules.yaml"));
    return check("promtool", ["test", "rules", ...tests], files);
}

describe("Every alert, as promtool sees it", function () {
    this.timeout(300_000);

    it("is shipped where everything is on, and has a pair of tests", () => {
        const shipped = families.flatMap(({ groups }) => alertRules(groups)).map(({ alert }) => alert);
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

    for (const family of families.filter(({ groups }) => alertRules(groups).some(({ alert }) => alert in pairs))) {
        it(`fires when it should and keeps still when it shouldn't: ${family.name}`, async () => {
            await run(family, ["fires", "quiet"]);
        });

        it(`would be noticed if it never fired, or always: ${family.name}`, async () => {
            const never = await refusal(run(family, ["fires"], "vector(1) > 2"));
            const always = await refusal(run(family, ["quiet"], "vector(1)"));
            for (const { alert } of alertRules(family.groups).filter((one) => one.alert in pairs)) {
                expect(never).to.include(`alertname=\\"${alert}\\"`);
                expect(always).to.include(`alertname=\\"${alert}\\"`);
            }
        });
    }
});
