import { isPlainSum } from "../config/promql";
import { type SloSettings, windowPlaceholder } from "../config/schema";
import { evaluatorOf, type SloEvaluation, sloEvaluation } from "../config/slo-evaluation";
import { burns, burnWindows, SLO_PERIOD_DAYS, sloId, sloLabels, sloPeriod } from "../config/slos";
import type { RuleSettings } from "./context";
import type { AlertRule, RecordingRule, RuleFamily, RuleGroup } from "./types";

/** A fraction without the noise of binary numbers: 1 - 0.999 is 0.001. */
const exact = (value: number): number => Number(value.toPrecision(12));

/** A rule, and the longest window that it reads. */
interface Windowed {
    readonly window: string;
    readonly rule: AlertRule | RecordingRule;
}

/** What reads the present alone. */
const NOW = "0s";

/** The rules of a service level objective, by who evaluates them. */
export interface SloGroups {
    /** Empty where Prometheus has shards. */
    readonly prometheus: RuleGroup[];
    /** Empty without a Ruler, or where Prometheus keeps enough and sees all. */
    readonly ruler: RuleGroup[];
}

/**
 * The rules of a service level objective. Names and labels of the recordings are those of Sloth, whose dashboards show
 * them. What reads further back than Prometheus keeps is the Ruler's; without one it is left out.
 *
 * @param name name of the SLO, unique in the stack
 */
export function sloRules(name: string, slo: SloSettings, evaluation: SloEvaluation): SloGroups {
    const id = sloId(slo.service, name);
    const identity = { [sloLabels.id]: id, [sloLabels.service]: slo.service, [sloLabels.slo]: name };
    const select = `{${Object.entries(identity)
        .map(([label, value]) => `${label}="${value}"`)
        .join(",")}}`;
    const groups: [name: string, rules: Windowed[]][] = [
        [`sloth-slo-sli-recordings-${id}`, sliRecordings(slo, identity, select)],
        [`sloth-slo-meta-recordings-${id}`, metaRecordings(slo, identity, select)],
        [`sloth-slo-alerts-${id}`, alerts(name, slo, identity, select, evaluation)],
    ];
    const of = (evaluator: keyof SloGroups) =>
        groups
            .map(([group, rules]) => ({
                name: group,
                rules: rules
                    .filter(({ window }) => evaluatorOf(window, evaluation) === evaluator)
                    .map(({ rule }) => rule),
            }))
            .filter(({ rules }) => rules.length > 0);
    return { prometheus: of("prometheus"), ruler: of("ruler") };
}

/** The rules of all service level objectives: what Prometheus evaluates, and what the Ruler does. */
export function sloFamilies(settings: RuleSettings): RuleFamily[] {
    const evaluation = sloEvaluation(settings);
    const rules = Object.entries(settings.slos).map(([name, slo]) => sloRules(name, slo, evaluation));
    return [
        { name: "slos", groups: rules.flatMap(({ prometheus }) => prometheus) },
        { name: "slos-ruler", groups: rules.flatMap(({ ruler }) => ruler) },
    ];
}

const ratio = (window: string): string => `slo:sli_error:ratio_rate${window}`;

const over = (query: string, window: string): string => query.replaceAll(windowPlaceholder, window).trim();

/** A query as one number without labels, by window: on either side labels would find no partner, or each its own. */
function summed(query: string): (window: string) => string {
    const isSum = isPlainSum(over(query, "5m"));
    return (window) => (isSum ? `(${over(query, window)})` : `(sum(${over(query, window)}))`);
}

