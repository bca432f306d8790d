import { demandsLabel, metricName, jobMatcher, rangesOf } from "../custom-metrics";
import { nearest } from "../nearest";
import { wrong, type Problem } from "../problems";
import {
    type AdapterRule,
    type AreaSettings,
    type AutoscalingSettings,
    otherClusters,
    type PrometheusAdapterSettings,
    type ScalingMetric,
    type ScalingTarget,
} from "../schema";
import { type Interval, intervalOfAll, intervalsOfTargets, SCRAPES_IN_WINDOW, type Scraped } from "../scraped";
import { parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

/** The kinds of objects by which the custom metrics API finds a pod's value. */
const podPlace = ["namespace", "pod"] as const;

function labelsOfRule(path: string, each: AdapterRule): Problem[] {
    if (each.api === "external") {
        return [];
    }
    return podPlace.flatMap((kind) => {
        const label = Object.keys(each.objects).find((name) => each.objects[name] === kind);
        if (label === undefined) {
            return [
                {
                    path: `${path}.objects`,
                    message: `no label names the ${kind}; expected one, such as ${kind}: ${kind}`,
                },
            ];
        }
        return when(!demandsLabel(each, label), () =>
            wrong(`${path}.series`, each.series, `only series that have the label ${label}, by ${label}!=""`),
        );
    });
}

/** Whether a regular expression is none. */
function regexProblem(pattern: string): boolean {
    try {
        new RegExp(pattern);
        return false;
    } catch {
        return true;
    }
}

const longer = (a: Interval, b: Interval) => (parseDuration(b.text) > parseDuration(a.text) ? b : a);

/** The longest interval of the targets whose jobs a rule names; that of all where it names none that is known. */
function intervalOf(each: AdapterRule, scraped: Scraped): Interval {
    const isNamed = jobMatcher(each);
    return (
        intervalsOfTargets(scraped)
            .filter(({ job }) => isNamed(job))
            .reduce<Interval | undefined>((a, b) => (a === undefined ? b : longer(a, b)), undefined) ??
        intervalOfAll(scraped)
    );
}

function adapterRule(name: string, each: AdapterRule, interval: Interval): Problem[] {
    const path = `autoscaling.rules.${name}`;
    const { matches } = each.name;
    const short = rangesOf(each).filter(
        (range) => parseDuration(range) < SCRAPES_IN_WINDOW * parseDuration(interval.text),
    );
    const unreadable = regexProblem(matches);
    return [
        ...labelsOfRule(path, each),
        ...short.map((range) =>
            wrong(
                `${path}.query`,
                `[${range}]`,
                `a window of at least ${SCRAPES_IN_WINDOW} times ${interval.path}, which is ${interval.text}`,
            ),
        ),
        ...when(unreadable, () => wrong(`${path}.name.matches`, matches, "a regular expression")),
        ...when(!unreadable && metricName(each) === undefined, () =>
            wrong(
                `${path}.name.as`,
                each.name.as,
                `a name: with name.matches ${JSON.stringify(matches)} there is none`,
            ),
        ),
    ];
}

/** Names of the metrics of one API, with the rule that makes each. */
function namesOf({ rules }: PrometheusAdapterSettings, api: AdapterRule["api"]): [rule: string, metric: string][] {
    return Object.entries(rules).flatMap(([name, each]): [string, string][] => {
        const metric = each.api === api && !regexProblem(each.name.matches) ? metricName(each) : undefined;
        return metric === undefined ? [] : [[name, metric]];
    });
}

function sameNames(settings: PrometheusAdapterSettings): Problem[] {
    return (["custom", "external"] as const).flatMap((api) =>
        namesOf(settings, api).flatMap(([name, metric], index, all) => {
            const [first] = all.slice(0, index).find(([, other]) => other === metric) ?? [];
            return when(first !== undefined, () =>
                wrong(
                    `autoscaling.rules.${name}.name.as`,
                    metric,
                    `another name: that of autoscaling.rules.${first ?? ""} is the same`,
                ),
            );
        }),
    );
}

function adapter(settings: AutoscalingSettings, { longTerm, ...scraped }: Scraped & Pick<AreaSettings, "longTerm">) {
    if (settings.kind === "none") {
        return [];
    }
    const { rules, source, relistInterval } = settings;
    const scrapes = Object.entries(rules).map(([name, each]) => ({ name, each, interval: intervalOf(each, scraped) }));
    const longest = scrapes.map(({ interval }) => interval).reduce(longer, intervalOfAll(scraped));
    return [
        ...when(Object.keys(rules).length === 0, () => ({
            path: "autoscaling.rules",
            message: "is empty; expected at least one rule, or autoscaling.kind none",
        })),
        ...scrapes.flatMap(({ name, each, interval }) => adapterRule(name, each, interval)),
        ...sameNames(settings),
        ...when(parseDuration(relistInterval) < parseDuration(longest.text), () =>
            wrong(
                "autoscaling.relistInterval",
                relistInterval,
                `at least ${longest.path}, ${longest.text}: else metrics come and go`,
            ),
        ),
        ...when(source === "thanos" && longTerm.kind === "none", () =>
            wrong("autoscaling.source", source, "prometheus: longTerm.kind is none, so there is no Thanos Query"),
        ),
        ...when(source === "thanos" && otherClusters({ longTerm }).length > 0, () =>
            wrong(
                "autoscaling.source",
                source,
                "prometheus, or no longTerm.query.endpoints: pods of other clusters would be counted as this one's",
            ),
        ),
    ];
}

const workloadOf = (name: string, { kind, namespace, name: own = name }: ScalingTarget) =>
    `${kind} ${namespace}/${own}`;

/** The APIs that kinds of metrics are of. */
const apis = { pods: "custom", external: "external" } as const;

type OfRules = Extract<ScalingMetric, { kind: keyof typeof apis }>;

/** That a rule makes the metric, for the API that the autoscaler asks. */
function made(path: string, { kind, metric }: OfRules, settings: AutoscalingSettings): Problem[] {
    const namesIn = (api: AdapterRule["api"]) =>
        settings.kind === "none" ? [] : namesOf(settings, api).map(([, name]) => name);
    const known = namesIn(apis[kind]);
    if (known.includes(metric)) {
        return [];
    }
    const near = nearest(metric, known);
    const other = kind === "pods" ? "external" : "pods";
    const hint = namesIn(apis[other]).includes(metric)
        ? `; that of kind ${other} has this name`
        : near === undefined
          ? ""
          : `; did you mean ${near}?`;
    const api = apis[kind];
    return [
        wrong(
            `${path}.metric`,
            metric,
            settings.kind === "none"
                ? `no metric of the ${api} metrics API: autoscaling.kind is none`
                : `a metric of autoscaling.rules${api === "custom" ? "" : ` with api ${api}`}${hint}`,
        ),
    ];
}

function aim(path: string, { average, value }: Extract<ScalingMetric, { kind: "external" }>): Problem[] {
    return when((average === undefined) === (value === undefined), () => ({
        path: `${path}.average`,
        message:
            average === undefined
                ? "missing; expected average, for each pod, or value, for all of them"
                : "is given, and value too; expected one of them: average for each pod, value for all of them",
    }));
}

function metricsOfTarget(path: string, target: ScalingTarget, settings: AutoscalingSettings): Problem[] {
    return target.metrics.flatMap((metric, index) => {
        const place = `${path}.metrics[${index}]`;
        return metric.kind === "cpu" || metric.kind === "memory"
            ? []
            : [...made(place, metric, settings), ...(metric.kind === "external" ? aim(place, metric) : [])];
    });
}

function targets(settings: AutoscalingSettings, own: readonly string[]): Problem[] {
    const all = Object.entries(settings.targets);
    return all.flatMap(([name, target], index) => {
        const path = `autoscaling.targets.${name}`;
        const workload = workloadOf(name, target);
        const first = all.slice(0, index).find(([other, { ...its }]) => workloadOf(other, its) === workload)?.[0];
        const never = settings.neverScaled.find((each) => workloadOf(each.name, { ...target, ...each }) === workload);
        return [
            ...when(target.min > target.max, () => wrong(`${path}.min`, target.min, `at most ${target.max}, as max`)),
            ...when(own.includes(target.namespace), () =>
                wrong(
                    `${path}.namespace`,
                    target.namespace,
                    "another one: the stack's own parts have replicas as settings",
                ),
            ),
            ...when(first !== undefined, () =>
                wrong(
                    `${path}.name`,
                    workload,
                    `another workload: autoscaling.targets.${first ?? ""} scales it already`,
                ),
            ),
            ...when(never !== undefined, () =>
                wrong(`${path}.name`, workload, `another workload: this one is never scaled (${never?.reason ?? ""})`),
            ),
            ...metricsOfTarget(path, target, settings),
        ];
    });
}

export const autoscalingRules: readonly Rule[] = [
    rule(["autoscaling", "metrics", "applications", "longTerm"], ({ autoscaling, ...areas }) =>
        adapter(autoscaling, areas),
    ),
    rule(["autoscaling", "platform"], ({ autoscaling, platform: { namespace, hostNamespace } }) =>
        targets(autoscaling, [namespace, ...(hostNamespace === undefined ? [] : [hostNamespace])]),
    ),
    rule(["autoscaling", "cluster"], ({ autoscaling, cluster: { nodes } }) =>
        when(autoscaling.kind !== "none" && nodes !== undefined && autoscaling.replicas > nodes, () =>
            wrong(
                "autoscaling.replicas",
                autoscaling.kind === "none" ? 0 : autoscaling.replicas,
                `at most ${nodes ?? 0}, one for each of cluster.nodes`,
            ),
        ),
    ),
];
