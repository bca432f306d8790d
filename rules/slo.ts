import { type SloSettings, windowPlaceholder } from "../config/schema";
import { parseDuration } from "../config/units";

/** A recording rule, as Prometheus's files have it. */
export interface SloRecording {
    record: string;
    expr: string;
    labels: Record<string, string>;
}

/** An alerting rule, as Prometheus's files have it. */
export interface SloAlert {
    alert: "SLOBudgetBurn" | "SLOMetricAbsent";
    expr: string;
    for?: string;
    labels: Record<string, string>;
    annotations: { summary: string; description: string };
}

/** Rules of an SLO that are evaluated one after the other. */
export interface SloGroup {
    name: string;
    rules: (SloRecording | SloAlert)[];
}

/** Days over which the objective holds. */
const PERIOD_DAYS = 30;
export const PERIOD = `${PERIOD_DAYS}d`;

/**
 * Pairs of windows, each with how many times faster than it lasts the budget burns: 2 % of 30 days' budget in an hour,
 * 5 % in six, 10 % in a day or three. The short window ends the alert soon after the burning does.
 */
export const burns = {
    critical: [
        { short: "5m", long: "1h", rate: 14.4 },
        { short: "30m", long: "6h", rate: 6 },
    ],
    warning: [
        { short: "2h", long: "1d", rate: 3 },
        { short: "6h", long: "3d", rate: 1 },
    ],
} as const;

const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;

/** The longest window: how long Prometheus must keep its samples. */
export const longestSloWindow = "3d";

/** A fraction without the noise of binary numbers: 1 - 0.999 is 0.001. */
const exact = (value: number): number => Number(value.toPrecision(12));

/**
 * The rules of a service level objective. Names and labels of the recordings are those of Sloth, whose dashboards show
 * them.
 *
 * @param name name of the SLO, unique in the stack
 * @param retention how long Prometheus keeps its samples; the recordings over 30 days are there from 30 days on
 */
export function sloRules(name: string, slo: SloSettings, retention: string): SloGroup[] {
    const id = `${slo.service}-${name}`;
    const identity = { sloth_id: id, sloth_service: slo.service, sloth_slo: name };
    const select = `{sloth_id="${id}",sloth_service="${slo.service}",sloth_slo="${name}"}`;
    const wholePeriod = parseDuration(retention) >= parseDuration(PERIOD);
    return [
        { name: `sloth-slo-sli-recordings-${id}`, rules: sliRecordings(slo, identity, select, wholePeriod) },
        { name: `sloth-slo-meta-recordings-${id}`, rules: metaRecordings(slo, identity, select, wholePeriod) },
        { name: `sloth-slo-alerts-${id}`, rules: alerts(name, slo, identity, select) },
    ];
}

const ratio = (window: string): string => `slo:sli_error:ratio_rate${window}`;

function sliRecordings(
    slo: SloSettings,
    identity: Record<string, string>,
    select: string,
    wholePeriod: boolean,
): SloRecording[] {
    const over = (query: string, window: string) => query.replaceAll(windowPlaceholder, window).trim();
    const short = `${ratio("5m")}${select}[${PERIOD}]`;
    return [
        ...windows.map((window) => ({
            record: ratio(window),
            expr: `(${over(slo.errors, window)}) / (${over(slo.total, window)})`,
            labels: { ...identity, sloth_window: window },
        })),
        ...(wholePeriod
            ? [
                  {
                      record: ratio(PERIOD),
                      expr: `sum_over_time(${short}) / ignoring (sloth_window) count_over_time(${short})`,
                      labels: { ...identity, sloth_window: PERIOD },
                  },
              ]
            : []),
    ];
}

function metaRecordings(
    slo: SloSettings,
    identity: Record<string, string>,
    select: string,
    wholePeriod: boolean,
): SloRecording[] {
    const target = exact(slo.objective / 100);
    const burnRate = (window: string) =>
        `${ratio(window)}${select} / on (sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio${select}`;
    const recording = (record: string, expr: string, labels: Record<string, string> = {}): SloRecording => ({
        record,
        expr,
        labels: { ...identity, ...labels },
    });
    return [
        recording("slo:objective:ratio", `vector(${target})`),
        recording("slo:error_budget:ratio", `vector(${exact(1 - target)})`),
        recording("slo:time_period:days", `vector(${PERIOD_DAYS})`),
        recording("slo:current_burn_rate:ratio", burnRate("5m")),
        ...(wholePeriod
            ? [
                  recording("slo:period_burn_rate:ratio", burnRate(PERIOD)),
                  recording("slo:period_error_budget_remaining:ratio", `1 - slo:period_burn_rate:ratio${select}`),
              ]
            : []),
        recording("sloth_slo_info", "vector(1)", { sloth_objective: String(slo.objective) }),
    ];
}

function alerts(name: string, slo: SloSettings, identity: Record<string, string>, select: string): SloAlert[] {
    const budget = exact(1 - exact(slo.objective / 100));
    const above = (window: string, rate: number) =>
        `max without (sloth_window) (${ratio(window)}${select}) > ${exact(rate * budget)}`;
    const what = `SLO ${name} of ${slo.service}`;
    const burning = (severity: keyof typeof burns): SloAlert => ({
        alert: "SLOBudgetBurn",
        expr: burns[severity]
            .map(({ short, long, rate }) => `(${above(short, rate)} and ${above(long, rate)})`)
            .join(" or "),
        labels: { ...identity, ...slo.labels, severity },
        annotations: {
            summary: `${what} burns its error budget too fast`,
            description:
                `{{ $value | humanizePercentage }} of the events are bad; the objective is ${slo.objective} % good over ` +
                `${PERIOD_DAYS} days.${slo.description === undefined ? "" : ` ${slo.description}`}`,
        },
    });
    return [
        burning("critical"),
        burning("warning"),
        {
            alert: "SLOMetricAbsent",
            // Nothing at all is no ratio either: without events nobody would notice that they aren't counted.
            expr: `absent(${slo.total.replaceAll(windowPlaceholder, "5m").trim()})`,
            for: "10m",
            labels: { ...identity, ...slo.labels, severity: "warning" },
            annotations: {
                summary: `${what} has nothing to measure`,
                description: "The query of all its events has no result, so the burn rate is unknown.",
            },
        },
    ];
}
