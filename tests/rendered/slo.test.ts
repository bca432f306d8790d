import { expect } from "chai";
import { stringify } from "yaml";
import { type SloSettings } from "../../config/schema";
import { ruleFile } from "../../rules";
import { sloRules } from "../../rules/slo";
import { check, refusal } from "./support/check";

const slo: SloSettings = {
    service: "shop",
    objective: 99,
    errors: 'sum(rate(requests_total{code="500"}[{window}]))',
    total: "sum(rate(requests_total[{window}]))",
    labels: { namespace: "shop" },
};
/** The rules of the objective, with these queries in place of its own. */
const rulesOf = (queries: Partial<Pick<SloSettings, "errors" | "total">> = {}) =>
    stringify(ruleFile(sloRules("orders", { ...slo, ...queries }, { retention: "30d" }).prometheus), { lineWidth: 0 });
const { groups } = ruleFile(sloRules("orders", slo, { retention: "30d" }).prometheus);
const rules = rulesOf();
const identity = { sloth_id: "shop-orders", sloth_service: "shop", sloth_slo: "orders" };

/** What happens, phase by phase: for how many minutes how many requests a minute are good, and how many bad. */
type Phase = readonly [minutes: number, good: number, bad: number];

/** What happens from the beginning on, and what fires at the end. */
interface Case {
    what: string;
    phases: readonly Phase[];
    fires: ("critical" | "warning" | "absent")[];
    /** Share of bad requests, as the alert's text has it. */
    share?: string;
}

const days = (count: number) => count * 24 * 60;

// The budget is 1 %: a burn rate of 14.4 is 144 bad ones in a thousand.
const cases: Case[] = [
    { what: "no request is bad", phases: [[days(3.5), 1000, 0]], fires: [] },
    { what: "half of the budget's pace", phases: [[days(3.5), 995, 5]], fires: [] },
    {
        what: "a fifth of all requests is bad for an hour and a half",
        phases: [
            [days(3.1), 1000, 0],
            [90, 800, 200],
        ],
        fires: ["critical"],
        share: "20%",
    },
    {
        what: "a fifth of all requests is bad for ten minutes",
        phases: [
            [days(3.1), 1000, 0],
            [10, 800, 200],
        ],
        fires: [],
    },
    {
        what: "bad for an hour and a half, and well again for one",
        phases: [
            [days(3.1), 1000, 0],
            [90, 800, 200],
            [60, 1000, 0],
        ],
        fires: [],
    },
    {
        what: "eight times too fast for seven hours",
        phases: [
            [days(3.1), 1000, 0],
            [420, 920, 80],
        ],
        // Half an hour's share comes first, and is that of seven hours.
        fires: ["critical"],
        share: "8%",
    },
    { what: "a burn rate of two for days", phases: [[days(3.5), 980, 20]], fires: ["warning"], share: "2%" },
    { what: "nothing is counted", phases: [], fires: ["absent"] },
];

/** A counter that grows as told, a value a minute, in promtool's notation. */
function counter(phases: readonly (readonly [minutes: number, perMinute: number])[]): string {
    let value = 0;
    return phases
        .map(([minutes, perMinute]) => {
            const from = value;
            value += minutes * perMinute;
            return `${from}+${perMinute}x${minutes - 1}`;
        })
        .join(" ");
}

/** The requests with a status, as promtool's input. */
const counterOf = (code: "200" | "500", phases: readonly Phase[]) => ({
    series: `requests_total{code="${code}"}`,
    values: counter(phases.map((phase) => [phase[0], phase[code === "200" ? 1 : 2]])),
});

/** Minutes that phases last. */
const lengthOf = (phases: readonly Phase[]) => phases.reduce((sum, [minutes]) => sum + minutes, 0);

const labelsOf = (labels: Readonly<Record<string, string>>) =>
    `{${Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(",")}}`;

