import type { AdapterRule } from "./schema";
import { parseDuration } from "./units";

/** Name of the metric of Prometheus that a rule is about. */
export function seriesName({ series }: Pick<AdapterRule, "series">): string {
    return series.replace(/\{.*$/s, "");
}

/** What stands for a template's groups, as Go's `Regexp.Expand` reads it: `$1_a` is a group called `1_a`. */
function expand(template: string, groups: readonly (string | undefined)[]): string {
    return template.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
        const index = braced ?? bare ?? "";
        return /^\d+$/.test(index) ? (groups[Number(index)] ?? "") : "";
    });
}

/** Name of a rule's metric in the API, as the adapter makes it; undefined where it makes none. */
export function metricName(rule: Pick<AdapterRule, "series" | "name">): string | undefined {
    const { matches, as } = rule.name;
    const found = new RegExp(matches === "" ? ".*" : matches).exec(seriesName(rule));
    if (found === null) {
        return undefined;
    }
    // Of several groups the adapter takes none by itself.
    const implied = ["$0", "$1"][found.length - 1] ?? "";
    const name = expand(as === "" ? implied : as, [...found]);
    return name === "" ? undefined : name;
}

/** Whether only series that have this label are taken. */
export function demandsLabel({ series }: Pick<AdapterRule, "series">, label: string): boolean {
    return new RegExp(`[{,]\\s*${label}\\s*(!=\\s*""|=~?\\s*"[^"]*[^".*][^"]*"|=~\\s*"\\.\\+")`).test(series);
}

/** Whether Prometheus takes a label's value by a matcher; it reads regular expressions as a whole, and by RE2. */
function matcherOf(operator: string, pattern: string): (value: string) => boolean {
    if (operator === "=") {
        return (value) => value === pattern;
    }
    try {
        const whole = new RegExp(`^(?:${pattern})$`, "s");
        return (value) => whole.test(value);
    } catch {
        return () => false;
    }
}

/** Whether a selector names a job by its matchers of the label `job`: `job="web"`, `job=~"web|shop"`. */
export function jobMatcher({ series }: Pick<AdapterRule, "series">): (job: string) => boolean {
    const matchers = [...series.matchAll(/[{,]\s*job\s*(=~?)\s*"((?:[^"\\]|\\.)*)"/g)].map(
        ([, operator = "", pattern = ""]) => matcherOf(operator, pattern),
    );
    return (job) => matchers.length > 0 && matchers.every((matches) => matches(job));
}

/** The ranges that a query looks back, such as `1m`; those of subqueries with them. */
export function rangesOf({ query }: Pick<AdapterRule, "query">): string[] {
    return [...query.matchAll(/\[\s*([0-9a-z]+)\s*(?::[^\]]*)?\]/g)]
        .map(([, range]) => range ?? "")
        .filter((range) => !Number.isNaN(parseDuration(range)));
}
