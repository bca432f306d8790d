import { blackboxModules, probedPeers, targetForms } from "../blackbox";
import { nearest, oneOf } from "../nearest";
import { shown, wrong, type Problem } from "../problems";
import { type MetricsSettings, type TargetSettings, victoriaMetricsWrite } from "../schema";
import { DAY, HOUR, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

type Probe = Extract<TargetSettings, { kind: "probe" }>;

/** What is wrong with a probe that the stack's own exporter does. */
function ownProbe(path: string, { module: name, targets }: Probe, { blackbox }: MetricsSettings): Problem[] {
    if (!blackbox.enabled) {
        const expected = "host and port of a blackbox exporter that is there already, or metrics.blackbox.enabled true";
        return [{ path: `${path}.prober`, message: `missing; expected ${expected}` }];
    }
    const modules = blackboxModules(blackbox);
    const module = modules[name];
    if (module === undefined) {
        const near = nearest(name, Object.keys(modules));
        const hint = near === undefined ? "" : `; did you mean ${near}?`;
        const expected = `a module of metrics.blackbox: ${oneOf(Object.keys(modules))}`;
        return [{ path: `${path}.module`, message: `got ${shown(name)}; expected ${expected}${hint}` }];
    }
    return targets.flatMap((target, index) =>
        when(probedPeers(module, target) === undefined, () =>
            wrong(`${path}.targets[${index}]`, target, targetForms[module.kind]),
        ),
    );
}

function probes(metrics: MetricsSettings): Problem[] {
    return Object.entries(metrics.targets).flatMap(([name, target]) =>
        target.kind === "probe" && target.prober === undefined
            ? ownProbe(`metrics.targets.${name}`, target, metrics)
            : [],
    );
}

function victoriaMetrics({ victoriaMetrics: { enabled, retention }, remoteWrite }: MetricsSettings): Problem[] {
    const kept = parseDuration(retention);
    return [
        ...when(kept < DAY || kept % HOUR !== 0, () =>
            wrong("metrics.victoriaMetrics.retention", retention, "whole hours, 1d or more"),
        ),
        ...when(enabled && victoriaMetricsWrite in remoteWrite, () => ({
            path: `metrics.remoteWrite.${victoriaMetricsWrite}`,
            message: "is the name of the stack's own VictoriaMetrics, which is on; expected another one",
        })),
    ];
}

function hostPorts({ nodeExporter, telegraf }: MetricsSettings): Problem[] {
    return when(nodeExporter.enabled && telegraf.enabled && nodeExporter.port === telegraf.port, () =>
        wrong("metrics.telegraf.port", telegraf.port, "another port of the node: node-exporter has this one"),
    );
}

export const exporterRules: readonly Rule[] = [
    rule(["metrics"], (settings) => probes(settings.metrics)),
    rule(["metrics"], (settings) => victoriaMetrics(settings.metrics)),
    rule(["metrics"], (settings) => hostPorts(settings.metrics)),
    rule(["metrics"], ({ metrics: { telegraf } }) =>
        when(telegraf.interval !== undefined && parseDuration(telegraf.interval) < 1000, () =>
            wrong("metrics.telegraf.interval", telegraf.interval, "1s or more"),
        ),
    ),
    rule(["metrics"], ({ profile, metrics: { replicas } }) =>
        when(profile === "acd" && replicas !== 1, () =>
            wrong("metrics.replicas", replicas, "1 with profile acd, whose document has a single Prometheus"),
        ),
    ),
];