function testFile({ what, phases, fires, share = "" }: Case): string {
    const [, , alerts] = groups;
    const expected = (fired: Case["fires"][number]) => {
        const severity = fired === "absent" ? "warning" : fired;
        const alert = fired === "absent" ? "SLOMetricAbsent" : "SLOBudgetBurn";
        const rule = alerts?.rules.find(
            (one) => "alert" in one && one.alert === alert && one.labels.severity === severity,
        );
        if (rule === undefined || !("alert" in rule)) {
            throw new Error(`no alert ${alert}`);
        }
        return {
            exp_labels: { ...identity, namespace: "shop", severity },
            exp_annotations: {
                ...rule.annotations,
                description: rule.annotations.description.replace("{{ $value | humanizePercentage }}", share),
            },
        };
    };
    const at = `${lengthOf(phases) || 60}m`;
    return stringify({
        rule_files: ["rules.yaml"],
        evaluation_interval: "5m",
        group_eval_order: groups.map(({ name }) => name),
        tests: [
            {
                name: what,
                interval: "1m",
                input_series: phases.length === 0 ? [] : [counterOf("200", phases), counterOf("500", phases)],
                alert_rule_test: [
                    {
                        eval_time: at,
                        alertname: "SLOBudgetBurn",
                        exp_alerts: fires.filter((fired) => fired !== "absent").map(expected),
                    },
                    {
                        eval_time: at,
                        alertname: "SLOMetricAbsent",
                        exp_alerts: fires.filter((fired) => fired === "absent").map(expected),
                    },
                ],
            },
        ],
    });
}

describe("The rules of a service level objective, as promtool sees them", function () {
    this.timeout(120_000);

    it("are accepted", async () => {
        const said = await check("promtool", ["check", "rules", "rules.yaml"], { "rules.yaml": rules });
        expect(said).to.include(`${groups.flatMap((group) => group.rules).length} rules found`);
    });

    for (const one of cases) {
        it(`${one.what}: ${one.fires.join(", ") || "nothing"} fires`, async () => {
            await check("promtool", ["test", "rules", "test.yaml"], {
                "rules.yaml": rules,
                "test.yaml": testFile(one),
            });
        });
    }

    /** What the recordings of 30 days say at the end of these phases. */
    const recorded = (phases: readonly Phase[], codes: readonly ("200" | "500")[], burnRate: number) =>
        stringify({
            rule_files: ["rules.yaml"],
            evaluation_interval: "5m",
            group_eval_order: groups.map(({ name }) => name),
            fuzzy_compare: true,
            tests: [
                {
                    interval: "1m",
                    input_series: codes.map((code) => counterOf(code, phases)),
                    promql_expr_test: [
                        {
                            expr: "slo:period_burn_rate:ratio",
                            eval_time: `${lengthOf(phases)}m`,
                            exp_samples: [
                                {
                                    labels: `slo:period_burn_rate:ratio${labelsOf({ ...identity, sloth_window: "30d" })}`,
                                    value: burnRate,
                                },
                            ],
                        },
                    ],
                },
            ],
        });

    for (const [what, phases, codes, burnRate] of [
        ["count no error as long as there is no series of errors", [[days(1), 1000, 0]], ["200"], 0],
        [
            "leave out the time in which nothing happens",
            [
                [days(1), 980, 20],
                [120, 0, 0],
                [days(1), 980, 20],
            ],
            ["200", "500"],
            2,
        ],
    ] as [string, Phase[], ("200" | "500")[], number][]) {
        it(what, async () => {
            await check("promtool", ["test", "rules", "test.yaml"], {
                "rules.yaml": rules,
                "test.yaml": recorded(phases, codes, burnRate),
            });
        });
    }

    for (const [what, errors, total] of [
        ["without a sum", 'rate(requests_total{code="500"}[{window}])', "rate(requests_total[{window}])"],
        [
            "by a label",
            'sum by (code) (rate(requests_total{code="500"}[{window}]))',
            "sum by (code) (rate(requests_total[{window}]))",
        ],
    ] as const) {
        it(`measure all events where the queries are ${what}`, async () => {
            await check("promtool", ["test", "rules", "test.yaml"], {
                "rules.yaml": rulesOf({ errors, total }),
                "test.yaml": recorded([[days(1), 980, 20]], ["200", "500"], 2),
            });
        });
    }

    it("would be noticed firing when they shouldn't", async () => {
        const said = await refusal(
            check("promtool", ["test", "rules", "test.yaml"], {
                "rules.yaml": rules.replaceAll("> 0.01", "> -1"),
                "test.yaml": testFile(cases[0]!),
            }),
        );
        expect(said).to.include("SLOBudgetBurn");
    });
});