function sliRecordings(slo: SloSettings, identity: Record<string, string>, select: string): Windowed[] {
    const errors = summed(slo.errors);
    const total = summed(slo.total);
    // There is no series of errors before the first one, and no ratio of nothing: NaN would be that of all 30 days.
    const ratioOver = (window: string) => `(${errors(window)} or vector(0)) / (${total(window)} > 0)`;
    const short = `${ratio("5m")}${select}[${sloPeriod}]`;
    const recording = (window: string, expr: string): Windowed => ({
        window,
        rule: { record: ratio(window), expr, labels: { ...identity, [sloLabels.window]: window } },
    });
    return [
        ...burnWindows.map((window) => recording(window, ratioOver(window))),
        recording(sloPeriod, `sum_over_time(${short}) / ignoring (${sloLabels.window}) count_over_time(${short})`),
    ];
}

function metaRecordings(slo: SloSettings, identity: Record<string, string>, select: string): Windowed[] {
    const target = exact(slo.objective / 100);
    const burnRate = (window: string) =>
        `${ratio(window)}${select} / on (${sloLabels.id}, ${sloLabels.slo}, ${sloLabels.service}) group_left slo:error_budget:ratio${select}`;
    const recording = (
        window: string,
        record: string,
        expr: string,
        labels: Record<string, string> = {},
    ): Windowed => ({
        window,
        rule: { record, expr, labels: { ...identity, ...labels } },
    });
    return [
        recording(NOW, "slo:objective:ratio", `vector(${target})`),
        recording(NOW, "slo:error_budget:ratio", `vector(${exact(1 - target)})`),
        recording(NOW, "slo:time_period:days", `vector(${SLO_PERIOD_DAYS})`),
        recording(NOW, "slo:current_burn_rate:ratio", burnRate("5m")),
        recording(sloPeriod, "slo:period_burn_rate:ratio", burnRate(sloPeriod)),
        recording(sloPeriod, "slo:period_error_budget_remaining:ratio", `1 - slo:period_burn_rate:ratio${select}`),
        recording(NOW, "sloth_slo_info", "vector(1)", { sloth_objective: String(slo.objective) }),
    ];
}

function alerts(
    name: string,
    slo: SloSettings,
    identity: Record<string, string>,
    select: string,
    evaluation: SloEvaluation,
): Windowed[] {
    const budget = exact(1 - exact(slo.objective / 100));
    const what = `SLO ${name} of ${slo.service}`;
    const burning = (severity: keyof typeof burns): Windowed[] => {
        // More than all events can't be bad: a low objective has a budget that never burns so fast.
        const possible = burns[severity].filter(({ rate }) => exact(rate * budget) < 1);
        if (possible.length === 0) {
            return [];
        }
        const { long: window } = burns[severity][1];
        // A Ruler compares what it recorded with what Prometheus did.
        const own = evaluatorOf(window, evaluation) === "ruler" ? (evaluation.externalLabels ?? []) : [];
        const above = (of: string, rate: number) =>
            `max without (${[sloLabels.window, ...own].join(", ")}) (${ratio(of)}${select}) > ${exact(rate * budget)}`;
        const rule: AlertRule = {
            alert: "SLOBudgetBurn",
            expr: possible
                .map(({ short, long, rate }) => `(${above(short, rate)} and ${above(long, rate)})`)
                .join(" or "),
            severity,
            labels: { ...identity, ...slo.labels },
            summary: `${what} burns its error budget too fast`,
            description:
                `{{ $value | humanizePercentage }} of the events are bad; the objective is ${slo.objective} % good ` +
                `over ${SLO_PERIOD_DAYS} days.${slo.description === undefined ? "" : ` ${slo.description}`}`,
        };
        return [{ window, rule }];
    };
    return [
        ...burning("critical"),
        ...burning("warning"),
        {
            window: NOW,
            rule: {
                alert: "SLOMetricAbsent",
                // Nothing at all is no ratio either: without events nobody would notice that they aren't counted.
                expr: `absent(${over(slo.total, "5m")})`,
                for: "10m",
                severity: "warning",
                labels: { ...identity, ...slo.labels },
                summary: `${what} has nothing to measure`,
                description: "The query of all its events has no result, so the burn rate is unknown.",
            },
        },
    ];
}
