import type { ApplicationsSettings, AreaSettings, MetricsSettings, TargetSettings } from "../schema";
import { type ApplicationFamily, type Preset, presets, type PresetName, type RequestSeries } from "./presets";

/** An application of the settings with what its preset knows. */
export interface Application {
    readonly name: string;
    readonly preset: PresetName;
    /** Value of the label `job` of its series. */
    readonly job: string;
    /** How it is scraped. */
    readonly target: Extract<TargetSettings, { kind: "service" | "pods" }>;
    /** Its alerts; undefined: it has none. */
    readonly family: ApplicationFamily | undefined;
    /** Series that its alerts read; undefined where they are those of an exporter. */
    readonly series: RequestSeries | undefined;
}

/** A type without what is undefined: as a spread in place of a default would take it. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(value: T): Given<T> {
    return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Given<T>;
}

function application(name: string, settings: ApplicationsSettings[string]): Application {
    const { preset: presetName, alerts, series, job = name, labels, ...changes } = settings;
    const preset: Preset = presets[presetName];
    return {
        name,
        preset: presetName,
        job,
        target: {
            kind: preset.kind,
            port: preset.port,
            path: preset.path ?? "/metrics",
            scheme: "http",
            honorLabels: false,
            relabelings: [],
            metricRelabelings: [...(preset.metricRelabelings ?? [])],
            ...given(changes),
            labels: labels ?? { ...(preset.labels?.(name) ?? { "app.kubernetes.io/name": name }) },
            job,
        },
        family: alerts ? preset.family : undefined,
        series: preset.series && { ...preset.series, ...given(series ?? {}) },
    };
}

/** The applications of the settings, in their order. */
export function applicationsOf(settings: ApplicationsSettings): Application[] {
    return Object.entries(settings).map(([name, each]) => application(name, each));
}

/** Everything that the settings want scraped, by name: targets and applications. */
export function allTargets({
    metrics,
    applications,
}: Pick<AreaSettings, "metrics" | "applications">): MetricsSettings["targets"] {
    const ofApplications = applicationsOf(applications).map(({ name, target }): [string, TargetSettings] => [
        name,
        target,
    ]);
    return { ...metrics.targets, ...Object.fromEntries(ofApplications) };
}

export {
    presetNames,
    presets,
    type ApplicationFamily,
    type Preset,
    type PresetName,
    type RequestSeries,
} from "./presets";
