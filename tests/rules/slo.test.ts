import { expect } from "chai";
import { type SloSettings } from "../../config/schema";
import type { SloEvaluation } from "../../config/slo-evaluation";
import { ruleFile } from "../../rules";
import { type SloGroups, sloRules } from "../../rules/slo";
import { promqlErrors } from "../support/promql";

const slo: SloSettings = {
    service: "shop",
    objective: 99.9,
    errors: 'sum(rate(http_requests_total{code=~"5.."}[{window}]))',
    total: "sum(rate(http_requests_total[{window}]))",
    labels: { namespace: "shop" },
};
const of = (evaluation: SloEvaluation, evaluator: keyof SloGroups = "prometheus", more: Partial<SloSettings> = {}) =>
    ruleFile(sloRules("orders", { ...slo, ...more }, evaluation)[evaluator]).groups.flatMap((group) => group.rules);
const rules = of({ retention: "30d" });
const records = rules.flatMap((rule) => ("record" in rule ? [rule] : []));

describe("The rules of a service level objective", () => {
    it("record what Sloth's dashboards read, under its names and labels", () => {
        expect(records.map(({ record }) => record)).to.deep.equal([
            ...["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"].map((window) => `slo:sli_error:ratio_rate${window}`),
            "slo:objective:ratio",
            "slo:error_budget:ratio",
            "slo:time_period:days",
            "slo:current_burn_rate:ratio",
            "slo:period_burn_rate:ratio",
            "slo:period_error_budget_remaining:ratio",
            "sloth_slo_info",
        ]);
        for (const { record, labels } of records) {
            expect(labels, record).to.include({ sloth_id: "shop-orders", sloth_service: "shop", sloth_slo: "orders" });
        }
        expect(records.find(({ record }) => record === "slo:error_budget:ratio")?.expr).to.equal("vector(0.001)");
    });

    it("measure each window by the queries of the settings", () => {
        expect(records.find(({ record }) => record === "slo:sli_error:ratio_rate6h")).to.deep.equal({
            record: "slo:sli_error:ratio_rate6h",
            expr:
                '((sum(rate(http_requests_total{code=~"5.."}[6h]))) or vector(0)) / ' +
                "((sum(rate(http_requests_total[6h]))) > 0)",
            labels: { sloth_id: "shop-orders", sloth_service: "shop", sloth_slo: "orders", sloth_window: "6h" },
        });
    });

    for (const [what, query, summed] of [
        ["without a sum", "rate(a[{window}])", "sum(rate(a[1h]))"],
        ["by a label", "sum by (job) (rate(a[{window}]))", "sum(sum by (job) (rate(a[1h])))"],
        ["by a label, which comes last", "sum(rate(a[{window}])) by (job)", "sum(sum(rate(a[1h])) by (job))"],
        ["of all labels but one", "sum without (pod) (rate(a[{window}]))", "sum(sum without (pod) (rate(a[1h])))"],
        ["of several sums", "sum(rate(a[{window}])) + sum(b)", "sum(sum(rate(a[1h])) + sum(b))"],
        ["that isn't a sum", "max(rate(a[{window}]))", "sum(max(rate(a[1h])))"],
        ["that is a sum already, whatever its spelling", " SUM (rate(a[{window}])) ", "SUM (rate(a[1h]))"],
    ] as const) {
        it(`measure all events by a query ${what}`, () => {
            const found = of({ retention: "30d" }, "prometheus", { errors: query, total: query }).find(
                (rule) => "record" in rule && rule.record === "slo:sli_error:ratio_rate1h",
            );
            expect(found?.expr).to.equal(`((${summed}) or vector(0)) / ((${summed}) > 0)`);
            expect(promqlErrors(found?.expr ?? "")).to.deep.equal([]);
        });
    }

    it("say nothing of 30 days where samples are kept for less", () => {
        const short = of({ retention: "15d" });
        expect(JSON.stringify(short)).not.to.match(/rate30d|period_burn|period_error/);
        expect(short).to.have.lengthOf(rules.length - 3);
    });

    it("alert by 14.4 and 6 times the budget now, by 3 and 1 times in working hours, and where nothing is measured", () => {
        const alerts = rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
        expect(alerts.map(({ alert, labels }) => [alert, labels.severity, labels.namespace])).to.deep.equal([
            ["SLOBudgetBurn", "critical", "shop"],
            ["SLOBudgetBurn", "warning", "shop"],
            ["SLOMetricAbsent", "warning", "shop"],
        ]);
        const limits = alerts.map(({ expr }) =>
            [...expr.matchAll(/rate(\w+)\{[^}]*\}\) > ([\d.]+)/g)].map(([, w, l]) => [w, l]),
        );
        expect(limits).to.deep.equal([
            [
                ["5m", "0.0144"],
                ["1h", "0.0144"],
                ["30m", "0.006"],
                ["6h", "0.006"],
            ],
            [
                ["2h", "0.003"],
                ["1d", "0.003"],
                ["6h", "0.001"],
                ["3d", "0.001"],
            ],
            [],
        ]);
    });

    for (const [objective, critical, warning] of [
        [93.06, ["5m", "1h", "30m", "6h"], ["2h", "1d", "6h", "3d"]],
        [93.05, ["30m", "6h"], ["2h", "1d", "6h", "3d"]],
        [83.34, ["30m", "6h"], ["2h", "1d", "6h", "3d"]],
        [83.33, undefined, ["2h", "1d", "6h", "3d"]],
        [66.67, undefined, ["2h", "1d", "6h", "3d"]],
        [66.66, undefined, ["6h", "3d"]],
        [1, undefined, ["6h", "3d"]],
    ] as const) {
        it(`compare with an objective of ${objective} % what its budget can burn so fast, and nothing else`, () => {
            const found = of({ retention: "30d" }, "prometheus", { objective });
            const windows = (severity: string) => {
                const alert = found.find(
                    (rule) => "alert" in rule && rule.alert === "SLOBudgetBurn" && rule.labels.severity === severity,
                );
                return alert && [...alert.expr.matchAll(/ratio_rate(\w+)\{/g)].map(([, window]) => window);
            };
            expect([windows("critical"), windows("warning")]).to.deep.equal([critical, warning]);
        });
    }

    describe("with a Ruler", () => {
        const externalLabels = ["cluster", "prometheus", "thanos_ruler_replica"];
        const recorded = (evaluation: SloEvaluation, evaluator: keyof SloGroups) =>
            of(evaluation, evaluator).map((rule) =>
                "record" in rule ? rule.record : `${rule.alert} ${rule.labels.severity}`,
            );
        const ofPeriod = [
            "slo:sli_error:ratio_rate30d",
            "slo:period_burn_rate:ratio",
            "slo:period_error_budget_remaining:ratio",
        ];

        it("leave to it what reads further back than Prometheus keeps, and nothing else", () => {
            expect(recorded({ retention: "15d", externalLabels }, "ruler")).to.deep.equal(ofPeriod);
            expect(recorded({ retention: "1d", externalLabels }, "ruler")).to.deep.equal([
                "slo:sli_error:ratio_rate3d",
                ...ofPeriod,
                "SLOBudgetBurn warning",
            ]);
            expect(recorded({ retention: "30d", externalLabels }, "ruler")).to.deep.equal([]);
            expect(recorded({ retention: "15d" }, "ruler")).to.deep.equal([]);
        });

        it("are all evaluated, each by one of them", () => {
            for (const retention of ["2h", "1d", "15d", "30d"]) {
                const both = (["prometheus", "ruler"] as const).flatMap((one) =>
                    recorded({ retention, externalLabels }, one),
                );
                expect(both, retention).to.have.lengthOf(rules.length);
                expect(new Set(both).size, retention).to.equal(rules.length);
            }
        });

        it("compare there what both recorded, whatever labels each puts on it", () => {
            const alert = of({ retention: "1d", externalLabels }, "ruler").find((rule) => "alert" in rule);
            expect(alert?.expr).to.include("max without (sloth_window, cluster, prometheus, thanos_ruler_replica)");
            for (const { expr } of of({ retention: "1d", externalLabels }, "ruler")) {
                expect(promqlErrors(expr), expr).to.deep.equal([]);
            }
        });
    });

    it("are PromQL", () => {
        for (const { expr } of rules) {
            expect(promqlErrors(expr), expr).to.deep.equal([]);
        }
    });
});
