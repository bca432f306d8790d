import { expect } from "chai";
import { jobNames } from "../../config/jobs";
import { type AreaInput, settingsSchema } from "../../config/schema";
import { parseDuration } from "../../config/units";
import { alertRules, type RenderedRule, ruleFamilies, ruleFile } from "../../rules";
import { promqlErrors } from "../support/promql";

function groups(input: Partial<AreaInput> = {}) {
    const settings = settingsSchema.parse({ cluster: { name: "test" }, ...input });
    return (
        ruleFamilies(settings, jobNames(settings.metrics)).find(({ name }) => name === "self-monitoring")?.groups ?? []
    );
}

const rules = (input: Partial<AreaInput> = {}) => alertRules(groups(input));
const names = (input: Partial<AreaInput> = {}) => rules(input).map((rule) => rule.alert);

const annotations = (rule: RenderedRule): Record<string, string> => ("alert" in rule ? rule.annotations : {});

describe("Alerts on the stack's own health", () => {
    it("K-155, K-156, K-157, K-158, I-12: are these, each once", () => {
        expect(names()).to.have.members([
            "PrometheusDown",
            "VolumeFillingUp",
            "ThanosCompactorFailed",
            "LokiRequestErrors",
            "LokiDiscardingLogs",
            "AlertmanagerDown",
        ]);
        expect(new Set(names()).size).to.equal(names().length);
    });

    it("are there only for the parts that are on", () => {
        expect(names({ longTerm: { kind: "none" } })).not.to.include("ThanosCompactorFailed");
        expect(names({ longTerm: { kind: "thanos", compactor: "none" } })).not.to.include("ThanosCompactorFailed");
        expect(names({ metrics: { kubelet: false } })).not.to.include("VolumeFillingUp");
        expect(names({ logs: { kind: "none" } }).filter((name) => name.startsWith("Loki"))).to.deep.equal([]);
        expect(names({ alerting: { kind: "none" } })).not.to.include("AlertmanagerDown");
    });

    it("V-14: have an expression that parses, a hold time, a severity, a summary and a description", () => {
        for (const rule of rules()) {
            expect(promqlErrors(rule.expr), rule.alert).to.deep.equal([]);
            expect(parseDuration(rule.for ?? "0s"), rule.alert).to.be.greaterThan(0);
            expect(["critical", "warning"], rule.alert).to.include(rule.severity);
            expect(rule.summary, rule.alert).to.match(/\S/).and.not.include("\n");
            expect(rule.description, rule.alert).to.match(/\.$/);
        }
    });

    it("link to their runbook where its address is known, and to nothing else", () => {
        const links = (url?: string) =>
            ruleFile(groups(), url).groups.flatMap((group) => group.rules.map((rule) => annotations(rule).runbook_url));
        const wanted = rules().map(({ alert }) => `https://example.com/perch/${alert}.md?plain=1`);
        expect(links("https://example.com/perch/{alert}.md?plain=1")).to.deep.equal(wanted);
        for (const group of ruleFile(groups()).groups) {
            expect(group.rules.map((rule) => Object.keys(annotations(rule)))).to.deep.equal(
                group.rules.map(() => ["summary", "description"]),
            );
        }
    });

    it("K-147: take the label job from the table of job names", () => {
        const [rule] = rules({ metrics: { jobName: "kube-prometheus-stack-prometheus" } });
        expect(rule?.expr).to.include('job="kube-prometheus-stack-prometheus"');
    });

    it("look at their own stack alone, and say its namespace to the route tree", () => {
        for (const rule of rules({ platform: { namespace: "mon" } })) {
            const selectors = [...rule.expr.matchAll(/\{([^}]*)\}/g)].map(([, inner]) => inner);
            expect(selectors.length, rule.alert).to.be.greaterThan(0);
            for (const selector of selectors) {
                expect(selector, rule.alert).to.include('namespace="mon"').and.to.include("job=");
            }
            expect(rule.labels?.namespace === "mon" || rule.expr.includes("by (namespace"), rule.alert).to.equal(true);
        }
    });

    it("count what is wanted: the replicas of the settings", () => {
        const expressions = rules({
            metrics: { replicas: 3 },
            alerting: { kind: "alertmanager", replicas: 5 },
        }).map((rule) => rule.expr);
        expect(expressions.find((expr) => expr.includes('job="prometheus"'))).to.match(/^3 - /);
        expect(expressions.find((expr) => expr.includes('job="alertmanager"'))).to.match(/^5 - /);
    });
});
