import { type AlertName, thresholdOf } from "../config/alerts";
import { type Preset, presetNames, presets, type PresetName } from "../config/applications";
import { jobNames } from "../config/jobs";
import { type AreaInput, settingsSchema } from "../config/schema";
import { ruleFamilies } from "./families";
import { alertRules, type AlertRule } from "./types";

/** An alert as the catalogue shows it. */
export interface CatalogueEntry {
    readonly family: string;
    readonly alert: AlertName;
    /** Its severity, the gravest first where there are several: `critical or warning`. */
    readonly severity: string;
    readonly for: string;
    readonly threshold: { threshold: number; unit: string } | undefined;
}

/** One application of each kind that has alerts, by the name of its preset's alerts. */
function applicationsWithAlerts(): Record<string, { preset: PresetName; namespace: string }> {
    const found = presetNames.flatMap((preset) => {
        const { family }: Preset = presets[preset];
        return family === undefined ? [] : [[family, { preset, namespace: "apps" }] as const];
    });
    return Object.fromEntries(found);
}

/** What is off by default and has rules. */
export const everythingOn = {
    cluster: { name: "any" },
    applications: applicationsWithAlerts(),
    longTerm: { kind: "thanos", ruler: {}, caches: { kind: "memcached" } },
    metrics: {
        // Long enough for every window of a burn rate.
        retention: "30d",
        controlPlane: {
            controllerManager: true,
            scheduler: true,
            kubeProxy: true,
            etcd: { kind: "pods", certificate: "etcd-client" },
        },
        kubeStateMetrics: { shards: 2 },
        blackbox: { enabled: true },
        victoriaMetrics: { enabled: true },
        targets: { site: { kind: "probe", module: "http_2xx", targets: ["https://example.com"] } },
    },
    alerting: { kind: "alertmanager", deadMansSwitch: { kind: "heartbeat" } },
    slos: {
        orders: {
            service: "shop",
            objective: 99.9,
            errors: 'sum(rate(http_requests_total{job="shop",code=~"5.."}[{window}]))',
            total: 'sum(rate(http_requests_total{job="shop"}[{window}]))',
        },
    },
} as const satisfies AreaInput;

/** Settings under which every rule is there. */
export function everything() {
    return settingsSchema.parse(everythingOn);
}

/** Severities of the rules of one alert, in their order. */
function severitiesOf(alert: AlertName, rules: readonly AlertRule[]): string[] {
    return [...new Set(rules.filter((rule) => rule.alert === alert).map(({ severity }) => severity))];
}

/** Every alert of Perch with its defaults, in the order of the rules. */
export function catalogue(): CatalogueEntry[] {
    const settings = everything();
    return ruleFamilies(settings, jobNames(settings.metrics)).flatMap(({ name, groups }) => {
        const rules = alertRules(groups);
        return [...new Map(rules.map((rule) => [rule.alert, rule])).values()].map((rule) => ({
            family: name,
            alert: rule.alert,
            severity: severitiesOf(rule.alert, rules).join(" or "),
            for: rule.for ?? "0s",
            threshold: thresholdOf(rule.alert),
        }));
    });
}
