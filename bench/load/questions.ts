import { DAY } from "../../config/units";
import type { Variant } from "./options";

/** A query as a panel or a rule asks it. */
export interface Question {
    /** Set to which it belongs. */
    readonly set: QuestionSet;
    /** Where it comes from: `<dashboard> / <panel>`, or the name that a rule records. */
    readonly name: string;
    readonly expression: string;
}

/**
 * Sets of queries. Of the load's own series there are no older data, and what the stack itself exports only its own
 * Prometheus may scrape.
 */
export const questionSets = {
    dashboards: "every query of the stack's dashboards",
    rules: "every recording rule of the stack, as an instant query",
    load: "requests, errors, latency and saturation of one route or service of the load",
} as const;
export type QuestionSet = keyof typeof questionSets;

/** A span of time that is asked for, in seconds. */
export interface Span {
    readonly name: string;
    /** How long ago it ends. */
    readonly ago: number;
    /** 0: an instant. */
    readonly range: number;
    readonly step: number;
    /** 95 % of the answers are to be there within so many seconds. */
    readonly goal: number;
}

const day = DAY / 1000;

/** The local retention of profile kup6s, and a day: only the bucket has older samples. */
const old = 4 * day;

/** Steps as Grafana chooses them for a panel of some 600 points at a scrape interval of 30 seconds. */
export const spans = {
    instant: { name: "now", ago: 0, range: 0, step: 0, goal: 0.1 },
    hour: { name: "last hour", ago: 0, range: 3600, step: 30, goal: 0.1 },
    oldDay: { name: "a day, 4 days ago", ago: old, range: day, step: 120, goal: 0.5 },
    oldWeek: { name: "a week, 4 days ago", ago: old, range: 7 * day, step: 900, goal: 0.5 },
} as const satisfies Record<string, Span>;

/** Seconds between two scrapes that Grafana's data source knows of. */
const dataSourceInterval = 30;

/** Queries over older data: of both variants the same. */
const older = [
    ["dashboards", spans.oldDay],
    ["dashboards", spans.oldWeek],
] as const;

/** What is asked of each variant. The plain Prometheus has nothing of the stack, but the bucket has older data. */
export const asksOf: Readonly<Record<Variant, readonly (readonly [QuestionSet, Span])[]>> = {
    stack: [["rules", spans.instant], ["dashboards", spans.hour], ["load", spans.hour], ...older],
    plain: [["load", spans.hour], ...older],
};

/** Seconds after which no further round of a set of queries begins. */
export const mostSeconds = 120;

/** A panel's query with Grafana's variables replaced, as Grafana does for a span. */
export function withVariables(expression: string, { step, range }: Pick<Span, "step" | "range">): string {
    const rateInterval = Math.max(4 * dataSourceInterval, step + dataSourceInterval);
    return expression
        .replaceAll("$__rate_interval", `${rateInterval}s`)
        .replaceAll("$__interval", `${Math.max(step, 1)}s`)
        .replaceAll("$__range", `${range}s`)
        .replaceAll("$cluster", ".*");
}

/** Of what each service would have on its dashboard: the names are the generator's. */
export const loadQuestions: readonly Question[] = Object.entries({
    "requests of a route, by status": 'sum by (code) (rate(load_requests_total{route="/api/v1/resources/00007"}[2m]))',
    "share of errors of a route":
        'sum(rate(load_requests_total{route="/api/v1/resources/00007", code=~"5.."}[5m]))' +
        ' / sum(rate(load_requests_total{route="/api/v1/resources/00007"}[5m]))',
    "p99 of a route":
        'histogram_quantile(0.99, sum by (le) (rate(load_request_duration_seconds_bucket{route="/api/v1/resources/00007"}[2m])))',
    "requests in flight of a service": 'sum(load_in_flight_requests{service="load-07"})',
    "longest queue of a service": 'max by (service) (load_queue_length{service="load-07"})',
    "targets up": 'count(up{job="load"} == 1)',
}).map(([name, expression]) => ({ set: "load", name, expression }));

/** As {@link Question}, of one panel's or rule's parent. */
interface Panels {
    readonly title?: string | undefined;
    readonly panels?: readonly Panel[] | undefined;
}

interface Panel {
    readonly title?: string | undefined;
    readonly targets?: readonly { readonly expr?: string | undefined }[] | undefined;
}

/** All queries of a dashboard. */
export function dashboardQuestions({ title = "", panels = [] }: Panels): Question[] {
    return panels.flatMap((panel) =>
        (panel.targets ?? []).flatMap(({ expr }, index) =>
            expr === undefined
                ? []
                : [
                      {
                          set: "dashboards" as const,
                          name: `${title} / ${panel.title ?? ""}${index === 0 ? "" : ` ${index + 1}`}`,
                          expression: expr,
                      },
                  ],
        ),
    );
}

/** So many series, of each name one before any has a second. */
export function someOfEach<T extends Readonly<Record<string, string>>>(series: readonly T[], count: number): T[] {
    const rounds = new Map<string, number>();
    const numbered = series.map((labels) => {
        const name = labels.__name__ ?? "";
        const round = rounds.get(name) ?? 0;
        rounds.set(name, round + 1);
        return { labels, round };
    });
    return numbered
        .sort((a, b) => a.round - b.round)
        .slice(0, count)
        .map(({ labels }) => labels);
}

/** Names of metrics that may be in an expression: every word that isn't within quotes or braces. */
export function namesIn(expression: string): string[] {
    const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").replaceAll(/\{[^}]*\}/g, " ");
    return [...new Set(bare.match(/[a-zA-Z_:][\w:]*/g) ?? [])];
}
