import { applicationsOf, type Application, type Preset, presets } from "../applications";
import { jobNames } from "../jobs";
import { wrong, type Problem } from "../problems";
import type { AccessSettings, ApplicationsSettings, MetricsSettings, TargetSettings } from "../schema";
import { type Placed, placed, type Scraped } from "../scraped";
import { parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

type Directory = Extract<TargetSettings, { kind: "discovery" }>["from"];

/** A way to check https where there is none. */
function unused(path: string, field: "scheme" | "url", given: string, tls: AccessSettings["tls"]): Problem[] {
    return when(tls !== undefined && /^http(:|$)/.test(given), () =>
        wrong(`${path}.${field}`, given, `https, which ${path}.tls is about`),
    );
}

function access({ path, target }: Placed): Problem[] {
    if (target.kind === "probe") {
        return [];
    }
    const { scheme, tls } = target;
    return [
        ...unused(path, "scheme", scheme, tls),
        ...(target.kind === "discovery" ? directory(`${path}.from`, target.from) : []),
    ];
}

function directory(path: string, from: Directory): Problem[] {
    return [
        ...when(parseDuration(from.refresh) < 1000, () => wrong(`${path}.refresh`, from.refresh, "1s or more")),
        ...(from.kind === "http" ? unused(path, "url", from.url, from.tls) : []),
    ];
}

function single({ path, name, target: settings }: Placed, metrics: MetricsSettings): Problem[] {
    const { job = name, interval, timeout } = settings;
    const between = interval ?? metrics.scrapeInterval;
    const all = "port" in settings && settings.namespace === undefined && Object.keys(settings.labels).length === 0;
    return [
        ...when(Object.values(jobNames(metrics)).includes(job), () =>
            wrong(
                `${path}.job`,
                job,
                "another name: series of the stack itself have it, which rules and dashboards read",
            ),
        ),
        ...when(interval !== undefined && parseDuration(interval) < 1000, () =>
            wrong(`${path}.interval`, interval, "1s or more"),
        ),
        ...when(timeout !== undefined && parseDuration(timeout) > parseDuration(between), () =>
            wrong(`${path}.timeout`, timeout, `at most ${between}, the time to the next scrape`),
        ),
        ...when(all, () => ({
            path: `${path}.namespace`,
            message: "missing; expected a namespace, or labels: without either this is every pod of the cluster",
        })),
    ];
}

/** Two of the same name would be one object; two of the same job one application to the alerts. */
function clashes(settings: Scraped): Problem[] {
    const all = placed(settings).map(({ path, name, target: { job = name } }) => ({ path, name, job }));
    const ofApplications = all.filter(({ path }) => path.startsWith("applications."));
    return ofApplications.flatMap(({ path, name, job }) => {
        const other = all.find((one) => one.path !== path && (one.name === name || one.job === job));
        return other === undefined
            ? []
            : other.name === name
              ? [{ path, message: `has the name of ${other.path}; expected another` }]
              : [
                    wrong(
                        `${path}.job`,
                        job,
                        `another name: ${other.path} has it, so alerts couldn't tell the two apart`,
                    ),
                ];
    });
}

function series(settings: ApplicationsSettings, all: readonly Application[]): Problem[] {
    return all.flatMap(({ name, preset }) => {
        const known: Preset = presets[preset];
        return when(settings[name]?.series !== undefined && known.series === undefined, () => ({
            path: `applications.${name}.series`,
            message: `is given, but preset ${preset} has no alerts on requests; remove it`,
        }));
    });
}

export const targetRules: readonly Rule[] = [
    rule(["metrics", "applications"], (settings) => [
        ...placed(settings).flatMap((each) => [...single(each, settings.metrics), ...access(each)]),
        ...clashes(settings),
    ]),
    rule(["applications"], ({ applications }) => series(applications, applicationsOf(applications))),
];
