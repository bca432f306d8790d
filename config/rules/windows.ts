import { ruleFamilies } from "../../rules";
import { isAlert } from "../../rules/types";
import { jobMatcher } from "../custom-metrics";
import { jobNames } from "../jobs";
import { wrong, type Problem } from "../problems";
import { type Interval, intervalOfAll, intervalsOfTargets, SCRAPES_IN_WINDOW } from "../scraped";
import { sloLabels } from "../slos";
import { formatDuration, parseDuration } from "../units";
import { rule, type Rule } from "./rule";

/** A selector's window under a function that needs two samples in it. */
const windowed =
    /\b(?:rate|increase|irate|delta|idelta|deriv|predict_linear|changes|resets)\s*\(\s*[\w:]*(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s*\[(\w+)\]/g;

/** Something that is evaluated, by the name that a person knows it by. */
interface Evaluated {
    readonly name: string;
    readonly expr: string;
    /** Whether series that name no job are Perch's own. */
    readonly own: boolean;
}

/** A window, and how often what is read in it is scraped. */
interface Reading {
    readonly interval: Interval;
    readonly window: string;
    readonly name: string;
}

type Deployed = Parameters<typeof ruleFamilies>[0];

function evaluated(settings: Deployed): Evaluated[] {
    const families = ruleFamilies(settings, jobNames(settings.metrics));
    const all = families.flatMap(({ groups }) => groups.flatMap((group) => group.rules));
    const rules = all.filter(({ labels }) => labels?.[sloLabels.slo] === undefined);
    const objectives = all.flatMap(({ expr, labels }): Evaluated[] => {
        const slo = labels?.[sloLabels.slo];
        return slo === undefined ? [] : [{ name: `SLO ${slo}`, expr, own: false }];
    });
    return [
        // A person knows alerts: where a recording has the same window, the alert is told.
        ...rules.filter(isAlert).map(({ alert, expr }) => ({ name: `alert ${alert}`, expr, own: true })),
        ...rules.flatMap((each) =>
            isAlert(each) ? [] : [{ name: `recording ${each.record}`, expr: each.expr, own: true }],
        ),
        ...objectives,
    ];
}

function readings(settings: Deployed): Reading[] {
    const all = intervalOfAll(settings);
    const targets = intervalsOfTargets(settings);
    const known = [...targets, ...Object.values(jobNames(settings.metrics)).map((job) => ({ job, ...all }))];
    const intervalsOf = (selector: string, own: boolean): readonly Interval[] => {
        if (!/[{,]\s*job\s*=/.test(selector)) {
            return own ? [all] : [];
        }
        const isNamed = jobMatcher({ series: selector });
        return known.filter(({ job }) => isNamed(job));
    };
    return evaluated(settings).flatMap(({ name, expr, own }) =>
        [...expr.matchAll(windowed)].flatMap(([, selector = "", window = ""]) =>
            intervalsOf(selector, own).map(({ path, text }) => ({ interval: { path, text }, window, name })),
        ),
    );
}

/** Intervals so long that a rule would find one sample in its window, and no rate, ever. */
function tooSeldom(settings: Deployed): Problem[] {
    const longest = ({ window }: Reading) => parseDuration(window) / SCRAPES_IN_WINDOW;
    const broken = readings(settings).filter((each) => parseDuration(each.interval.text) > longest(each));
    return [...new Set(broken.map(({ interval }) => interval.path))].flatMap((path) => {
        const [first] = broken
            .filter(({ interval }) => interval.path === path)
            .sort((one, other) => longest(one) - longest(other));
        return first === undefined
            ? []
            : [
                  wrong(
                      path,
                      first.interval.text,
                      `at most ${formatDuration(longest(first))}: ${first.name} needs ${SCRAPES_IN_WINDOW} scrapes in its ` +
                          `window of ${first.window}`,
                  ),
              ];
    });
}

export const windowRules: readonly Rule[] = [
    rule(
        [
            ...(["alerting", "applications", "autoscaling", "cluster", "collection", "logs", "longTerm"] as const),
            ...(["metrics", "platform", "rules", "selfMonitoring", "slos"] as const),
        ],
        (settings) => tooSeldom(settings),
    ),
];
